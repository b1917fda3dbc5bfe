import { defineOpenstackTable, type States } from '../openstack-table.js';
import { byOffset } from '../paging.js';

interface Volume {
  id?: string;
  name?: string | null;
  status?: string;
  availability_zone?: string;
  metadata?: Record<string, string> | null;
  created_at?: string;
  attachments?: { server_id?: string }[];
  snapshot_id?: string | null;
  source_volid?: string | null;
  volume_image_metadata?: { image_id?: string };
  'os-vol-tenant-attr:tenant_id'?: string;
}

const VOLUME_STATES: States = {
  creating: 'provisioning',
  downloading: 'provisioning',
  'restoring-backup': 'provisioning',
  managing: 'provisioning',
  available: 'available',
  'in-use': 'available',
  reserved: 'available',
  attaching: 'available',
  detaching: 'available',
  extending: 'available',
  retyping: 'available',
  maintenance: 'available',
  uploading: 'available',
  'backing-up': 'available',
  'awaiting-transfer': 'available',
  deleting: 'deleting',
  unmanaging: 'deleting',
  error: 'error',
  error_deleting: 'error',
  error_backing_up: 'error',
  error_restoring: 'error',
  error_extending: 'error',
  error_managing: 'error',
};

/** Cinder's volumes. */
export const volumes = defineOpenstackTable<Volume>({
  type: 'volumes',
  service: 'blockStorage',
  path: '/volumes/detail',
  collection: 'volumes',
  permissions: ['volume:get_all'],
  extent: 'owned',
  query: { sort: 'id:asc' },
  allProjects: { query: { all_tenants: '1' } },
  ownerOf: (volume) => volume['os-vol-tenant-attr:tenant_id'],
  describe: (volume) => ({
    id: volume.id,
    name: volume.name,
    state: [volume.status, VOLUME_STATES],
    zone: volume.availability_zone,
    tags: volume.metadata,
    created: volume.created_at,
    relations: [
      ['attached_to', 'cloudservers', (volume.attachments ?? []).map(({ server_id: id }) => id)],
      ['created_from', 'snapshots', volume.snapshot_id],
      ['created_from', 'volumes', volume.source_volid],
      ['created_from', 'images', volume.volume_image_metadata?.image_id],
    ],
  }),
  unordered: ['attachments'],
});

interface Snapshot {
  id?: string;
  name?: string | null;
  status?: string;
  metadata?: Record<string, string> | null;
  created_at?: string;
  volume_id?: string;
}

const SNAPSHOT_STATES: States = {
  creating: 'provisioning',
  available: 'available',
  'backing-up': 'available',
  restoring: 'available',
  unmanaging: 'deleting',
  deleting: 'deleting',
  deleted: 'deleting',
  error: 'error',
  error_deleting: 'error',
};

/** Cinder's snapshots of volumes. */
export const snapshots = defineOpenstackTable<Snapshot>({
  type: 'snapshots',
  service: 'blockStorage',
  path: '/snapshots/detail',
  collection: 'snapshots',
  permissions: ['volume:get_all_snapshots'],
  extent: 'owned',
  query: { sort: 'id:asc' },
  allProjects: { query: { all_tenants: '1' } },
  describe: (snapshot) => ({
    id: snapshot.id,
    name: snapshot.name,
    state: [snapshot.status, SNAPSHOT_STATES],
    tags: snapshot.metadata,
    created: snapshot.created_at,
    relations: [['snapshot_of', 'volumes', snapshot.volume_id]],
  }),
});

interface Image {
  id?: string;
  name?: string | null;
  status?: string;
  owner?: string | null;
  tags?: string[];
  created_at?: string;
  /** Of an image that Nova made of a server. */
  instance_uuid?: string;
  base_image_ref?: string;
}

const IMAGE_STATES: States = {
  queued: 'provisioning',
  saving: 'provisioning',
  uploading: 'provisioning',
  importing: 'provisioning',
  active: 'available',
  deactivated: 'stopped',
  killed: 'error',
  pending_delete: 'deleting',
  deleted: 'deleting',
};

/** Glance's images: the projects' own, public ones, and those that others share with the projects. */
export const images = defineOpenstackTable<Image>({
  type: 'images',
  service: 'image',
  path: '/images',
  collection: 'images',
  permissions: ['get_images'],
  extent: 'shareable',
  query: { sort_key: 'id', sort_dir: 'asc' },
  // An image may have properties by any name, a project's id among them.
  ownerOf: ({ owner }) => owner,
  ownerParameter: 'owner',
  describe: (image) => ({
    id: image.id,
    name: image.name,
    state: [image.status, IMAGE_STATES],
    words: image.tags ?? [],
    created: image.created_at,
    relations: [
      ['created_from', 'cloudservers', image.instance_uuid],
      ['created_from', 'images', image.base_image_ref === image.id ? undefined : image.base_image_ref],
    ],
  }),
  unordered: ['tags'],
});

interface Share {
  id?: string;
  name?: string | null;
  status?: string;
  availability_zone?: string | null;
  metadata?: Record<string, string> | null;
  created_at?: string;
}

const SHARE_STATES: States = {
  creating: 'provisioning',
  creating_from_snapshot: 'provisioning',
  manage_starting: 'provisioning',
  available: 'available',
  extending: 'available',
  shrinking: 'available',
  migrating: 'available',
  migrating_to: 'available',
  replication_change: 'available',
  reverting: 'available',
  deleting: 'deleting',
  unmanage_starting: 'deleting',
  inactive: 'stopped',
  error: 'error',
  error_deleting: 'error',
  manage_error: 'error',
  unmanage_error: 'error',
  extending_error: 'error',
  shrinking_error: 'error',
  reverting_error: 'error',
};

/** Manila's shares. */
export const shares = defineOpenstackTable<Share>({
  type: 'shares',
  service: 'share',
  path: '/shares/detail',
  collection: 'shares',
  permissions: ['share:get_all'],
  extent: 'owned',
  query: { sort_key: 'id', sort_dir: 'asc' },
  allProjects: { query: { all_tenants: '1' } },
  paging: byOffset,
  describe: (share) => ({
    id: share.id,
    name: share.name,
    state: [share.status, SHARE_STATES],
    zone: share.availability_zone,
    tags: share.metadata,
    created: share.created_at,
  }),
});
