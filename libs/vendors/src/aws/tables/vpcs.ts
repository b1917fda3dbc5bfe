import { DescribeVpcsCommand } from '@aws-sdk/client-ec2';

import { defineAwsTable, statusBy, tagsOf } from '../aws-table.js';
import { paged } from '../listings.js';

const status = statusBy({ pending: 'provisioning', available: 'available' });

const listing = paged({
  service: 'ec2',
  pageSize: [5, 1_000],
  request: ({ size, cursor }) => new DescribeVpcsCommand({ MaxResults: size, NextToken: cursor }),
  items: ({ Vpcs }) => Vpcs,
  next: ({ NextToken }) => NextToken,
});

/** Virtual private clouds. */
export const vpcs = defineAwsTable({
  type: 'vpcs',
  permissions: ['ec2:DescribeVpcs'],
  listing,

  describe: (vpc) => ({
    id: ['VpcId', vpc.VpcId],
    status: status(vpc.State),
    nativeStatus: vpc.State,
    tags: tagsOf(vpc.Tags),
  }),
});
