import type { JsonObject } from '#domain';

import { uuidOf } from '../seeded-random.js';
import { HcsEstate, type HcsKind, type SimulatedHcsProject } from './hcs-estate.js';

const CREATED = '2025-03-04T05:06:07Z';
const UUIDS = 0x4c;

/** A server's own, if not as usual. */
export interface HcsServerOptions {
  /** Nova's word: `ACTIVE`. */
  status?: string;
  /** What is being done with it: `powering-off`. */
  task?: string | null;
  tags?: string[];
}

/** What servers are put into. */
export interface SimulatedHcsVpc {
  project: SimulatedHcsProject;
  vpcId: string;
  subnetId: string;
  securityGroupId: string;
  /** The first two bytes of its addresses: `10.1`. */
  prefix: string;
}

/** Fills an estate. Ids are the same in every run. */
export class HcsEstateBuilder {
  private number = 0;

  constructor(readonly estate: HcsEstate = new HcsEstate()) {}

  project(region: string, name = region): SimulatedHcsProject {
    if (!this.estate.regions.includes(region)) this.estate.regions.push(region);
    const project = { id: this.nextId().replaceAll('-', ''), name, region };
    this.estate.projects.push(project);
    return project;
  }

  /** Puts one thing into a project, and tells its id. */
  put({ id: projectId }: SimulatedHcsProject, kind: HcsKind, item: JsonObject): string {
    const id = this.nextId();
    this.estate.add(kind, projectId, { id, ...item });
    return id;
  }

  /** A VPC with a subnet and a security group. */
  network(project: SimulatedHcsProject, name: string, number: number): SimulatedHcsVpc {
    const prefix = `10.${String(number)}`;
    const cidr = `${prefix}.0.0/16`;
    const vpcId = this.put(project, 'vpcs', { name, cidr, status: 'OK', routes: [] });
    const subnet = { name: `${name}-subnet`, cidr, vpc_id: vpcId, status: 'ACTIVE' };
    const subnetId = this.put(project, 'subnets', subnet);
    const securityGroupId = this.put(project, 'securityGroups', {
      name: `${name}-sg`,
      vpc_id: vpcId,
      security_group_rules: [{ id: uuidOf(UUIDS, 0), direction: 'egress' }],
    });
    return { project, vpcId, subnetId, securityGroupId, prefix };
  }

  /** A server with its disk and its port. */
  server(vpc: SimulatedHcsVpc, name: string, options: HcsServerOptions = {}): string {
    const { status = 'ACTIVE', task = null, tags = [] } = options;
    const { project, vpcId, subnetId, securityGroupId, prefix } = vpc;
    const id = this.nextId();
    const address = `${prefix}.0.${String(10 + (this.number % 200))}`;
    const diskId = this.put(project, 'volumes', {
      name: `${name}-volume`,
      size: 40,
      status: 'in-use',
      attachments: [{ server_id: id, device: '/dev/vda' }],
      created_at: CREATED.replace('Z', '.000000'),
      tags: {},
    });
    const portId = this.put(project, 'ports', {
      name: '',
      tenant_id: project.id,
      network_id: subnetId,
      device_id: id,
      device_owner: `compute:${project.region}a`,
      fixed_ips: [{ ip_address: address, subnet_id: subnetId }],
      security_groups: [securityGroupId],
      status: 'ACTIVE',
    });
    this.estate.add('servers', project.id, {
      id,
      name,
      status,
      tenant_id: project.id,
      created: CREATED,
      flavor: { id: 's3.large.2', vcpus: '2', ram: '4096', disk: '0' },
      image: { id: uuidOf(UUIDS, 0) },
      metadata: { vpc_id: vpcId, os_type: 'Linux' },
      addresses: { [vpcId]: [{ addr: address, version: 4, 'OS-EXT-IPS:port_id': portId }] },
      security_groups: [{ name: 'default', id: securityGroupId }],
      'os-extended-volumes:volumes_attached': [{ id: diskId }],
      'OS-EXT-AZ:availability_zone': `${project.region}a`,
      'OS-EXT-STS:task_state': task,
      tags,
    });
    return id;
  }

  /** One of each of the other things that there are. */
  services({ project, vpcId, subnetId, securityGroupId, prefix }: SimulatedHcsVpc, name: string): void {
    const address = `100.64.0.${String(1 + (this.number % 250))}`;
    const publicip = { public_ip_address: address, status: 'DOWN', create_time: '2025-03-04 05:06:07' };
    this.put(project, 'publicips', publicip);
    this.put(project, 'volumes', { name: `${name}-spare`, size: 100, status: 'available', attachments: [] });
    this.put(project, 'images', { name: `${name}-image`, status: 'active', owner: project.id, tags: [] });
    const vip = { name: '', network_id: subnetId, device_owner: 'neutron:LOADBALANCERV2', status: 'ACTIVE' };
    const vipPortId = this.put(project, 'ports', { ...vip, tenant_id: project.id, device_id: vpcId });
    this.put(project, 'loadbalancers', {
      name: `${name}-elb`,
      vip_address: `${prefix}.0.5`,
      vip_subnet_id: subnetId,
      vip_port_id: vipPortId,
      operating_status: 'ONLINE',
      tenant_id: project.id,
    });
    this.put(project, 'bareMetal', {
      name: `${name}-metal`,
      status: 'ACTIVE',
      addresses: { [vpcId]: [{ addr: `${prefix}.0.6` }] },
      metadata: { vpc_id: vpcId },
    });
    this.estate.add('clusters', project.id, {
      kind: 'Cluster',
      metadata: { uid: this.nextId(), name: `${name}-cce`, creationTimestamp: '2025-03-04 05:06:07' },
      spec: { hostNetwork: { vpc: vpcId, subnet: subnetId, SecurityGroup: securityGroupId } },
      status: { phase: 'Available' },
    });
    this.put(project, 'databases', {
      name: `${name}-db`,
      status: 'ACTIVE',
      vpc_id: vpcId,
      subnet_id: subnetId,
      security_group_id: securityGroupId,
      private_ips: [`${prefix}.0.7`],
      tags: [{ key: 'team', value: 'shop' }],
    });
  }

  private nextId(): string {
    this.number += 1;
    return uuidOf(UUIDS, this.number);
  }
}

const WEB_SERVERS = 8;

/** What servers are like beside running ones. */
const OTHER_SERVERS: readonly [string, HcsServerOptions][] = [
  ['batch-1', { status: 'SHUTOFF' }],
  ['batch-2', { status: 'ACTIVE', task: 'powering-off' }],
  ['new', { status: 'BUILD' }],
  ['asleep', { status: 'SUSPENDED' }],
  ['broken', { status: 'ERROR' }],
];

/** A tenant with two projects in one region, and one in another. */
export function buildDemoEstate(): HcsEstate {
  const builder = new HcsEstateBuilder();
  const projects = [
    builder.project('sa-fb-1'),
    builder.project('sa-fb-1', 'sa-fb-1_laboratory'),
    builder.project('sa-fb-2'),
  ];
  for (const [index, project] of projects.entries()) {
    const vpc = builder.network(project, 'plant', index + 1);
    for (let number = 1; number <= WEB_SERVERS; number++) {
      builder.server(vpc, `plant-${String(number)}`, { tags: ['environment=production'] });
    }
    for (const [name, options] of OTHER_SERVERS) builder.server(vpc, name, options);
    builder.services(vpc, 'plant');
  }
  return builder.estate;
}

/** Numbered pages have ten items at least. */
const PAGED = 12;

/** A project with so many of everything that each kind has two pages or more. */
export function buildPagedHcsEstate(): HcsEstate {
  const builder = new HcsEstateBuilder();
  const project = builder.project('sa-fb-1');
  for (let number = 1; number <= PAGED; number += 1) {
    const vpc = builder.network(project, `net-${String(number)}`, number);
    builder.server(vpc, `server-${String(number)}`);
    builder.services(vpc, `some-${String(number)}`);
  }
  return builder.estate;
}
