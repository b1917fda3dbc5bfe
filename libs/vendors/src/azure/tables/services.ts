import { READ_EVERYTHING } from '../allowed-actions.js';
import { defineAzureTable, rowsOf } from '../azure-table.js';
import type { GraphRow } from '../resource-graph.js';
import { AZURE_TYPES, OTHER_TYPE } from '../resource-types.js';
import { provisioningState, wordAt } from '../statuses.js';

/** Resource groups. */
export const resourceGroups = defineAzureTable({
  type: 'resourceGroups',
  sources: [{ rows: rowsOf(AZURE_TYPES.resourceGroups, 'resourcecontainers') }],
});

const CLUSTER = wordAt('provisioningState', {
  creating: 'provisioning',
  starting: 'starting',
  stopping: 'stopping',
  deleting: 'deleting',
  failed: 'error',
  canceled: 'error',
  succeeded: 'running',
  updating: 'running',
  upgrading: 'running',
  scaling: 'running',
});
const CLUSTER_POWER = wordAt('powerState.code', { running: 'running', stopped: 'stopped' });

/** Kubernetes: AKS, and clusters elsewhere that Azure Arc knows. */
export const clusters = defineAzureTable({
  type: 'clusters',
  condition: (row) => (CLUSTER_POWER(row).status === 'stopped' ? CLUSTER_POWER(row) : CLUSTER(row)),
  createdAt: ['systemData.createdAt'],
  relations: [['contained_in', 'agentPoolProfiles.vnetSubnetID']],
});

/** "DatabaseStatus" of Azure SQL. */
const SQL_STATUS = wordAt('status', {
  online: 'running',
  scaling: 'running',
  copying: 'running',
  onlinechangingdwperformancetiers: 'running',
  creating: 'provisioning',
  restoring: 'provisioning',
  recovering: 'provisioning',
  recoverypending: 'provisioning',
  resuming: 'starting',
  starting: 'starting',
  pausing: 'stopping',
  stopping: 'stopping',
  paused: 'stopped',
  stopped: 'stopped',
  shutdown: 'stopped',
  autoclosed: 'stopped',
  offline: 'stopped',
  standby: 'stopped',
  offlinesecondary: 'stopped',
  offlinechangingdwperformancetiers: 'stopped',
  disabled: 'suspended',
  suspect: 'error',
  emergencymode: 'error',
  inaccessible: 'error',
});

/** "ServerState" of the flexible servers, and "ManagedInstance" of Azure SQL. */
const SERVER_STATE = wordAt('state', {
  ready: 'running',
  updating: 'running',
  restarting: 'running',
  succeeded: 'running',
  running: 'running',
  starting: 'starting',
  provisioning: 'provisioning',
  creating: 'provisioning',
  stopping: 'stopping',
  dropping: 'deleting',
  deleting: 'deleting',
  stopped: 'stopped',
  disabled: 'suspended',
  inaccessible: 'error',
  failed: 'error',
});

/** Databases: of Azure SQL each one, of the others their servers and accounts. */
export const instances = defineAzureTable({
  type: 'instances',
  condition: (row) => {
    if (row.properties?.['status'] !== undefined) return SQL_STATUS(row);
    if (row.properties?.['state'] !== undefined) return SERVER_STATE(row);
    const { status, ...word } = provisioningState(row);
    return { status: status === 'available' ? 'running' : status, ...word };
  },
  createdAt: ['creationDate', 'systemData.createdAt'],
  relations: [
    ['member_of', 'elasticPoolId'],
    ['contained_in', 'network.delegatedSubnetResourceId'],
    ['contained_in', 'subnetId'],
  ],
  moreRelations: ({ id }) => {
    const server = /^(.+\/servers\/[^/]+)\/databases\/[^/]+$/i.exec(id)?.[1];
    return server === undefined ? [] : [['contained_in', server]];
  },
  // How far back a restore may go, which moves with the time.
  volatile: ['/properties/earliestRestoreDate', '/properties/backup/earliestRestoreDate'],
});

/** Storage accounts. */
export const storageAccounts = defineAzureTable({
  type: 'storageAccounts',
  condition: (row) => {
    const condition = provisioningState(row);
    return condition.status === 'available' ? PRIMARY(row) : condition;
  },
  createdAt: ['creationTime'],
  volatile: ['/properties/geoReplicationStats'],
});

const PRIMARY = wordAt('statusOfPrimary', { available: 'available', unavailable: 'error' }, 'available');

const IS_FUNCTION = "kind contains 'functionapp'";
const SITES = rowsOf(AZURE_TYPES.functions);

/** Function apps. */
export const functions = defineAzureTable({
  type: 'functions',
  sources: [{ rows: `${SITES} and ${IS_FUNCTION}` }],
  condition: wordAt('state', { running: 'running', stopped: 'stopped' }),
  relations: [
    ['runs_on', 'serverFarmId'],
    ['attached_to', 'virtualNetworkSubnetId'],
  ],
  volatile: ['/properties/lastModifiedTimeUtc'],
});

const NAMED_TYPES = Object.entries(AZURE_TYPES)
  .filter(([ours]) => ours !== 'functions')
  .flatMap(([, theirs]) => theirs.map((type) => `'${type.toLowerCase()}'`));

/** Words that types have for how they are: most have only `provisioningState`. */
const STATE = wordAt('state', {
  running: 'running',
  ready: 'running',
  active: 'running',
  enabled: 'available',
  online: 'running',
  succeeded: 'available',
  stopped: 'stopped',
  disabled: 'suspended',
  failed: 'error',
});

/** Everything else that Resource Graph knows, by `type` in its document. */
export const otherResources = defineAzureTable({
  type: OTHER_TYPE,
  sources: [
    {
      rows:
        `resources | where type !in~ (${NAMED_TYPES.join(', ')}) ` +
        `and not(type =~ '${AZURE_TYPES.functions[0].toLowerCase()}' and ${IS_FUNCTION})`,
    },
  ],
  // A type that may not be read is left out without a word, and there are hundreds.
  permissions: [READ_EVERYTHING],
  condition: (row) => {
    const state = STATE(row);
    return state.status === 'unknown' ? provisioningState(row) : state;
  },
  createdAt: ['creationDate', 'creationTime', 'timeCreated', 'createdAt'],
  moreRelations: ({ managedBy }: GraphRow) =>
    typeof managedBy === 'string' ? [['attached_to', managedBy]] : [],
});
