import { type AliTag, defineAliTable, source, type States } from '../ali-table.js';
import { byToken } from '../paging.js';
import { PRODUCTS } from '../products.js';

interface Snapshot {
  SnapshotId?: string;
  SnapshotName?: string;
  Status?: string;
  CreationTime?: string;
  SourceDiskId?: string;
  Tags?: { Tag?: AliTag[] };
}

interface Answer {
  Snapshots?: { Snapshot?: Snapshot[] };
  NextToken?: string;
}

const STATES: States = { progressing: 'provisioning', accomplished: 'available', failed: 'error' };

/** Snapshots of disks. */
export const snapshots = defineAliTable({
  type: 'snapshots',
  sources: [
    source({
      product: PRODUCTS.ecs,
      action: 'DescribeSnapshots',
      paging: byToken(100),
      read: ({ Snapshots, NextToken }: Answer) => ({ items: Snapshots?.Snapshot, nextToken: NextToken }),
      describe: (snapshot: Snapshot) => ({
        id: snapshot.SnapshotId,
        name: snapshot.SnapshotName,
        state: [snapshot.Status, STATES],
        tags: snapshot.Tags?.Tag,
        created: snapshot.CreationTime,
        relations: [['snapshot_of', 'volumes', snapshot.SourceDiskId]],
      }),
      // While it is being made, they change from second to second.
      omit: ['Progress', 'RemainTime'],
    }),
  ],
});
