import { DescribeKeyPairsCommand } from '@aws-sdk/client-ec2';

import { defineAwsTable, tagsOf } from '../aws-table.js';
import { whole } from '../listings.js';

const listing = whole({
  service: 'ec2',
  request: () => new DescribeKeyPairsCommand({}),
  items: ({ KeyPairs }) => KeyPairs,
  key: ({ KeyPairId = '' }) => KeyPairId,
});

/** Key pairs: their names and fingerprints. AWS has only the public half. */
export const keyPairs = defineAwsTable({
  type: 'keypairs',
  permissions: ['ec2:DescribeKeyPairs'],
  listing,

  describe: (pair) => ({
    id: ['KeyPairId', pair.KeyPairId],
    name: pair.KeyName,
    status: 'available',
    tags: tagsOf(pair.Tags),
    createdAt: pair.CreateTime,
  }),
});
