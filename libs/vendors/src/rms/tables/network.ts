import { defineRmsTable } from '../rms-table.js';
import { wordAt } from '../statuses.js';

/** What the VPC service says of networks. */
const NETWORK_STATE = wordAt('status', {
  ok: 'available',
  active: 'available',
  creating: 'provisioning',
  unknown: 'available',
  down: 'stopped',
  error: 'error',
});

/** VPCs. */
export const vpcs = defineRmsTable({ type: 'vpcs', condition: NETWORK_STATE });

/** Subnets of VPCs. */
export const subnets = defineRmsTable({
  type: 'subnets',
  condition: NETWORK_STATE,
  relations: [['contained_in', 'vpcs', 'vpcId']],
});

/** Route tables. */
export const routeTables = defineRmsTable({
  type: 'routeTables',
  relations: [
    ['contained_in', 'vpcs', 'vpcId'],
    ['attached_to', 'subnets', 'subnets.id'],
  ],
});

/** Security groups. */
export const securityGroups = defineRmsTable({ type: 'securityGroups' });

/** "EIP statuses" of the VPC service; one that nothing uses is `stopped`. */
const ADDRESS_STATE = wordAt('status', {
  active: 'running',
  elb: 'running',
  vpn: 'running',
  down: 'stopped',
  freezed: 'suspended',
  pending_create: 'provisioning',
  pending_update: 'provisioning',
  notifying: 'provisioning',
  binding: 'provisioning',
  pending_delete: 'deleting',
  notify_delete: 'deleting',
  bind_error: 'error',
  error: 'error',
});

/** Elastic IP addresses. */
export const publicips = defineRmsTable({
  type: 'publicips',
  condition: ADDRESS_STATE,
  addresses: ['publicIpAddress', 'publicIpv6Address'],
  relations: [['attached_to', 'networkInterfaces', 'portId']],
});

const SERVICE_STATE = wordAt('status', {
  active: 'running',
  inactive: 'stopped',
  freezed: 'suspended',
  frozen: 'suspended',
  pending_create: 'provisioning',
  pending_update: 'provisioning',
  pending_delete: 'deleting',
  error: 'error',
});

/** NAT gateways, public and private. */
export const natGateways = defineRmsTable({
  type: 'natGateways',
  condition: SERVICE_STATE,
  relations: [
    ['contained_in', 'vpcs', 'routerId'],
    ['contained_in', 'subnets', 'internalNetworkId'],
  ],
});

/** Load balancers of ELB. */
export const loadbalancers = defineRmsTable({
  type: 'loadbalancers',
  condition: wordAt('operatingStatus', {
    online: 'running',
    degraded: 'running',
    frozen: 'suspended',
    disabled: 'stopped',
    offline: 'stopped',
    no_monitor: 'running',
  }),
  addresses: ['vipAddress', 'ipv6VipAddress', 'publicips.publicIpAddress'],
  relations: [
    ['contained_in', 'vpcs', 'vpcId'],
    ['attached_to', 'networkInterfaces', 'vipPortId'],
    ['attached_to', 'publicips', 'publicips.publicIpId'],
  ],
});

/** Network interfaces: ports of the VPC service. */
export const networkInterfaces = defineRmsTable({
  type: 'networkInterfaces',
  condition: wordAt('status', { active: 'running', build: 'provisioning', down: 'stopped', error: 'error' }),
  addresses: ['fixedIps.ipAddress'],
  relations: [
    ['contained_in', 'subnets', 'networkId'],
    ['secured_by', 'securityGroups', 'securityGroups'],
    ['attached_to', 'cloudservers', 'deviceId'],
  ],
});

/** DNS zones, public and private. */
export const zones = defineRmsTable({
  type: 'zones',
  condition: wordAt('status', {
    active: 'available',
    pending_create: 'provisioning',
    pending_update: 'available',
    pending_delete: 'deleting',
    disable: 'stopped',
    freeze: 'suspended',
    error: 'error',
  }),
  relations: [['contained_in', 'vpcs', 'routers.routerId']],
});
