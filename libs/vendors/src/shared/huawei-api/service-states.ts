import type { ResourceStatus } from '#domain';

/** A service's words, in lower case, and what they mean. */
export type Words = Readonly<Record<string, ResourceStatus>>;

/** "ECS Statuses" of ECS; BMS and HECS have the same. */
export const SERVER_STATES: Words = {
  active: 'running',
  build: 'provisioning',
  rebuild: 'provisioning',
  resize: 'provisioning',
  verify_resize: 'provisioning',
  revert_resize: 'provisioning',
  migrating: 'provisioning',
  reboot: 'starting',
  hard_reboot: 'starting',
  shutoff: 'stopped',
  shelved: 'stopped',
  shelved_offloaded: 'stopped',
  paused: 'suspended',
  suspended: 'suspended',
  soft_deleted: 'deleting',
  deleted: 'deleting',
  error: 'error',
};

/** "EVS Disk Status". */
export const VOLUME_STATES: Words = {
  creating: 'provisioning',
  downloading: 'provisioning',
  'restoring-backup': 'provisioning',
  available: 'available',
  'in-use': 'running',
  attaching: 'running',
  detaching: 'running',
  extending: 'running',
  retyping: 'running',
  uploading: 'running',
  'backing-up': 'running',
  rollbacking: 'running',
  deleting: 'deleting',
  error: 'error',
  error_deleting: 'error',
  error_extending: 'error',
  error_restoring: 'error',
  error_rollbacking: 'error',
};
