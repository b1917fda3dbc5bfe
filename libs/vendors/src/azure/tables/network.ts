import type { JsonObject } from '#domain';
import { required } from '#vendor-kit';

import { defineAzureTable, rowsOf } from '../azure-table.js';
import { textAt, textsAt } from '../document.js';
import type { GraphRow } from '../resource-graph.js';
import { AZURE_TYPES, readAction } from '../resource-types.js';
import { provisioningState, wordAt } from '../statuses.js';

/** Virtual networks. Their subnets are resources of their own. */
export const vpcs = defineAzureTable({
  type: 'vpcs',
  omitted: ['subnets'],
});

/** Subnets: parts of the rows of virtual networks. */
export const subnets = defineAzureTable({
  type: 'subnets',
  sources: [{ rows: rowsOf(AZURE_TYPES.vpcs) }],
  permissions: AZURE_TYPES.vpcs.map(readAction),
  parts: (network) => subnetsOf(network),
  // One for each address in use.
  omitted: ['ipConfigurations', 'ipConfigurationProfiles', 'privateEndpoints', 'serviceAssociationLinks'],
  relations: [
    ['secured_by', 'networkSecurityGroup.id'],
    ['attached_to', 'routeTable.id'],
    ['attached_to', 'natGateway.id'],
  ],
  moreRelations: ({ id }) => [['contained_in', id.replace(/\/subnets\/[^/]+$/i, '')]],
});

function subnetsOf({ location, properties }: GraphRow): GraphRow[] {
  const found = properties?.['subnets'];
  const list = Array.isArray(found) ? (found as JsonObject[]) : [];
  return list.map((subnet) => ({
    ...subnet,
    id: required(textAt(subnet, 'id'), 'id of a subnet'),
    name: textAt(subnet, 'name') ?? '',
    type: AZURE_TYPES.subnets[0].toLowerCase(),
    location: location ?? null,
    properties: (subnet['properties'] ?? {}) as JsonObject,
  }));
}

/** Route tables. */
export const routeTables = defineAzureTable({
  type: 'routeTables',
  omitted: ['subnets'],
});

/** Network security groups. */
export const securityGroups = defineAzureTable({
  type: 'securityGroups',
  omitted: ['subnets', 'networkInterfaces'],
});

/** Public IP addresses; one that nothing uses is `stopped`. */
export const publicips = defineAzureTable({
  type: 'publicips',
  addresses: ({ properties }) => textsAt(properties ?? undefined, 'ipAddress'),
  condition: (row) => {
    const condition = provisioningState(row);
    const user = ['ipConfiguration', 'natGateway'].some((field) => row.properties?.[field]);
    return condition.status === 'available'
      ? { ...condition, status: user ? 'running' : 'stopped' }
      : condition;
  },
});

/** NAT gateways. */
export const natGateways = defineAzureTable({
  type: 'natGateways',
  omitted: ['subnets'],
  relations: [
    ['attached_to', 'publicIpAddresses.id'],
    ['attached_to', 'publicIpPrefixes.id'],
  ],
});

/** Load balancers, application gateways, Front Door and Traffic Manager. */
export const loadbalancers = defineAzureTable({
  type: 'loadbalancers',
  condition: (row) => {
    const operational = textAt(row.properties ?? undefined, 'operationalState');
    return operational === undefined ? provisioningState(row) : gatewayState(row);
  },
  addresses: ({ properties }) =>
    textsAt(properties ?? undefined, 'frontendIPConfigurations.properties.privateIPAddress'),
  relations: [
    ['contained_in', 'frontendIPConfigurations.properties.subnet.id'],
    ['attached_to', 'frontendIPConfigurations.properties.publicIPAddress.id'],
    ['attached_to', 'backendAddressPools.properties.backendIPConfigurations.id'],
    ['attached_to', 'endpoints.properties.targetResourceId'],
  ],
});

const gatewayState = wordAt('operationalState', {
  running: 'running',
  starting: 'starting',
  stopping: 'stopping',
  stopped: 'stopped',
});

/** Network interfaces. */
export const networkInterfaces = defineAzureTable({
  type: 'networkInterfaces',
  addresses: ({ properties }) =>
    textsAt(properties ?? undefined, 'ipConfigurations.properties.privateIPAddress'),
  relations: [
    ['contained_in', 'ipConfigurations.properties.subnet.id'],
    ['secured_by', 'networkSecurityGroup.id'],
    ['attached_to', 'ipConfigurations.properties.publicIPAddress.id'],
  ],
});

/** DNS zones, public and private. */
export const zones = defineAzureTable({ type: 'zones' });
