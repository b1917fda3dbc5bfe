import 'reflect-metadata';

import { generateKeyPairSync } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import type { Resource } from '#domain';
import {
  digitalOcean,
  droplet,
  gcpCompute,
  gcpDisk,
  gcpInstance,
  gcpNetwork,
  type GcpProject,
  kubernetes,
  kubernetesNode,
  kubernetesService,
  kubernetesVolume,
  netBox,
  netBoxDevice,
  netBoxMachine,
  proxmox,
  proxmoxGuest,
  proxmoxNode,
  proxmoxStorage,
  type RestCloud,
  startRestSimulator,
  tencentCloud,
  tencentDisk,
  tencentInstance,
} from '#simulators';
import { listResources, openGate, openNetwork } from '#vendor-kit/testing';

import { adapter } from './adapter.js';
import { connectorProblems } from './document/check-connector.js';
import type { ConnectorDocument } from './document/connector-document.js';
import { readConnectorText } from './document/connector-text.js';

const FOLDER = join(import.meta.dirname, '../../../../docs/vendors/other');
const NEVER = new AbortController().signal;
const ORIGIN = /^https?:\/\/[^/]+/;

function example(name: string): ConnectorDocument {
  const read = readConnectorText(readFileSync(join(FOLDER, `${name}.yaml`), 'utf8'));
  if ('problem' in read) throw new Error(read.problem);
  return read.connector as ConnectorDocument;
}

/** An example as it is shipped, but at a simulator's address, and with pages of two. */
function at(url: string, name: string): ConnectorDocument {
  const connector = example(name);
  const { auth } = connector;
  return {
    ...connector,
    base_url: connector.base_url.replace(ORIGIN, url),
    allow_insecure_http: true,
    auth: 'token_url' in auth ? { ...auth, token_url: auth.token_url.replace(ORIGIN, url) } : auth,
    streams: connector.streams.map((stream) => ({
      ...stream,
      ...(stream.base_url === undefined ? {} : { base_url: stream.base_url.replace(ORIGIN, url) }),
      request: JSON.parse(
        JSON.stringify(stream.request).replaceAll(/("(?:limit|per_page|maxResults|Limit)":)\d+/g, '$12'),
      ) as typeof stream.request,
    })),
  };
}

type Listed = Record<string, Resource[]>;

/** All that a connector lists of a cloud, by scope. */
async function list(
  name: string,
  cloud: RestCloud,
  keys: { ak?: string; sk: string },
  adapt: (connector: ConnectorDocument) => ConnectorDocument = (connector) => connector,
): Promise<Listed> {
  const simulator = await startRestSimulator(cloud);
  try {
    const settings = { connector: adapt(at(simulator.url, name)) };
    expect(connectorProblems(settings.connector)).toEqual([]);
    const access = { accountId: name, ak: '', ...keys, settings, gate: openGate, network: openNetwork };
    const connection = await adapter.connect(access, NEVER);
    const listed: Listed = {};
    for (const scope of await adapter.scopes(connection, NEVER)) {
      const table = adapter.tables.find(({ isListedIn }) => isListedIn?.(scope) === true);
      if (table === undefined) throw new Error(`no table lists ${scope.key}`);
      listed[scope.key] = await listResources(table, { connection, scope });
    }
    await adapter.disconnect(connection);
    return listed;
  } finally {
    await simulator.close();
  }
}

const idsOf = (resources: readonly Resource[] = []) => resources.map(({ nativeId }) => nativeId);

describe('the examples in docs/vendors/other', () => {
  it.each(readdirSync(FOLDER).map((file) => file.replace('.yaml', '')))('%s is a connector', (name) => {
    expect(connectorProblems(example(name))).toEqual([]);
  });
});

describe('digitalocean.yaml', () => {
  it('lists droplets over several pages, and what there is none of', async () => {
    const droplets = [droplet(1), droplet(2, 'off'), droplet(3, 'new'), droplet(4, 'archive'), droplet(5)];
    const cloud = digitalOcean('dop-token', {
      'droplets droplets': droplets,
      'volumes volumes': [{ id: 'v-1', name: 'data', region: { slug: 'ams3' }, droplet_ids: [1], tags: [] }],
      'vpcs vpcs': [{ id: 'n-1', name: 'default', region: 'ams3', created_at: '2024-01-01T00:00:00Z' }],
      'load_balancers load_balancers': [],
    });
    const listed = await list('digitalocean', cloud, { sk: 'dop-token' });
    const servers = listed['cloudservers/droplets'] ?? [];
    expect(idsOf(servers)).toEqual(['1', '2', '3', '4', '5']);
    expect(servers.map(({ status }) => status)).toEqual([
      'running',
      'stopped',
      'provisioning',
      'stopped',
      'running',
    ]);
    expect(servers[0]).toMatchObject({
      name: 'web-1',
      regionId: 'ams3',
      addresses: ['10.128.0.1', '203.0.113.1'],
      tags: { web: '', 'env:prod': '' },
      createdAt: new Date('2024-07-21T18:37:44Z'),
    });
    expect(servers[0]?.relations).toContainEqual({
      kind: 'attached_to',
      type: 'volumes',
      nativeId: '506f78a4-e098-11e5-ad9f-000f53306ae1',
    });
    expect(listed['volumes/volumes']?.[0]?.relations).toEqual([
      { kind: 'attached_to', type: 'cloudservers', nativeId: '1' },
    ]);
    expect(listed['loadbalancers/load-balancers']).toEqual([]);
  });
});

describe('netbox.yaml', () => {
  it('lists machines, devices and prefixes', async () => {
    const machines = [1, 2, 3].map((id) => netBoxMachine(id, id === 2 ? 'offline' : 'active'));
    const cloud = netBox('0123456789abcdef', {
      'virtualization/virtual-machines': machines,
      'dcim/devices': [netBoxDevice(7)],
      'ipam/prefixes': [{ id: 4, prefix: '10.0.0.0/24', site: { slug: 'berlin' }, tags: [], created: null }],
    });
    const listed = await list('netbox', cloud, { sk: '0123456789abcdef' });
    const [first, second, third] = listed['cloudservers/virtual-machines'] ?? [];
    expect(first).toMatchObject({
      nativeId: '1',
      status: 'running',
      regionId: 'berlin',
      zoneId: 'Cluster A',
      addresses: ['10.0.0.1'],
      tags: { shop: 'Shop' },
    });
    expect(second).toMatchObject({
      status: 'stopped',
      relations: [{ kind: 'runs_on', type: 'hosts', nativeId: '7' }],
    });
    expect(third).toMatchObject({ addresses: [], relations: [] });
    expect(idsOf(listed['hosts/devices'])).toEqual(['7']);
    expect(listed['subnets/prefixes']?.[0]).toMatchObject({ name: '10.0.0.0/24', status: 'available' });
  });
});

describe('proxmox.yaml', () => {
  it('lists guests without what changes by itself, nodes and storages', async () => {
    const guests = [proxmoxGuest(100), proxmoxGuest(101, 'stopped'), proxmoxGuest(102, 'paused', 'lxc')];
    const others = [proxmoxNode('pve1'), proxmoxStorage('pve1', 'local-lvm')];
    const cloud = proxmox('muster@pve!inventory', 'b7e0-secret', [...guests, ...others]);
    const listed = await list('proxmox', cloud, { ak: 'muster@pve!inventory', sk: 'b7e0-secret' });
    const servers = listed['cloudservers/guests'] ?? [];
    expect(idsOf(servers)).toEqual(['qemu/100', 'qemu/101', 'lxc/102']);
    expect(servers.map(({ status }) => status)).toEqual(['running', 'stopped', 'suspended']);
    expect(servers[0]).toMatchObject({ tags: { shop: '', prod: '' }, zoneId: 'pve1' });
    expect(servers[0]?.properties).not.toHaveProperty('uptime');
    expect(servers[0]?.relations).toEqual([{ kind: 'runs_on', type: 'hosts', nativeId: 'node/pve1' }]);
    expect(idsOf(listed['hosts/nodes'])).toEqual(['node/pve1']);
    expect(idsOf(listed['otherResources/storages'])).toEqual(['storage/pve1/local-lvm']);
  });
});

const NODES = [1, 2, 3, 4, 5].map((number) => kubernetesNode(number, number !== 2));
const LISTS = {
  'api/v1/nodes NodeList': NODES,
  'api/v1/services ServiceList': [
    kubernetesService('internal', 'ClusterIP'),
    kubernetesService('other', 'ClusterIP'),
    kubernetesService('web', 'LoadBalancer'),
  ],
  'api/v1/persistentvolumes PersistentVolumeList': [kubernetesVolume('pv-1', 'Bound')],
};

describe('kubernetes.yaml', () => {
  it('lists nodes chunk by chunk, and of services those that are load balancers', async () => {
    const listed = await list('kubernetes', kubernetes('sa-token', LISTS), { sk: 'sa-token' });
    const nodes = listed['cloudservers/nodes'] ?? [];
    expect(nodes.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'node-1 running',
      'node-2 unknown',
      'node-3 running',
      'node-4 running',
      'node-5 running',
    ]);
    expect(nodes[0]).toMatchObject({ regionId: 'eu', zoneId: 'eu-1', addresses: ['10.0.0.1'] });
    expect(JSON.stringify(nodes[0]?.properties)).not.toContain('lastHeartbeatTime');
    expect(listed['loadbalancers/load-balancers']?.map(({ name }) => name)).toEqual(['shop/web']);
    expect(listed['volumes/persistent-volumes']?.[0]).toMatchObject({ name: 'pv-1', status: 'available' });
  });

  it('begins anew when the token of a chunk has expired', async () => {
    const expired = list(
      'kubernetes',
      kubernetes('sa-token', LISTS, () => true),
      { sk: 'sa-token' },
    );
    const error = await expired.catch((thrown: unknown) => thrown);
    expect(adapter.classify(error)).toMatchObject({ vendorCode: 'CURSOR_REFUSED', cursorExpired: true });
  });
});

describe('gcp-compute.yaml', () => {
  const keys = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const sk = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const project: GcpProject = {
    email: 'muster@shop-prod.iam.gserviceaccount.com',
    publicKeyPem: keys.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    instances: [gcpInstance(1), gcpInstance(2, 'TERMINATED'), gcpInstance(3)],
    disks: [gcpDisk(1), gcpDisk(2)],
    networks: [gcpNetwork('default')],
  };

  it('signs in by JWT and lists all zones, and a global list that is empty', async () => {
    const listed = await list('gcp-compute', gcpCompute(project), { sk });
    const servers = listed['cloudservers/instances/shop-prod'] ?? [];
    expect(servers[0]).toMatchObject({
      nativeId: 'projects/shop-prod/zones/europe-west1-b/instances/instance-1',
      regionId: 'europe-west1',
      zoneId: 'europe-west1-b',
      addresses: ['10.132.0.1', '198.51.100.1'],
      tags: { team: 'shop' },
    });
    expect(servers.map(({ status }) => status)).toEqual(['running', 'stopped', 'running']);
    const [network] = listed['vpcs/networks/shop-prod'] ?? [];
    expect(servers[0]?.relations).toEqual([
      { kind: 'contained_in', type: 'vpcs', nativeId: network?.nativeId },
    ]);
    expect(listed['volumes/disks/shop-prod']?.[0]?.relations).toEqual([
      { kind: 'attached_to', type: 'cloudservers', nativeId: servers[0]?.nativeId },
    ]);
    // A key with its line ends escaped, as in Google's JSON file.
    const bare = await list('gcp-compute', gcpCompute({ ...project, networks: [] }), {
      sk: sk.replaceAll('\n', '\\n'),
    });
    expect(bare['vpcs/networks/shop-prod']).toEqual([]);
  });

  it('does not take a zone that cannot be reached for an empty one', async () => {
    const broken = list('gcp-compute', gcpCompute({ ...project, unreachableZone: 'us-east1-c' }), { sk });
    const error = await broken.catch((thrown: unknown) => thrown);
    expect(adapter.classify(error)).toMatchObject({ kind: 'unavailable', vendorCode: 'UNREACHABLE' });
  });

  it('tells a key that is none without showing it', async () => {
    const error = await list('gcp-compute', gcpCompute(project), { sk: 'not-a-key' }).catch(
      (e: unknown) => e,
    );
    expect(adapter.classify(error)).toMatchObject({ kind: 'credentials', vendorCode: 'SECRET_UNUSABLE' });
    expect(String(error) + String(adapter.classify(error)?.message)).not.toContain('not-a-key');
  });

  it('tells a key that Google refuses', async () => {
    const stranger = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey;
    const wrong = stranger.export({ type: 'pkcs8', format: 'pem' }).toString();
    const error = await list('gcp-compute', gcpCompute(project), { sk: wrong }).catch((e: unknown) => e);
    expect(adapter.classify(error)).toMatchObject({
      kind: 'credentials',
      vendorCode: 'TOKEN_REFUSED',
      message: expect.stringContaining('Invalid JWT Signature'),
    });
  });
});

describe('tencent-cloud.yaml', () => {
  const account = {
    secretId: 'AKIDexample',
    secretKey: 'tc3-secret',
    instances: {
      'ap-guangzhou': [1, 2, 3].map((number) => tencentInstance(number, 'ap-guangzhou-3')),
      'ap-singapore': [tencentInstance(9, 'ap-singapore-1', 'SHUTDOWN')],
    },
    disks: { 'ap-guangzhou': [tencentDisk(1, 'ap-guangzhou-3')] },
  };
  const keys = { ak: account.secretId, sk: account.secretKey };
  /** One service's streams: it is the first part of a host name, which the simulator hasn't. */
  const listService = (service: string, given = keys) =>
    list('tencent-cloud', tencentCloud(account), given, (connector) => ({
      ...connector,
      auth: { type: 'tencent_tc3', service },
      streams: connector.streams.filter(({ name }) => (name === 'disks') === (service === 'cbs')),
    }));

  it('signs requests and lists each region', async () => {
    const listed = { ...(await listService('cvm')), ...(await listService('cbs')) };
    const servers = listed['cloudservers/instances/ap-guangzhou'] ?? [];
    expect(idsOf(servers)).toEqual(['ins-1', 'ins-2', 'ins-3']);
    expect(servers[0]).toMatchObject({
      status: 'running',
      regionId: 'ap-guangzhou',
      zoneId: 'ap-guangzhou-3',
      addresses: ['172.16.0.1', '203.0.113.9'],
      tags: { team: 'shop' },
    });
    expect(listed['cloudservers/instances/ap-singapore']?.[0]?.status).toBe('deleting');
    expect(listed['volumes/disks/ap-guangzhou']?.[0]).toMatchObject({
      createdAt: new Date('2024-09-22T08:00:00+08:00'),
      relations: [{ kind: 'attached_to', type: 'cloudservers', nativeId: 'ins-1' }],
    });
    expect(listed['volumes/disks/ap-singapore']).toEqual([]);
  });

  it('tells a wrong key, which Tencent answers with status 200', async () => {
    const error = await listService('cvm', { ...keys, sk: 'another' }).catch((thrown: unknown) => thrown);
    expect(adapter.classify(error)).toMatchObject({
      kind: 'credentials',
      vendorCode: 'AuthFailure.SignatureFailure',
    });
  });
});
