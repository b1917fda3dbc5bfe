import { type AliTag, defineAliTable, source, type States } from '../ali-table.js';
import { byNumber } from '../paging.js';
import { PRODUCTS } from '../products.js';

interface Image {
  ImageId?: string;
  ImageName?: string;
  Status?: string;
  CreationTime?: string;
  DiskDeviceMappings?: { DiskDeviceMapping?: { SnapshotId?: string }[] };
  Tags?: { Tag?: AliTag[] };
}

interface Answer {
  Images?: { Image?: Image[] };
  TotalCount?: number;
}

const STATES: States = {
  Creating: 'provisioning',
  Waiting: 'provisioning',
  Available: 'available',
  Deprecated: 'suspended',
  UnAvailable: 'error',
  CreateFailed: 'error',
};

/** The account's own images. */
export const images = defineAliTable({
  type: 'images',
  sources: [
    source({
      product: PRODUCTS.ecs,
      action: 'DescribeImages',
      // Without a list of states it answers only those that are available; without an owner, everybody's.
      parameters: { ImageOwnerAlias: 'self', Status: Object.keys(STATES).join(',') },
      paging: byNumber(100),
      read: ({ Images, TotalCount }: Answer) => ({ items: Images?.Image, total: TotalCount }),
      describe: (image: Image) => ({
        id: image.ImageId,
        name: image.ImageName,
        state: [image.Status, STATES],
        tags: image.Tags?.Tag,
        created: image.CreationTime,
        relations: [
          [
            'created_from',
            'snapshots',
            (image.DiskDeviceMappings?.DiskDeviceMapping ?? []).map((it) => it.SnapshotId),
          ],
        ],
      }),
      omit: ['Progress'],
    }),
  ],
});
