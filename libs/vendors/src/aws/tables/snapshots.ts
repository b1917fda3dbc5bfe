import { DescribeSnapshotsCommand } from '@aws-sdk/client-ec2';

import { defineAwsTable, statusBy, tagsOf } from '../aws-table.js';
import { paged } from '../listings.js';

const status = statusBy({
  pending: 'provisioning',
  recovering: 'provisioning',
  completed: 'available',
  recoverable: 'suspended',
  error: 'error',
});

/** What AWS says of a snapshot that is a copy: it was made of no volume of this account. */
const NO_VOLUME = 'vol-ffffffff';

const listing = paged({
  service: 'ec2',
  pageSize: [5, 1_000],
  request: ({ size, cursor }) =>
    new DescribeSnapshotsCommand({ OwnerIds: ['self'], MaxResults: size, NextToken: cursor }),
  items: ({ Snapshots }) => Snapshots,
  next: ({ NextToken }) => NextToken,
});

/** The account's own snapshots of volumes. Without an owner AWS would list every public one. */
export const snapshots = defineAwsTable({
  type: 'snapshots',
  permissions: ['ec2:DescribeSnapshots'],
  volatile: ['/Progress'],
  listing,

  describe: (snapshot) => ({
    id: ['SnapshotId', snapshot.SnapshotId],
    status: status(snapshot.State),
    nativeStatus: snapshot.State,
    tags: tagsOf(snapshot.Tags),
    createdAt: snapshot.StartTime,
    relations: [['snapshot_of', 'volumes', snapshot.VolumeId === NO_VOLUME ? undefined : snapshot.VolumeId]],
  }),
});
