import { createHash } from 'node:crypto';

import type { JsonObject } from '#domain';

import { uuidOf } from '../seeded-random.js';
import { RmsEstate, type SimulatedConfigResource, type SimulatedHuaweiRegion } from './rms-estate.js';

const CREATED = '2025-03-04T05:06:07.000Z';
const UPDATED = '2025-11-05T06:07:08.000Z';
const UUIDS = 0x4e;

/** What a resource is: `{ type: 'evs.volumes', name: 'data' }`. */
export interface SimulatedKind {
  type: string;
  name: string;
}

/** Where and how a resource is, if not as usual. */
export interface ResourceOptions {
  id?: string;
  tags?: Record<string, string>;
  provisioningState?: string;
}

/** A server's own, if not as usual. */
export interface ServerOptions extends ResourceOptions {
  /** ECS's word: `ACTIVE`. */
  status?: string;
  /** What ECS is doing with it: `powering-off`. */
  task?: string | null;
  publicAddress?: string;
}

/** What servers are put into. */
export interface SimulatedVpc {
  region: SimulatedHuaweiRegion;
  vpcId: string;
  subnetId: string;
  securityGroupId: string;
  /** The first two bytes of its addresses: `10.1`. */
  prefix: string;
}

/** Fills an estate. Ids are the same in every run. */
export class RmsEstateBuilder {
  private number = 0;

  constructor(readonly estate: RmsEstate = new RmsEstate()) {}

  region(id: string, name: string, hasProject = true): SimulatedHuaweiRegion {
    const projectId = this.nextId().replaceAll('-', '');
    const region = { id, name, ...(hasProject ? { projectId } : {}) };
    this.estate.regions.push(region);
    return region;
  }

  /** Puts one resource into Config; into no region where none is given. */
  put(
    region: SimulatedHuaweiRegion | undefined,
    { type: configType, name }: SimulatedKind,
    properties: JsonObject,
    { id = this.nextId(), tags = {}, provisioningState = 'Succeeded' }: ResourceOptions = {},
  ): SimulatedConfigResource {
    const [provider = '', type = ''] = configType.split('.');
    const resource = {
      id,
      name,
      provider,
      type,
      region_id: region?.id ?? 'global',
      project_id: region?.projectId ?? '',
      project_name: region?.projectId === undefined ? '' : region.id,
      ep_id: '0',
      ep_name: 'default',
      checksum: createHash('sha256').update(JSON.stringify(properties)).digest('hex'),
      created: CREATED,
      updated: UPDATED,
      provisioning_state: provisioningState,
      state: 'Normal',
      tags,
      properties,
    };
    this.estate.resources.push(resource);
    return resource;
  }

  /** A VPC with a subnet, a route table, a security group and a NAT gateway. */
  network(region: SimulatedHuaweiRegion, name: string, number: number): SimulatedVpc {
    const prefix = `10.${String(number)}`;
    const cidr = `${prefix}.0.0/16`;
    const vpc = this.put(region, { type: 'vpc.vpcs', name }, { cidr, status: 'OK', routes: [] }).id;
    const subnet = { cidr, vpcId: vpc, status: 'ACTIVE', gatewayIp: `${prefix}.0.1` };
    const subnetId = this.put(region, { type: 'vpc.networks', name: `${name}-subnet` }, subnet).id;
    this.put(
      region,
      { type: 'vpc.routeTables', name: `rtb-${name}` },
      { vpcId: vpc, subnets: [{ id: subnetId }] },
    );
    const securityGroupId = this.put(
      region,
      { type: 'vpc.securityGroups', name: `${name}-sg` },
      { description: '' },
    ).id;
    const gateway = { routerId: vpc, internalNetworkId: subnetId, spec: '1', status: 'ACTIVE' };
    this.put(region, { type: 'nat.natGateways', name: `${name}-nat` }, gateway);
    return { region, vpcId: vpc, subnetId, securityGroupId, prefix };
  }

  /** A server with its disk, its port and, if it has one, its public address. */
  server(vpc: SimulatedVpc, name: string, options: ServerOptions = {}): SimulatedConfigResource {
    const { status = 'ACTIVE', task = null, publicAddress } = options;
    const { region, vpcId, subnetId, securityGroupId } = vpc;
    const id = options.id ?? this.nextId();
    const address = `${vpc.prefix}.0.${String(10 + (this.number % 200))}`;
    const attachments = [{ serverId: id, device: '/dev/vda' }];
    const disk = { size: 40, volumeType: 'SSD', status: 'in-use', attachments };
    const diskId = this.put(region, { type: 'evs.volumes', name: `${name}-volume` }, disk).id;
    const portId = this.put(
      region,
      { type: 'vpc.ports', name: `${name}-port` },
      {
        networkId: subnetId,
        deviceId: id,
        deviceOwner: 'compute:az1',
        fixedIps: [{ ipAddress: address, subnetId }],
        securityGroups: [securityGroupId],
        status: 'ACTIVE',
      },
    ).id;
    if (publicAddress !== undefined) {
      const publicIp = { publicIpAddress: publicAddress, portId, status: 'ACTIVE', type: '5_bgp' };
      this.put(region, { type: 'vpc.publicips', name: publicAddress }, publicIp);
    }
    const metadata = { vpc_id: vpcId, image_name: 'Ubuntu 24.04', os_type: 'Linux', charging_mode: '0' };
    const ports = [address, ...(publicAddress === undefined ? [] : [publicAddress])].map((addr, index) => ({
      addr,
      version: '4',
      'OS-EXT-IPS:type': index === 0 ? 'fixed' : 'floating',
      'OS-EXT-IPS:port_id': portId,
    }));
    this.estate.servers.set(id, {
      id,
      name,
      status,
      fault: null,
      tenant_id: region.projectId ?? '',
      created: CREATED.replace('.000', ''),
      updated: UPDATED.replace('.000', ''),
      flavor: { id: 's6.large.2', name: 's6.large.2', vcpus: '2', ram: '4096', disk: '0' },
      image: { id: uuidOf(UUIDS, 0) },
      metadata,
      addresses: { [vpcId]: ports },
      security_groups: [{ name: 'default', id: securityGroupId }],
      'os-extended-volumes:volumes_attached': [{ id: diskId, device: '/dev/vda', bootIndex: '0' }],
      'OS-EXT-AZ:availability_zone': `${region.id}a`,
      'OS-EXT-STS:task_state': task,
      'OS-EXT-STS:vm_state': status.toLowerCase(),
      enterprise_project_id: '0',
    });
    const document = knownToConfig(name, { id: diskId, portId, address }, vpc);
    return this.put(region, { type: 'ecs.cloudservers', name }, document, { ...options, id });
  }

  /** One of each of the other things that there are. */
  services(vpc: SimulatedVpc, name: string): void {
    const { region, vpcId, subnetId, securityGroupId, prefix } = vpc;
    const put = (configType: string, what: string, properties: JsonObject, options?: ResourceOptions) =>
      this.put(region, { type: configType, name: `${name}-${what}` }, properties, options);
    put('vpc.publicips', 'eip', { publicIpAddress: '121.36.0.9', status: 'DOWN', type: '5_bgp' });
    put('evs.volumes', 'spare', { size: 100, volumeType: 'SAS', status: 'available', attachments: [] });
    put('ims.images', 'image', { status: 'active', osType: 'Linux', minDisk: 40 });
    put('elb.loadbalancers', 'elb', {
      vipAddress: `${prefix}.0.5`,
      vpcId,
      operatingStatus: 'ONLINE',
      provisioningStatus: 'ACTIVE',
    });
    const database = { status: 'ACTIVE', vpcId, subnetId, securityGroupId, privateIps: [`${prefix}.0.6`] };
    put('rds.instances', 'db', { ...database, datastore: { type: 'PostgreSQL', version: '16' } });
    put('dcs.redis', 'cache', { status: 'RUNNING', vpcId, subnetId, ip: `${prefix}.0.7` });
    const hostNetwork = { vpc: vpcId, subnet: subnetId, securityGroup: securityGroupId };
    put('cce.clusters', 'cce', { spec: { version: 'v1.31', hostNetwork }, status: { phase: 'Available' } });
    put('cce.nodes', 'node', { status: { phase: 'Active' } });
    put('as.scalingGroups', 'as', {
      vpcId,
      scalingGroupStatus: 'INSERVICE',
      networks: [{ id: subnetId }],
      currentInstanceNumber: 0,
    });
    put('obs.buckets', 'bucket', { storageClass: 'STANDARD' }, { id: `${name}-${region.id}` });
    put('dns.privatezones', 'zone', {
      status: 'ACTIVE',
      zoneType: 'private',
      routers: [{ routerId: vpcId }],
    });
    put('smn.topic', 'topic', { displayName: 'Alarms' });
    put('kms.keys', 'key', { keyState: '2' });
  }

  /** What is in no region. */
  globals(name: string): void {
    this.put(undefined, { type: 'iam.users', name: `${name}-user` }, { enabled: true });
    this.put(undefined, { type: 'iam.groups', name: `${name}-group` }, {});
    this.put(
      undefined,
      { type: 'dns.publiczones', name: `${name}.example.` },
      { status: 'ACTIVE', zoneType: 'public' },
    );
  }

  private nextId(): string {
    this.number += 1;
    return uuidOf(UUIDS, this.number);
  }
}

/** A server as Config last heard of it, with its own names for some of it. */
function knownToConfig(
  name: string,
  { id, portId, address }: { id: string; portId: string; address: string },
  { region, vpcId, securityGroupId }: SimulatedVpc,
): JsonObject {
  return {
    hostName: name,
    status: 'ACTIVE',
    flavor: { id: 's6.large.2', vcpus: 2, ram: 4_096 },
    metadata: { vpcId, imageName: 'Ubuntu 24.04', osType: 'Linux' },
    addresses: [{ addr: address, OsExtIpsPortId: portId, version: 4 }],
    securityGroups: [{ id: securityGroupId, name: 'default' }],
    ExtVolumesAttached: [{ id, device: '/dev/vda' }],
    availabilityZone: `${region.id}a`,
  };
}

const WEB_SERVERS = 14;

/** What servers are like beside running ones. */
const OTHER_SERVERS: readonly [string, ServerOptions][] = [
  ['batch-1', { status: 'SHUTOFF' }],
  ['batch-2', { status: 'SHUTOFF', task: 'powering-on' }],
  ['batch-3', { status: 'ACTIVE', task: 'powering-off' }],
  ['new', { status: 'BUILD' }],
  ['larger', { status: 'VERIFY_RESIZE' }],
  ['asleep', { status: 'SUSPENDED' }],
  ['broken', { status: 'ERROR' }],
  ['leaving', { status: 'ACTIVE', task: 'deleting' }],
];

/** A small company: two regions with a project, one without, and users. */
export function buildDemoEstate(): RmsEstate {
  const builder = new RmsEstateBuilder();
  const places = [
    builder.region('cn-north-4', 'CN North-Beijing4'),
    builder.region('ap-southeast-3', 'AP-Singapore'),
  ];
  builder.region('la-south-2', 'LA-Santiago', false);
  const tags = { environment: 'production', 'cost centre': '4711' };
  for (const [index, region] of places.entries()) {
    const vpc = builder.network(region, 'shop', index + 1);
    for (let number = 1; number <= WEB_SERVERS; number++) {
      builder.server(vpc, `web-${String(number).padStart(2, '0')}`, {
        tags: { ...tags, role: 'web' },
        ...(number === 1 ? { publicAddress: `121.36.${String(index)}.10` } : {}),
      });
    }
    for (const [name, options] of OTHER_SERVERS) builder.server(vpc, name, options);
    builder.services(vpc, index === 0 ? 'shop' : 'shop-sg');
  }
  builder.globals('shop');
  return builder.estate;
}
