import { DescribeVolumesCommand } from '@aws-sdk/client-ec2';

import { defineAwsTable, statusBy, tagsOf } from '../aws-table.js';
import { paged } from '../listings.js';

const status = statusBy({
  creating: 'provisioning',
  available: 'available',
  'in-use': 'available',
  deleting: 'deleting',
  deleted: 'deleting',
  error: 'error',
});

const listing = paged({
  service: 'ec2',
  pageSize: [5, 500],
  request: ({ size, cursor }) =>
    new DescribeVolumesCommand({ IncludeManagedResources: true, MaxResults: size, NextToken: cursor }),
  items: ({ Volumes }) => Volumes,
  next: ({ NextToken }) => NextToken,
});

/** EBS volumes. */
export const volumes = defineAwsTable({
  type: 'volumes',
  permissions: ['ec2:DescribeVolumes'],
  listing,

  describe: (volume) => ({
    id: ['VolumeId', volume.VolumeId],
    status: status(volume.State),
    nativeStatus: volume.State,
    zoneId: volume.AvailabilityZone,
    tags: tagsOf(volume.Tags),
    createdAt: volume.CreateTime,
    relations: [
      ['created_from', 'snapshots', volume.SnapshotId],
      ...(volume.Attachments ?? []).map(
        ({ InstanceId }) => ['attached_to', 'cloudservers', InstanceId] as const,
      ),
    ],
  }),
});
