import { DescribeImagesCommand } from '@aws-sdk/client-ec2';

import { defineAwsTable, statusBy, tagsOf } from '../aws-table.js';
import { paged } from '../listings.js';

const status = statusBy({
  pending: 'provisioning',
  transient: 'provisioning',
  available: 'available',
  disabled: 'suspended',
  deregistered: 'deleting',
  invalid: 'error',
  failed: 'error',
  error: 'error',
});

const listing = paged({
  service: 'ec2',
  pageSize: [5, 1_000],
  request: ({ size, cursor }) =>
    new DescribeImagesCommand({
      Owners: ['self'],
      IncludeDeprecated: true,
      IncludeDisabled: true,
      MaxResults: size,
      NextToken: cursor,
    }),
  items: ({ Images }) => Images,
  next: ({ NextToken }) => NextToken,
});

/** The account's own images. Without an owner AWS would list every public one, tens of thousands. */
export const images = defineAwsTable({
  type: 'images',
  permissions: ['ec2:DescribeImages'],
  volatile: ['/LastLaunchedTime'],
  listing,

  describe: (image) => ({
    id: ['ImageId', image.ImageId],
    name: image.Name,
    status: status(image.State),
    nativeStatus: image.State,
    tags: tagsOf(image.Tags),
    createdAt: image.CreationDate === undefined ? undefined : new Date(image.CreationDate),
    relations: (image.BlockDeviceMappings ?? []).map(
      ({ Ebs }) => ['created_from', 'snapshots', Ebs?.SnapshotId] as const,
    ),
  }),
});
