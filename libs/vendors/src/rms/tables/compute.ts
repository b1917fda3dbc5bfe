import type { JsonObject, Relation, ResourceStatus } from '#domain';

import { textAt, textsAt } from '../../shared/huawei-api/document.js';
import { SERVER_STATES, VOLUME_STATES } from '../../shared/huawei-api/service-states.js';
import { type BetterFacts, defineRmsTable, type RelationPath, relationsAt } from '../rms-table.js';
import { DETAILS_ACTION, withServerDetails } from '../server-details.js';
import { type Condition, wordAt } from '../statuses.js';

/** What a server is on its way to, whatever its state still says. */
const TASKS: Readonly<Record<string, ResourceStatus>> = {
  'powering-off': 'stopping',
  'powering-on': 'starting',
  deleting: 'deleting',
  'soft-deleting': 'deleting',
};

const configState = wordAt('status', SERVER_STATES, 'unknown');

/** Servers: those of ECS with what ECS says of them now, bare metal, HECS and Flexus L instances. */
export const cloudservers = defineRmsTable({
  type: 'cloudservers',
  permissions: [DETAILS_ACTION],
  async refine(resources, { connection, scope, signal }) {
    if (!connection.hasServerDetails) return [...resources];
    return await withServerDetails(connection, scope.key, resources, signal);
  },
  condition: (resource) => serverState(resource.server) ?? configState(resource),
  addresses: ['addresses.addr'],
  relations: [
    ['contained_in', 'vpcs', 'metadata.vpcId'],
    ['secured_by', 'securityGroups', 'securityGroups.id'],
    ['attached_to', 'volumes', 'extVolumesAttached.id'],
    ['created_from', 'images', 'metadata.meteringImageId'],
  ],
  better: ({ server }) => (server ? factsOfServer(server) : undefined),
});

function serverState(server: JsonObject | undefined): Condition | undefined {
  const word = textAt(server, 'status');
  if (word === undefined) return undefined;
  const task = textAt(server, 'OS-EXT-STS:task_state') ?? '';
  return { status: TASKS[task] ?? SERVER_STATES[word.toLowerCase()] ?? 'unknown', nativeStatus: word };
}

const SERVER_RELATIONS: readonly RelationPath[] = [
  ['contained_in', 'vpcs', 'metadata.vpc_id'],
  ['secured_by', 'securityGroups', 'security_groups.id'],
  ['attached_to', 'volumes', 'os-extended-volumes:volumes_attached.id'],
  ['created_from', 'images', 'image.id'],
];

/** What ECS says of a server now. */
function factsOfServer(server: JsonObject): BetterFacts {
  // By network, each with a list of addresses.
  const ports = Object.values((server['addresses'] ?? {}) as JsonObject).flat();
  const interfaces = textsAt(ports, 'OS-EXT-IPS:port_id').map((nativeId): Relation => {
    return { kind: 'attached_to', type: 'networkInterfaces', nativeId };
  });
  return {
    addresses: textsAt(ports, 'addr'),
    zone: textAt(server, 'OS-EXT-AZ:availability_zone'),
    relations: [...relationsAt(server, SERVER_RELATIONS), ...interfaces],
  };
}

/** Disks of EVS. */
export const volumes = defineRmsTable({
  type: 'volumes',
  condition: wordAt('status', VOLUME_STATES),
  relations: [
    ['attached_to', 'cloudservers', 'attachments.serverId'],
    ['created_from', 'images', 'volumeImageMetadata.imageId'],
  ],
});

/** Images of the account's own. */
export const images = defineRmsTable({
  type: 'images',
  condition: wordAt('status', {
    active: 'available',
    queued: 'provisioning',
    saving: 'provisioning',
    killed: 'error',
    deleted: 'deleting',
    pending_delete: 'deleting',
  }),
});

/** Groups of AS. */
export const scalingGroups = defineRmsTable({
  type: 'scalingGroups',
  condition: wordAt('scalingGroupStatus', {
    inservice: 'running',
    paused: 'suspended',
    error: 'error',
    deleting: 'deleting',
    freezed: 'suspended',
  }),
  relations: [
    ['contained_in', 'vpcs', 'vpcId'],
    ['contained_in', 'subnets', 'networks.id'],
    ['secured_by', 'securityGroups', 'securityGroups.id'],
  ],
});
