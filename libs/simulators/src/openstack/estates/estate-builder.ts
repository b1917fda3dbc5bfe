import type { JsonObject } from '#domain';

import { uuidOf } from '../../seeded-random.js';
import type { Collection, SimulatedItem, SimulatedProject } from '../openstack-estate.js';
import { ModelEstate } from './model-estate.js';

/** Of what a project's servers are. */
export interface ServerOptions {
  status?: string;
  task?: string;
  metadata?: Record<string, string>;
  host?: string;
}

/** Where something is put. */
export interface Where {
  project: SimulatedProject;
  region?: string;
}

const CREATED = '2026-03-04T05:06:07Z';
/** Cinder, Glance and Octavia have their own ways to write a time. */
const CREATED_WITHOUT_ZONE = '2026-03-04T05:06:07.000000';
const DEFAULT_REGION = 'RegionOne';

/** The user that owns what is a user's. */
export const OWNER_USER = 'member';

/** The document of a server, as Nova shows it since microversion 2.47; one before that takes the flavor out. */
export function serverDocument(
  id: string,
  { project, name, number }: { project: string; name: string; number: number },
  { status = 'ACTIVE', task, metadata = {}, host = 'compute-1' }: ServerOptions = {},
): JsonObject {
  const last = String(number % 250);
  return {
    id,
    name,
    status,
    tenant_id: project,
    user_id: `user-${OWNER_USER}`,
    metadata,
    tags: number % 2 === 0 ? ['blue'] : [],
    hostId: uuidOf(0x05, number).replaceAll('-', ''),
    image: { id: uuidOf(0x1a, 1), links: [{ rel: 'bookmark', href: 'http://internal:8774/images' }] },
    flavor: {
      vcpus: 2,
      ram: 4096,
      disk: 20,
      ephemeral: 0,
      swap: 0,
      original_name: 'm1.medium',
      extra_specs: {},
    },
    created: CREATED,
    updated: CREATED,
    addresses: {
      'app-net': [
        {
          version: 4,
          addr: `10.0.${String(Math.floor(number / 250) % 250)}.${last}`,
          'OS-EXT-IPS:type': 'fixed',
        },
      ],
    },
    accessIPv4: '',
    accessIPv6: '',
    key_name: number % 3 === 0 ? 'laptop' : null,
    config_drive: '',
    progress: 0,
    security_groups: [{ name: 'web' }, { name: 'default' }],
    locked: false,
    'OS-DCF:diskConfig': 'MANUAL',
    'OS-EXT-AZ:availability_zone': 'nova',
    'OS-EXT-STS:task_state': task ?? null,
    'OS-EXT-STS:vm_state': status.toLowerCase(),
    'OS-EXT-STS:power_state': status === 'ACTIVE' ? 1 : 4,
    'OS-SRV-USG:launched_at': '2026-03-04T05:06:37.000000',
    'OS-SRV-USG:terminated_at': null,
    'OS-EXT-SRV-ATTR:hypervisor_hostname': host,
    'OS-EXT-SRV-ATTR:user_data': 'cGFzc3dvcmQ9c2VjcmV0',
    'os-extended-volumes:volumes_attached': [],
    links: [{ rel: 'self', href: `http://internal:8774/v2.1/servers/${id}` }],
  };
}

/** Puts together what a cloud has. */
export class EstateBuilder {
  readonly estate: ModelEstate;
  private count = 0;

  constructor(estate = new ModelEstate()) {
    this.estate = estate;
  }

  /** A project; what it is called decides its id. */
  project(name: string, enabled = true): SimulatedProject {
    const number = Buffer.from(name).reduce((sum, byte) => sum * 31 + byte, 7);
    const project = { id: uuidOf(0x09, number).replaceAll('-', ''), name, enabled };
    this.estate.projects.push(project);
    return project;
  }

  server(where: Where, name: string, options: ServerOptions = {}): SimulatedItem {
    const id = this.nextId();
    const document = serverDocument(id, { project: where.project.id, name, number: this.count }, options);
    return this.put('servers', id, where, document);
  }

  volume(where: Where, name: string, server?: string): SimulatedItem {
    const id = this.nextId();
    return this.put('volumes', id, where, {
      id,
      name,
      status: server === undefined ? 'available' : 'in-use',
      size: 20,
      volume_type: 'ssd',
      availability_zone: 'nova',
      bootable: 'false',
      encrypted: false,
      metadata: { purpose: 'data' },
      attachments: server === undefined ? [] : [{ server_id: server, device: '/dev/vdb', volume_id: id }],
      'os-vol-tenant-attr:tenant_id': where.project.id,
      created_at: CREATED_WITHOUT_ZONE,
      links: [],
    });
  }

  snapshot(where: Where, name: string, volume: string): SimulatedItem {
    const id = this.nextId();
    return this.put('snapshots', id, where, {
      id,
      name,
      status: 'available',
      size: 20,
      volume_id: volume,
      metadata: {},
      created_at: CREATED_WITHOUT_ZONE,
      'os-extended-snapshot-attributes:project_id': where.project.id,
    });
  }

  image(where: Where, name: string, visibility: 'public' | 'private' = 'private'): SimulatedItem {
    const id = this.nextId();
    const document = {
      id,
      name,
      status: visibility === 'public' ? 'active' : 'queued',
      visibility,
      owner: where.project.id,
      tags: ['blessed'],
      disk_format: 'qcow2',
      os_distro: 'debian',
      created_at: CREATED,
    };
    return this.put('images', id, where, document, visibility === 'public');
  }

  flavor(where: Where, name: string): SimulatedItem {
    const id = this.nextId();
    const document = { id, name, ram: 4096, disk: 20, vcpus: 2, extra_specs: {}, links: [] };
    return this.put('flavors', id, where, document, true);
  }

  keypair(where: Where, name: string, user = OWNER_USER): SimulatedItem {
    const keypair = { name, public_key: 'ssh-ed25519 AAAA', fingerprint: 'aa:bb', type: 'ssh' };
    const item = { ...this.item(name, where, { keypair }), owner: user };
    this.estate.add('keypairs', item);
    return item;
  }

  hypervisor(where: Where, name: string, state: 'up' | 'down' = 'up'): SimulatedItem {
    const id = this.nextId();
    const document = {
      id,
      hypervisor_hostname: name,
      state,
      status: 'enabled',
      host_ip: '192.0.2.10',
      hypervisor_type: 'QEMU',
      vcpus: 64,
      vcpus_used: 12,
      memory_mb: 262144,
      running_vms: 6,
    };
    return this.put('hypervisors', id, where, document);
  }

  serverGroup(where: Where, name: string, members: string[]): SimulatedItem {
    const id = this.nextId();
    const document = { id, name, policy: 'anti-affinity', members, project_id: where.project.id };
    return this.put('server_groups', id, where, document);
  }

  /** A network with a subnet, a router, a security group, a port and a floating IP address. */
  network(where: Where, name: string, device?: string): SimulatedItem {
    const { project } = where;
    const [network, subnet, router, group] = [this.nextId(), this.nextId(), this.nextId(), this.nextId()];
    const own = (id: string, what: string) => ({
      id,
      name: what,
      project_id: project.id,
      tenant_id: project.id,
      tags: ['net'],
      created_at: CREATED,
      revision_number: 1,
    });
    const item = this.put('networks', network, where, {
      ...own(network, name),
      status: 'ACTIVE',
      shared: false,
      'router:external': false,
      subnets: [subnet],
    });
    const cidr = { cidr: '10.0.0.0/16', gateway_ip: '10.0.0.1', ip_version: 4, network_id: network };
    this.put('subnets', subnet, where, { ...own(subnet, `${name}-v4`), ...cidr });
    this.put('routers', router, where, {
      ...own(router, `${name}-router`),
      status: 'ACTIVE',
      external_gateway_info: {
        network_id: network,
        external_fixed_ips: [{ ip_address: '203.0.113.7', subnet_id: subnet }],
      },
    });
    this.put('security_groups', group, where, { ...own(group, `${name}-web`), security_group_rules: [] });
    const port = this.nextId();
    this.put('ports', port, where, {
      ...own(port, ''),
      status: device === undefined ? 'DOWN' : 'ACTIVE',
      network_id: network,
      device_id: device ?? router,
      device_owner: device === undefined ? 'network:router_interface' : 'compute:nova',
      fixed_ips: [{ ip_address: '10.0.0.17', subnet_id: subnet }],
      mac_address: 'fa:16:3e:00:00:01',
      security_groups: [group],
    });
    const address = this.nextId();
    this.put('floatingips', address, where, {
      ...own(address, ''),
      status: 'ACTIVE',
      floating_ip_address: '203.0.113.8',
      floating_network_id: network,
      port_id: port,
      router_id: router,
    });
    return item;
  }

  /** A network that everybody sees, without anything in it. */
  sharedNetwork(where: Where, name: string): SimulatedItem {
    const id = this.nextId();
    const document = {
      id,
      name,
      project_id: where.project.id,
      status: 'ACTIVE',
      shared: false,
      'router:external': true,
      subnets: [],
    };
    return this.put('networks', id, where, document, true);
  }

  /** One of each of what the smaller services have. */
  services(where: Where, name: string): void {
    const { project } = where;
    const [balancer, zone, cluster, share] = [this.nextId(), this.nextId(), this.nextId(), this.nextId()];
    this.put('loadbalancers', balancer, where, {
      id: balancer,
      name: `${name}-lb`,
      project_id: project.id,
      provisioning_status: 'ACTIVE',
      operating_status: 'ONLINE',
      vip_address: '10.0.0.99',
      listeners: [],
      tags: [],
      created_at: CREATED_WITHOUT_ZONE,
    });
    this.put('zones', zone, where, {
      id: zone,
      name: `${name}.example.`,
      project_id: project.id,
      status: 'ACTIVE',
      serial: 1,
      attributes: {},
      created_at: CREATED_WITHOUT_ZONE,
    });
    this.put('clusters', cluster, where, {
      uuid: cluster,
      name: `${name}-k8s`,
      status: 'CREATE_COMPLETE',
      node_count: 3,
      labels: { team: name },
    });
    this.put('shares', share, where, {
      id: share,
      name: `${name}-files`,
      project_id: project.id,
      status: 'available',
      size: 100,
      share_proto: 'NFS',
      metadata: {},
      created_at: CREATED_WITHOUT_ZONE,
    });
  }

  private put(
    collection: Collection,
    id: string,
    where: Where,
    ...[document, isShared = false]: [document: JsonObject, isShared?: boolean]
  ): SimulatedItem {
    const item = { ...this.item(id, where, document), isShared };
    this.estate.add(collection, item);
    return item;
  }

  private item(id: string, { project, region = DEFAULT_REGION }: Where, document: JsonObject): SimulatedItem {
    return { id, region, owner: project.id, isShared: false, document };
  }

  private nextId(): string {
    this.count += 1;
    return uuidOf(0x0c, this.count);
  }
}
