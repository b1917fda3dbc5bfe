import { createHash } from 'node:crypto';

import type { JsonObject, JsonValue } from '#domain';

import { type HcsEstate, type HcsKind, idOf, type SimulatedHcsProject } from './hcs-estate.js';

const CREATED = '2025-03-04 05:06:07';

/** How a service's things are rows of a class. */
interface RowShape {
  kind: HcsKind;
  /** What it has beside what all rows have. Numbers are texts, and several texts are one: `@10.0.0.5@10.0.0.6@`. */
  fields?: (item: JsonObject) => JsonObject;
}

const textIn = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '');
const objectIn = (value: JsonValue | undefined): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
const listIn = (value: JsonValue | undefined): JsonValue[] => (Array.isArray(value) ? [...value] : []);
const together = (texts: readonly JsonValue[]): string => `@${texts.map(String).join('@')}@`;

function ofServer(server: JsonObject): JsonObject {
  const { vcpus, ram } = objectIn(server['flavor']);
  const addresses = Object.values(objectIn(server['addresses'])).flatMap(listIn).map(objectIn);
  return {
    status: textIn(server['status']).toLowerCase(),
    powerState: server['status'] === 'ACTIVE' ? '1' : '4',
    taskState: server['OS-EXT-STS:task_state'] ?? '',
    flavorVcpu: vcpus ?? '',
    flavorRamSize: ram ?? '',
    privateIps: together([...addresses.map(({ addr = '' }) => addr), '0.0.0.0']),
    imageId: objectIn(server['image'])['id'] ?? '',
    hostId: idOfManageOne('a host'),
    extraSpecs: '{"cpuWeight":2000}',
    tags: listIn(server['tags']).length === 0 ? '' : together(listIn(server['tags'])),
  };
}

/** Classes, and what is in them. */
const MANAGEONE_CLASSES: Readonly<Record<string, RowShape>> = {
  CLOUD_VM: { kind: 'servers', fields: ofServer },
  CLOUD_BMS: { kind: 'bareMetal', fields: ofServer },
  CLOUD_VOLUME: {
    kind: 'volumes',
    fields: ({ size, status = '', attachments }) => ({
      size: JSON.stringify(size),
      status,
      devNativeId: objectIn(listIn(attachments)[0])['server_id'] ?? '',
    }),
  },
  CLOUD_IMAGE: { kind: 'images', fields: ({ status = '' }) => ({ status }) },
  CLOUD_VPC: { kind: 'vpcs', fields: ({ status = '', cidr = '' }) => ({ status, cidr }) },
  CLOUD_SUBNET: {
    kind: 'subnets',
    fields: ({ status = '', cidr = '', vpc_id: vpcId = '' }) => ({ status, cidr, vpcId }),
  },
  CLOUD_SECURITY_GROUP: { kind: 'securityGroups', fields: ({ vpc_id: vpcId = '' }) => ({ vpcId }) },
  CLOUD_EIP: {
    kind: 'publicips',
    fields: ({ public_ip_address: address = '', status = '' }) => ({ floatingIpAddress: address, status }),
  },
  CLOUD_PORT: {
    kind: 'ports',
    fields: ({
      status = '',
      network_id: networkId = '',
      device_owner: owner,
      device_id: device = '',
      ...port
    }) => ({
      status,
      networkId,
      deviceOwner: owner ?? '',
      devNativeId: device,
      ipAddress: together(listIn(port['fixed_ips']).map((ip) => objectIn(ip)['ip_address'] ?? '')),
    }),
  },
  CLOUD_ELB: {
    kind: 'loadbalancers',
    fields: ({ operating_status: operatingStatus = '', vip_address: vipAddress = '', ...balancer }) => ({
      operatingStatus,
      vipAddress,
      vipSubnetId: balancer['vip_subnet_id'] ?? '',
    }),
  },
  CLOUD_CCE_CLUSTER: {
    kind: 'clusters',
    fields: ({ status, spec, metadata }) => ({
      name: objectIn(metadata)['name'] ?? '',
      status: objectIn(status)['phase'] ?? '',
      vpcId: objectIn(objectIn(spec)['hostNetwork'])['vpc'] ?? '',
    }),
  },
  CLOUD_RDS_INSTANCE: {
    kind: 'databases',
    fields: ({ status = '', vpc_id: vpcId = '', subnet_id: subnetId = '', private_ips: ips }) => ({
      status,
      vpcId,
      subnetId,
      privateIps: together(listIn(ips)),
    }),
  },
};

/** All rows of a class, in the order of ManageOne's ids; `undefined` for a class that there isn't. */
export function rowsOf(estate: HcsEstate, className: string): JsonObject[] | undefined {
  const shape = new Map(Object.entries(MANAGEONE_CLASSES)).get(className);
  if (shape === undefined) return undefined;
  const { kind, fields = () => ({}) } = shape;

  const rows = estate.projects.flatMap((project): JsonObject[] =>
    estate.list(kind, project.id).map((item) => ({ ...rowOf(item, className, project), ...fields(item) })),
  );
  return rows.sort(({ resId: one }, { resId: other }) => (textIn(one) < textIn(other) ? -1 : 1));
}

function rowOf(item: JsonObject, className: string, { id, name, region }: SimulatedHcsProject): JsonObject {
  const resId = idOfManageOne(idOf(item));
  return {
    id: resId,
    resId,
    nativeId: idOf(item),
    name: textIn(item['name']),
    class_Name: className,
    projectId: id,
    projectName: name,
    bizRegionId: idOfManageOne(region),
    bizRegionNativeId: region,
    bizRegionName: JSON.stringify({ en_us: `Region ${region}`, zh_cn: region }),
    azoneName: `${region}a`,
    createdAt: CREATED,
    last_Modified: '1741064767000',
    management: 'false',
  };
}

/** 32 upper-case hex digits, the same in every run. */
function idOfManageOne(nativeId: string): string {
  return createHash('sha256').update(nativeId).digest('hex').slice(0, 32).toUpperCase();
}
