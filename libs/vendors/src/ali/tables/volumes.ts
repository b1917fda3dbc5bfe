import { type AliTag, defineAliTable, source, type States } from '../ali-table.js';
import { byToken } from '../paging.js';
import { PRODUCTS } from '../products.js';

interface Disk {
  DiskId?: string;
  DiskName?: string;
  Status?: string;
  ZoneId?: string;
  CreationTime?: string;
  InstanceId?: string;
  Attachments?: { Attachment?: { InstanceId?: string }[] };
  ImageId?: string;
  SourceSnapshotId?: string;
  Tags?: { Tag?: AliTag[] };
}

interface Answer {
  Disks?: { Disk?: Disk[] };
  NextToken?: string;
}

const STATES: States = {
  In_use: 'available',
  Available: 'available',
  Attaching: 'starting',
  Detaching: 'stopping',
  Creating: 'provisioning',
  ReIniting: 'provisioning',
};

/** Disks of ECS, cloud and local. */
export const volumes = defineAliTable({
  type: 'volumes',
  sources: [
    source({
      product: PRODUCTS.ecs,
      action: 'DescribeDisks',
      paging: byToken(500),
      read: ({ Disks, NextToken }: Answer) => ({ items: Disks?.Disk, nextToken: NextToken }),
      describe: (disk: Disk) => ({
        id: disk.DiskId,
        name: disk.DiskName,
        state: [disk.Status, STATES],
        zone: disk.ZoneId,
        tags: disk.Tags?.Tag,
        created: disk.CreationTime,
        relations: [
          // A shared disk has several.
          [
            'attached_to',
            'cloudservers',
            [disk.InstanceId, ...(disk.Attachments?.Attachment ?? []).map((it) => it.InstanceId)],
          ],
          ['created_from', 'snapshots', disk.SourceSnapshotId],
          ['created_from', 'images', disk.ImageId],
        ],
      }),
    }),
  ],
});
