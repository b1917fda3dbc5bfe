import type { Words } from '../../shared/huawei-api/service-states.js';
import { configTypeOf, resourceRecorder } from '../config-resources.js';
import { GLOBAL_SCOPE } from '../connection.js';
import { isNamedType } from '../resource-types.js';
import { defineRmsTable } from '../rms-table.js';
import { wordAt } from '../statuses.js';

/** "Cluster Status" of CCE. */
const CLUSTER_STATES: Words = {
  available: 'running',
  scalingup: 'running',
  scalingdown: 'running',
  upgrading: 'running',
  resizing: 'running',
  rollingback: 'running',
  creating: 'provisioning',
  awaking: 'starting',
  hibernating: 'stopping',
  hibernation: 'stopped',
  freezing: 'suspended',
  deleting: 'deleting',
  unavailable: 'error',
  error: 'error',
};

/** Kubernetes: clusters of CCE. */
export const clusters = defineRmsTable({
  type: 'clusters',
  condition: wordAt('status.phase', CLUSTER_STATES, 'unknown'),
  relations: [
    ['contained_in', 'vpcs', 'spec.hostNetwork.vpc'],
    ['contained_in', 'subnets', 'spec.hostNetwork.subnet'],
    ['secured_by', 'securityGroups', 'spec.hostNetwork.securityGroup'],
  ],
});

/** "DB Instance Statuses" of RDS; DDS, GaussDB, GeminiDB and DCS have some of them, or words of their own. */
const DATABASE_STATES: Words = {
  active: 'running',
  normal: 'running',
  running: 'running',
  available: 'running',
  modifying: 'running',
  'modifying instance type': 'running',
  'modifying database port': 'running',
  switchover: 'running',
  'backing up': 'running',
  createing: 'provisioning',
  creating: 'provisioning',
  build: 'provisioning',
  restoring: 'provisioning',
  migrating: 'provisioning',
  extending: 'provisioning',
  reboot: 'starting',
  rebooting: 'starting',
  restarting: 'starting',
  starting: 'starting',
  shutdown: 'stopped',
  stopped: 'stopped',
  closed: 'stopped',
  frozen: 'suspended',
  failed: 'error',
  createfailed: 'error',
  abnormal: 'error',
  error: 'error',
  'storage full': 'error',
};

/** Databases: of RDS, DDS, GaussDB, GeminiDB, and Redis of DCS. */
export const instances = defineRmsTable({
  type: 'instances',
  condition: wordAt('status', DATABASE_STATES, 'unknown'),
  addresses: ['privateIps', 'publicIps', 'ip'],
  relations: [
    ['contained_in', 'vpcs', 'vpcId'],
    ['contained_in', 'subnets', 'subnetId'],
    ['secured_by', 'securityGroups', 'securityGroupId'],
  ],
});

/** Buckets of OBS. */
export const buckets = defineRmsTable({ type: 'buckets' });

/** Words that services have for how they are: most say nothing. */
const OTHER_STATES: Words = {
  active: 'running',
  running: 'running',
  available: 'available',
  normal: 'available',
  enabled: 'available',
  'in-use': 'running',
  ok: 'available',
  on: 'running',
  off: 'stopped',
  stopped: 'stopped',
  disabled: 'stopped',
  down: 'stopped',
  creating: 'provisioning',
  deleting: 'deleting',
  frozen: 'suspended',
  freezed: 'suspended',
  error: 'error',
  failed: 'error',
};

/**
 * Everything else that Config knows, by `provider` and `type` in its document; and, among what is in no region, the
 * recorder that keeps Config up to date.
 */
export const otherResources = defineRmsTable({
  type: 'otherResources',
  condition: wordAt('status', OTHER_STATES),
  relations: [['contained_in', 'vpcs', 'vpcId']],
  refine: (resources) => resources.filter((resource) => !isNamedType(configTypeOf(resource))),
  async last({ connection, scope, signal }) {
    return scope.key === GLOBAL_SCOPE.key ? [await resourceRecorder(connection, signal)] : [];
  },
});
