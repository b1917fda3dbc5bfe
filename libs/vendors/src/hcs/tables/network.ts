import { textAt } from '../../shared/huawei-api/document.js';
import { pathOf } from '../../shared/huawei-signing/sign-request.js';
import type { ProjectScope } from '../connection.js';
import { defineHcsTable } from '../hcs-table.js';

/** A list of the VPC service's own API, version 1. */
function vpcList(name: string, action: string, list = name) {
  return {
    service: 'vpc',
    action: `vpc:${action}`,
    path: ({ projectId }: ProjectScope) => pathOf('v1', projectId, name),
    list,
    maxPageSize: 1_000,
  } as const;
}

const NETWORK_STATES = {
  ok: 'available',
  active: 'available',
  unknown: 'available',
  creating: 'provisioning',
  down: 'stopped',
  error: 'error',
} as const;

/** VPCs. */
export const vpcs = defineHcsTable({
  type: 'vpcs',
  ...vpcList('vpcs', 'vpcs:list'),
  state: ['status', NETWORK_STATES],
  created: ['created_at'],
  manageOne: { classNames: ['CLOUD_VPC'] },
});

/** Subnets of VPCs. */
export const subnets = defineHcsTable({
  type: 'subnets',
  ...vpcList('subnets', 'subnets:get'),
  state: ['status', NETWORK_STATES],
  created: ['created_at'],
  relations: [['contained_in', 'vpcs', 'vpc_id']],
  manageOne: { classNames: ['CLOUD_SUBNET'] },
});

/** Security groups. */
export const securityGroups = defineHcsTable({
  type: 'securityGroups',
  ...vpcList('security-groups', 'securityGroups:get', 'security_groups'),
  created: ['created_at'],
  relations: [['contained_in', 'vpcs', 'vpc_id']],
  unordered: ['security_group_rules'],
  manageOne: { classNames: ['CLOUD_SECURITY_GROUP'] },
});

/** Elastic IP addresses; one that nothing uses is `stopped`. */
export const publicips = defineHcsTable({
  type: 'publicips',
  ...vpcList('publicips', 'publicIps:list'),
  name: 'public_ip_address',
  state: [
    'status',
    {
      active: 'running',
      elb: 'running',
      vpn: 'running',
      down: 'stopped',
      freezed: 'suspended',
      pending_create: 'provisioning',
      notifying: 'provisioning',
      binding: 'provisioning',
      pending_delete: 'deleting',
      notify_delete: 'deleting',
      bind_error: 'error',
      error: 'error',
    },
  ],
  created: ['create_time'],
  addresses: ['public_ip_address'],
  relations: [['attached_to', 'networkInterfaces', 'port_id']],
  manageOne: {
    classNames: ['CLOUD_EIP', 'CLOUD_FLOATING_IPS'],
    name: 'floatingIpAddress',
    addresses: ['floatingIpAddress'],
  },
});

/** Network interfaces: ports. */
export const networkInterfaces = defineHcsTable({
  type: 'networkInterfaces',
  service: 'vpc',
  action: 'vpc:ports:list',
  // Neutron's list: version 1 has none in every stack.
  path: () => pathOf('v2.0', 'ports'),
  list: 'ports',
  maxPageSize: 1_000,
  state: ['status', { active: 'running', build: 'provisioning', down: 'stopped', error: 'error' }],
  created: ['created_at'],
  addresses: ['fixed_ips.ip_address'],
  relations: [
    ['contained_in', 'subnets', 'network_id'],
    ['secured_by', 'securityGroups', 'security_groups'],
    ['attached_to', 'cloudservers', 'device_id'],
  ],
  // Gateways and load balancers have ports, too.
  isRelated: (port, type) =>
    type !== 'cloudservers' || textAt(port, 'device_owner')?.startsWith('compute:') === true,
  owner: ['tenant_id', 'project_id'],
  unordered: ['security_groups', 'fixed_ips'],
  manageOne: {
    classNames: ['CLOUD_PORT'],
    addresses: ['fixedIpAddress', 'ipAddress'],
    relations: [['attached_to', 'cloudservers', 'devNativeId']],
  },
});

/** Load balancers, which are at the VPC service. */
export const loadbalancers = defineHcsTable({
  type: 'loadbalancers',
  service: 'vpc',
  action: 'elb:loadbalancers:list',
  path: () => pathOf('v2.0', 'lbaas', 'loadbalancers'),
  list: 'loadbalancers',
  maxPageSize: 1_000,
  state: [
    'operating_status',
    {
      online: 'running',
      // ManageOne's word.
      active: 'running',
      degraded: 'running',
      no_monitor: 'running',
      offline: 'stopped',
      disabled: 'stopped',
      frozen: 'suspended',
    },
  ],
  created: ['created_at'],
  addresses: ['vip_address'],
  relations: [
    ['attached_to', 'networkInterfaces', 'vip_port_id'],
    ['contained_in', 'subnets', 'vip_subnet_id'],
  ],
  owner: ['tenant_id', 'project_id'],
  unordered: ['listeners', 'pools'],
  manageOne: { classNames: ['CLOUD_ELB'], addresses: ['vipAddress'] },
});
