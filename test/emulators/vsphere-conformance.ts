import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { Answer, AnswerElement, ObjectReference, ReadObject } from './vsphere-client.js';
import {
  argument,
  asReference,
  child,
  childrenNamed,
  childText,
  objectsOf,
  parseXml,
  read,
  readOn,
  VIEW_TRAVERSAL,
  VsphereTestClient,
} from './vsphere-client.js';

/** A vSphere endpoint to hold to what clients rely on. */
export interface ConformanceEndpoint {
  url: string;
  username: string;
  password: string;
  stop(): Promise<void>;
}

/** What an endpoint is known not to do; each is left out of its tests. */
export interface KnownGaps {
  /** It has no token paging: answers hold everything. */
  paging?: boolean;
  /** Machines have neither `config.createDate`, which came with vSphere 6.7, nor `config.changeVersion`. */
  changeTracking?: boolean;
  /** Disks have neither `backing.uuid` nor `capacityInBytes`. */
  diskDetails?: boolean;
  /** A property path that leads into an array ends the connection instead of being reported. */
  pathsIntoArrays?: boolean;
  /** It suspends machines that are off, and says that snapshots without memory were taken of running ones. */
  powerStateChecks?: boolean;
}

/**
 * The estate that {@link describeVsphereConformance} needs: one datacenter with one cluster of two hosts, a
 * standalone host, a resource pool and a vApp with two machines each and all of them switched on, a datastore
 * and a datastore cluster, two port groups and an opaque network.
 */
export const CONFORMANCE_ESTATE = {
  datacenters: 1,
  clusters: 1,
  clusterHosts: 2,
  standaloneHosts: 1,
  pools: 1,
  vApps: 1,
  datastores: 1,
  storagePods: 1,
  portgroups: 2,
  opaqueNetworks: 1,
} as const;

const SERVICE_INSTANCE = { type: 'ServiceInstance', id: 'ServiceInstance' };
const SESSION_MANAGER = { type: 'SessionManager', id: 'SessionManager' };
const PROPERTY_COLLECTOR = { type: 'PropertyCollector', id: 'propertyCollector' };
const VIEW_MANAGER = { type: 'ViewManager', id: 'ViewManager' };
const ROOT = { type: 'Folder', id: 'group-d1' };
/** How often a task's state is asked for; each time is a round trip, so this is plenty. */
const MAX_TASK_POLLS = 500;

/** What the tests of one endpoint share. */
class Conformance {
  private running: ConformanceEndpoint | undefined;
  private signedIn: VsphereTestClient | undefined;

  constructor(
    private readonly start: () => Promise<ConformanceEndpoint>,
    readonly gaps: KnownGaps,
  ) {}

  async open(): Promise<void> {
    this.running = await this.start();
    this.signedIn = await this.login();
  }

  async close(): Promise<void> {
    await this.running?.stop();
  }

  get endpoint(): ConformanceEndpoint {
    if (!this.running) throw new Error('The endpoint has not been started.');
    return this.running;
  }

  /** A client with a session. */
  get client(): VsphereTestClient {
    if (!this.signedIn) throw new Error('The endpoint has not been started.');
    return this.signedIn;
  }

  /** A client without a session. */
  stranger(): VsphereTestClient {
    return new VsphereTestClient(this.endpoint.url);
  }

  async login(): Promise<VsphereTestClient> {
    const client = this.stranger();
    const { status } = await this.tryLogin(client);
    expect(status).toBe(200);
    return client;
  }

  tryLogin(client: VsphereTestClient, password = this.endpoint.password): Promise<Answer> {
    return client.call(
      'Login',
      SESSION_MANAGER,
      `<userName>${this.endpoint.username}</userName><password>${password}</password>`,
    );
  }

  createView(types: readonly string[], container: ObjectReference = ROOT, recursive = true): Promise<Answer> {
    return this.client.call(
      'CreateContainerView',
      VIEW_MANAGER,
      argument('container', container) +
        types.map((type) => `<type>${type}</type>`).join('') +
        `<recursive>${recursive}</recursive>`,
    );
  }

  async view(
    types: readonly string[],
    container: ObjectReference = ROOT,
    recursive = true,
  ): Promise<ObjectReference> {
    const answer = await this.createView(types, container, recursive);
    expect(answer.status).toBe(200);
    return asReference(answer.results[0]);
  }

  /** What a view lists. */
  async list(
    types: readonly string[],
    container: ObjectReference = ROOT,
    recursive = true,
  ): Promise<ObjectReference[]> {
    return this.listView(await this.view(types, container, recursive));
  }

  async listView(view: ObjectReference): Promise<ObjectReference[]> {
    const answer = await read(this.client, { properties: { ContainerView: ['view'] }, objects: [view] });
    return referencesIn(objectsOf(answer)[0]?.values.get('view'));
  }

  /** The first object of a type. */
  async first(type: string): Promise<ObjectReference> {
    const [first] = await this.list([type]);
    if (!first) throw new Error(`The endpoint has no ${type}.`);
    return first;
  }

  async readOne(object: ObjectReference, paths: readonly string[]): Promise<ReadObject> {
    const answer = await read(this.client, { properties: { [object.type]: paths }, objects: [object] });
    const [result] = objectsOf(answer);
    if (!result)
      throw new Error(`${object.type} ${object.id} was not answered: ${answer.fault ?? answer.status}`);
    return result;
  }

  async text(object: ObjectReference, path: string): Promise<string | undefined> {
    return (await this.readOne(object, [path])).values.get(path)?.text;
  }

  /** Calls a `…_Task` method and waits for what comes of it. */
  async task(method: string, object: ObjectReference, body = ''): Promise<TaskOutcome> {
    const answer = await this.client.call(method, object, body);
    expect([method, answer.status]).toEqual([method, 200]);
    const task = asReference(answer.results[0]);
    expect(task.type).toBe('Task');
    for (let poll = 0; poll < MAX_TASK_POLLS; poll += 1) {
      const info = (await this.readOne(task, ['info'])).values.get('info');
      const state = childText(info, 'state');
      if (state === 'success' || state === 'error') {
        return {
          state,
          info,
          error: child(child(info, 'error'), 'fault'),
          result: asReference(child(info, 'result')),
        };
      }
    }
    throw new Error(`${method} did not finish.`);
  }
}

interface TaskOutcome {
  state: 'success' | 'error';
  info: AnswerElement | undefined;
  error: AnswerElement | undefined;
  result: ObjectReference;
}

function referencesIn(value: AnswerElement | undefined): ObjectReference[] {
  expect(value?.schemaType).toBe('ArrayOfManagedObjectReference');
  return childrenNamed(value, 'ManagedObjectReference').map(asReference);
}

const idsOf = (objects: readonly ObjectReference[]): string[] => objects.map(({ id }) => id).sort();

const typesOf = (objects: readonly ObjectReference[]): string[] =>
  [...new Set(objects.map(({ type }) => type))].sort();

/**
 * Declares the tests that hold a vSphere endpoint to what clients of vim25 rely on. They send the same requests
 * to any endpoint, the bundled simulator and VMware's own alike, and take the same answers from each.
 */
export function describeVsphereConformance(
  name: string,
  start: () => Promise<ConformanceEndpoint>,
  gaps: KnownGaps = {},
): void {
  describe(`vSphere conformance of ${name}`, () => {
    const suite = new Conformance(start, gaps);
    beforeAll(() => suite.open());
    afterAll(() => suite.close());
    describe('service', () => describeService(suite));
    describe('sessions', () => describeSessions(suite));
    describe('faults of calls', () => describeCallFaults(suite));
    describe('container views', () => describeViews(suite));
    describe('view faults', () => describeViewFaults(suite));
    describe('properties', () => describeProperties(suite));
    describe('property selection', () => describeSelection(suite));
    describe('paging', () => describePaging(suite));
    describe('mutations', () => describePowerMutations(suite));
    describe('inventory mutations', () => describeInventoryMutations(suite));
  });
}

function describeService(suite: Conformance): void {
  it('tells its versions to anyone', async () => {
    const response = await fetch(`${suite.endpoint.url}/vimServiceVersions.xml`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/xml/);
    const namespace = child(parseXml(await response.text()), 'namespace');
    const { results } = await suite.stranger().call('RetrieveServiceContent', SERVICE_INSTANCE);
    expect(childText(namespace, 'name')).toBe('urn:vim25');
    expect(childText(namespace, 'version')).toBe(childText(child(results[0], 'about'), 'apiVersion'));
  });

  it('tells its service content to anyone', async () => {
    const { status, results } = await suite.stranger().call('RetrieveServiceContent', SERVICE_INSTANCE);
    const content = results[0];
    expect(status).toBe(200);
    expect(asReference(child(content, 'rootFolder'))).toEqual(ROOT);
    expect(asReference(child(content, 'propertyCollector'))).toEqual(PROPERTY_COLLECTOR);
    expect(asReference(child(content, 'viewManager'))).toEqual(VIEW_MANAGER);
    expect(asReference(child(content, 'sessionManager'))).toEqual(SESSION_MANAGER);
    const about = child(content, 'about');
    expect(childText(about, 'apiType')).toBe('VirtualCenter');
    expect(childText(about, 'instanceUuid')).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
    for (const field of [
      'name',
      'fullName',
      'vendor',
      'version',
      'build',
      'apiVersion',
      'osType',
      'productLineId',
    ]) {
      expect([field, childText(about, field)]).toEqual([field, expect.stringMatching(/./)]);
    }
  });

  it('takes posts only, and only at its path', async () => {
    expect((await fetch(suite.endpoint.url)).status).toBe(405);
    expect((await fetch(`${suite.endpoint.url}/nowhere`)).status).toBe(404);
  });

  it('tells the time to whoever has signed in', async () => {
    const { status, results } = await suite.client.call('CurrentTime', SERVICE_INSTANCE);
    expect(status).toBe(200);
    expect(Date.parse(results[0]?.text ?? '')).toBeGreaterThan(Date.UTC(2020, 0));
  });
}

function describeSessions(suite: Conformance): void {
  it('refuses a wrong password', async () => {
    const answer = await suite.tryLogin(suite.stranger(), 'wrong');
    expect(answer).toMatchObject({ status: 500, fault: 'InvalidLogin', setCookie: undefined });
  });

  it('opens a session and sets its cookie', async () => {
    const client = suite.stranger();
    const answer = await suite.tryLogin(client);
    expect(answer.status).toBe(200);
    expect(answer.setCookie).toMatch(/^vmware_soap_session=\S+;.*HttpOnly/);
    expect(childText(answer.results[0], 'userName')).toBe(suite.endpoint.username);
    expect(childText(answer.results[0], 'key')).toMatch(/./);
    expect((await client.call('CurrentTime', SERVICE_INSTANCE)).setCookie).toBeUndefined();
  });

  it('refuses to sign in twice on one session', async () => {
    const client = await suite.login();
    expect(await suite.tryLogin(client)).toMatchObject({ status: 500, fault: 'InvalidLogin' });
  });

  it('tells the session of a client', async () => {
    const client = await suite.login();
    const answer = await read(client, {
      properties: { SessionManager: ['currentSession'] },
      objects: [SESSION_MANAGER],
    });
    const current = objectsOf(answer)[0]?.values.get('currentSession');
    expect(current?.schemaType).toBe('UserSession');
    const ask = (key: string): Promise<Answer> =>
      client.call(
        'SessionIsActive',
        SESSION_MANAGER,
        `<sessionID>${key}</sessionID><userName>${suite.endpoint.username}</userName>`,
      );
    expect((await ask(childText(current, 'key') ?? '')).results[0]?.text).toBe('true');
    expect((await ask('no-such-session')).results[0]?.text).toBe('false');
  });

  it('forgets a session that has logged out', async () => {
    const client = await suite.login();
    expect(await client.call('Logout', SESSION_MANAGER)).toMatchObject({ status: 200, results: [] });
    const answer = await client.call('CurrentTime', SERVICE_INSTANCE);
    expect(answer).toMatchObject({ status: 500, fault: 'NotAuthenticated' });
    expect(asReference(child(answer.faultDetail, 'object'))).toEqual(SERVICE_INSTANCE);
    expect(childText(answer.faultDetail, 'privilegeId')).toBe('System.View');
    expect(await client.call('Logout', SESSION_MANAGER)).toMatchObject({
      status: 500,
      fault: 'NotAuthenticated',
    });
  });

  it('does not know a made-up cookie', async () => {
    const client = suite.stranger();
    client.cookie = 'vmware_soap_session=made-up';
    expect(await client.call('CurrentTime', SERVICE_INSTANCE)).toMatchObject({ fault: 'NotAuthenticated' });
  });

  it('shows strangers that objects exist, and nothing of them', async () => {
    const answer = await read(suite.stranger(), { properties: { Folder: ['name'] }, objects: [ROOT] });
    expect(answer.status).toBe(200);
    const [root] = objectsOf(answer);
    expect(root).toMatchObject(ROOT);
    expect(root?.values.size).toBe(0);
    expect(root?.missing.get('name')?.schemaType).toBe('NotAuthenticated');
    expect(childText(root?.missing.get('name'), 'privilegeId')).toBe('System.Read');
  });

  it('drops the views of a session with it', async () => {
    const view = await suite.view(['VirtualMachine']);
    const answer = await read(suite.stranger(), { properties: { ContainerView: ['view'] }, objects: [view] });
    expect(answer).toMatchObject({ status: 500, fault: 'ManagedObjectNotFound' });
    const other = await suite.login();
    expect(await read(other, { properties: { ContainerView: ['view'] }, objects: [view] })).toMatchObject({
      status: 500,
      fault: 'ManagedObjectNotFound',
    });
  });
}

function describeCallFaults(suite: Conformance): void {
  it('refuses what is not XML', async () => {
    expect(await suite.client.send('<CurrentTime')).toMatchObject({ status: 500, fault: 'InvalidRequest' });
  });

  it('refuses a method that vim25 has not got', async () => {
    const answer = await suite.client.call('Frobnicate', SERVICE_INSTANCE);
    expect(answer).toMatchObject({ status: 500, fault: 'InvalidRequest' });
  });

  it('refuses a method that the object has not got', async () => {
    const answer = await suite.client.call('PowerOffVM_Task', ROOT);
    expect(answer).toMatchObject({ status: 500, fault: 'MethodNotFound' });
    expect(asReference(child(answer.faultDetail, 'receiver'))).toEqual(ROOT);
    expect(childText(answer.faultDetail, 'method')).toBe('PowerOffVM_Task');
    expect(answer.faultDetail?.schemaType).toBe('MethodNotFound');
  });

  it('refuses a call to nothing', async () => {
    const answer = await suite.client.send('<CurrentTime xmlns="urn:vim25"/>');
    expect(answer).toMatchObject({ status: 500, fault: 'ManagedObjectNotFound' });
  });

  it('refuses an envelope without a call', async () => {
    expect(await suite.client.send('')).toMatchObject({ status: 500, fault: 'InvalidRequest' });
  });

  it('does not care about prefixes, comments or CDATA', async () => {
    const answer = await suite.client.send(
      '<v:RetrievePropertiesEx xmlns:v="urn:vim25"><v:_this type="PropertyCollector">propertyCollector</v:_this>' +
        '<v:specSet><!-- a comment --><v:propSet>\n<v:type>Folder</v:type><v:pathSet><![CDATA[name]]></v:pathSet>' +
        '</v:propSet><v:objectSet><v:obj type="Folder">group-d1</v:obj></v:objectSet></v:specSet><v:options/>' +
        '</v:RetrievePropertiesEx>',
    );
    expect(objectsOf(answer)[0]?.values.get('name')?.text).toBe('Datacenters');
  });

  it("looks at an object's type as well as its id", async () => {
    const { id } = await suite.first('VirtualMachine');
    const answer = await suite.client.call('Rename_Task', { type: 'HostSystem', id }, '<newName>x</newName>');
    expect(answer).toMatchObject({ status: 500, fault: 'ManagedObjectNotFound' });
    const padded = await suite.client.call('Rename_Task', { type: 'VirtualMachine', id: ` ${id} ` });
    expect(padded).toMatchObject({ status: 500, fault: 'ManagedObjectNotFound' });
  });

  it('refuses to call an object that is not there', async () => {
    const gone = { type: 'VirtualMachine', id: 'vm-does-not-exist' };
    const answer = await suite.client.call('PowerOffVM_Task', gone);
    expect(answer).toMatchObject({ status: 500, fault: 'ManagedObjectNotFound' });
    expect(asReference(child(answer.faultDetail, 'obj'))).toEqual(gone);
  });
}

/** Asking a view for the type on the left lists objects of the types on the right. */
const VIEW_TYPES: Record<string, readonly string[]> = {
  VirtualMachine: ['VirtualMachine'],
  HostSystem: ['HostSystem'],
  ComputeResource: ['ClusterComputeResource', 'ComputeResource'],
  ClusterComputeResource: ['ClusterComputeResource'],
  Datacenter: ['Datacenter'],
  Datastore: ['Datastore'],
  StoragePod: ['StoragePod'],
  Network: ['DistributedVirtualPortgroup', 'Network', 'OpaqueNetwork'],
  DistributedVirtualPortgroup: ['DistributedVirtualPortgroup'],
  OpaqueNetwork: ['OpaqueNetwork'],
  DistributedVirtualSwitch: ['DistributedVirtualSwitch'],
  ResourcePool: ['ResourcePool', 'VirtualApp'],
  VirtualApp: ['VirtualApp'],
  Folder: ['Folder', 'StoragePod'],
};

function describeViews(suite: Conformance): void {
  it.each(Object.entries(VIEW_TYPES))('lists %s as %j', async (type, expected) => {
    const objects = await suite.list([type]);
    expect(typesOf(objects)).toEqual(expected);
    expect(new Set(idsOf(objects)).size).toBe(objects.length);
  });

  it('lists everything as ManagedEntity, and without a type', async () => {
    const everything = await suite.list(['ManagedEntity']);
    expect(typesOf(everything)).toEqual([...new Set(Object.values(VIEW_TYPES).flat())].sort());
    expect(idsOf(await suite.list([]))).toEqual(idsOf(everything));
  });

  it('lists several types at once, and never the container', async () => {
    const objects = await suite.list(['Folder', 'Datacenter']);
    expect(typesOf(objects)).toEqual(['Datacenter', 'Folder', 'StoragePod']);
    expect(idsOf(objects)).not.toContain(ROOT.id);
  });

  it('looks one level down unless told to recurse', async () => {
    expect(typesOf(await suite.list([], ROOT, false))).toEqual(['Datacenter']);
    expect(await suite.list(['VirtualMachine'], ROOT, false)).toEqual([]);
    const datacenter = await suite.first('Datacenter');
    expect(await suite.list([], datacenter, false)).toHaveLength(4);
  });

  it('starts at a cluster, a host or a pool as well', async () => {
    const cluster = await suite.first('ClusterComputeResource');
    expect(typesOf(await suite.list([], cluster))).toEqual([
      'HostSystem',
      'ResourcePool',
      'VirtualApp',
      'VirtualMachine',
    ]);
    expect(await suite.list(['HostSystem'], cluster)).toHaveLength(CONFORMANCE_ESTATE.clusterHosts);
    const vApp = await suite.first('VirtualApp');
    expect(typesOf(await suite.list([], vApp))).toEqual(['VirtualMachine']);
  });

  it('says what it was made of', async () => {
    const view = await suite.view(['VirtualMachine', 'HostSystem']);
    const { values } = await suite.readOne(view, ['container', 'type', 'recursive']);
    expect(values.get('container')).toMatchObject({
      type: 'Folder',
      schemaType: 'ManagedObjectReference',
      text: ROOT.id,
    });
    expect(childrenNamed(values.get('type'), 'string').map(({ text }) => text)).toEqual([
      'VirtualMachine',
      'HostSystem',
    ]);
    expect(values.get('recursive')?.text).toBe('true');
  });

  it('is gone once destroyed', async () => {
    const view = await suite.view(['VirtualMachine']);
    expect(await suite.client.call('DestroyView', view)).toMatchObject({ status: 200, results: [] });
    expect(await suite.client.call('DestroyView', view)).toMatchObject({
      status: 500,
      fault: 'ManagedObjectNotFound',
    });
  });
}

function describeViewFaults(suite: Conformance): void {
  it('refuses a container that is not there', async () => {
    const answer = await suite.createView([], { type: 'Folder', id: 'group-nowhere' });
    expect(answer).toMatchObject({ status: 500, fault: 'ManagedObjectNotFound' });
  });

  it('refuses a container that can hold nothing', async () => {
    const answer = await suite.createView([], await suite.first('VirtualMachine'));
    expect(answer).toMatchObject({ status: 500, fault: 'InvalidArgument' });
    expect(childText(answer.faultDetail, 'invalidProperty')).toBe('container');
  });

  it('refuses a type that is none', async () => {
    const answer = await suite.createView(['Teapot']);
    expect(answer).toMatchObject({ status: 500, fault: 'InvalidArgument' });
    expect(childText(answer.faultDetail, 'invalidProperty')).toBe('type');
  });
}

/** The type that a property's value must say it has; `?` marks one that may be unset. */
const PROPERTY_TYPES: Record<string, Record<string, string>> = {
  VirtualMachine: {
    name: 'string',
    parent: 'ManagedObjectReference',
    parentVApp: 'ManagedObjectReference?',
    'config.instanceUuid': 'string',
    'config.uuid': 'string',
    'config.template': 'boolean',
    'config.createDate': 'dateTime',
    'config.modified': 'dateTime',
    'config.changeVersion': 'string',
    'config.guestId': 'string',
    'config.guestFullName': 'string',
    'config.version': 'string',
    'config.annotation': 'string?',
    'config.hardware': 'VirtualHardware',
    'config.hardware.numCPU': 'int',
    'config.hardware.numCoresPerSocket': 'int',
    'config.hardware.memoryMB': 'int',
    'config.hardware.device': 'ArrayOfVirtualDevice',
    'config.files': 'VirtualMachineFileInfo',
    'config.firmware': 'string',
    'config.managedBy': 'ManagedByInfo?',
    runtime: 'VirtualMachineRuntimeInfo',
    'runtime.powerState': 'VirtualMachinePowerState',
    'runtime.connectionState': 'VirtualMachineConnectionState',
    'runtime.host': 'ManagedObjectReference',
    'runtime.bootTime': 'dateTime?',
    'runtime.paused': 'boolean?',
    guest: 'GuestInfo',
    'guest.guestState': 'string?',
    'guest.hostName': 'string?',
    'guest.ipAddress': 'string?',
    'guest.net': 'ArrayOfGuestNicInfo',
    'guest.guestFullName': 'string?',
    'guest.toolsRunningStatus': 'string',
    guestHeartbeatStatus: 'ManagedEntityStatus?',
    summary: 'VirtualMachineSummary',
    'summary.storage': 'VirtualMachineStorageSummary',
    'summary.overallStatus': 'ManagedEntityStatus',
    'summary.quickStats': 'VirtualMachineQuickStats',
    resourcePool: 'ManagedObjectReference',
    datastore: 'ArrayOfManagedObjectReference',
    network: 'ArrayOfManagedObjectReference',
    snapshot: 'VirtualMachineSnapshotInfo?',
    customValue: 'ArrayOfCustomFieldValue',
    availableField: 'ArrayOfCustomFieldDef',
    overallStatus: 'ManagedEntityStatus',
  },
  HostSystem: {
    name: 'string',
    parent: 'ManagedObjectReference',
    summary: 'HostListSummary',
    'summary.hardware': 'HostHardwareSummary',
    'summary.quickStats': 'HostListSummaryQuickStats',
    'config.product': 'AboutInfo',
    'runtime.connectionState': 'HostSystemConnectionState',
    'runtime.powerState': 'HostSystemPowerState',
    'runtime.inMaintenanceMode': 'boolean',
    'runtime.bootTime': 'dateTime?',
    'hardware.systemInfo.uuid': 'string',
    'hardware.memorySize': 'long',
    vm: 'ArrayOfManagedObjectReference',
    datastore: 'ArrayOfManagedObjectReference',
    network: 'ArrayOfManagedObjectReference',
    overallStatus: 'ManagedEntityStatus',
  },
  ClusterComputeResource: {
    name: 'string',
    parent: 'ManagedObjectReference',
    summary: 'ClusterComputeResourceSummary',
    'summary.totalCpu': 'int',
    'summary.totalMemory': 'long',
    'summary.numHosts': 'int',
    host: 'ArrayOfManagedObjectReference',
    datastore: 'ArrayOfManagedObjectReference',
    network: 'ArrayOfManagedObjectReference',
    resourcePool: 'ManagedObjectReference',
    configurationEx: 'ClusterConfigInfoEx',
  },
  ComputeResource: {
    name: 'string',
    summary: 'ComputeResourceSummary',
    host: 'ArrayOfManagedObjectReference',
    resourcePool: 'ManagedObjectReference',
  },
  Datacenter: {
    name: 'string',
    parent: 'ManagedObjectReference',
    vmFolder: 'ManagedObjectReference',
    hostFolder: 'ManagedObjectReference',
    datastoreFolder: 'ManagedObjectReference',
    networkFolder: 'ManagedObjectReference',
    datastore: 'ArrayOfManagedObjectReference',
    network: 'ArrayOfManagedObjectReference',
  },
  Datastore: {
    name: 'string',
    parent: 'ManagedObjectReference',
    summary: 'DatastoreSummary',
    'summary.url': 'string',
    'summary.capacity': 'long',
    'summary.freeSpace': 'long',
    'summary.type': 'string',
    'summary.accessible': 'boolean',
    'summary.maintenanceMode': 'string',
    host: 'ArrayOfDatastoreHostMount',
    vm: 'ArrayOfManagedObjectReference',
  },
  Network: {
    name: 'string',
    parent: 'ManagedObjectReference',
    summary: 'NetworkSummary',
    host: 'ArrayOfManagedObjectReference',
    vm: 'ArrayOfManagedObjectReference',
  },
  OpaqueNetwork: { name: 'string', summary: 'OpaqueNetworkSummary', host: 'ArrayOfManagedObjectReference' },
  DistributedVirtualPortgroup: {
    name: 'string',
    parent: 'ManagedObjectReference',
    summary: 'NetworkSummary',
    key: 'string',
    config: 'DVPortgroupConfigInfo',
    'config.distributedVirtualSwitch': 'ManagedObjectReference',
    'config.defaultPortConfig': 'VMwareDVSPortSetting',
    host: 'ArrayOfManagedObjectReference',
    vm: 'ArrayOfManagedObjectReference',
  },
  DistributedVirtualSwitch: {
    name: 'string',
    parent: 'ManagedObjectReference',
    uuid: 'string',
    config: 'VMwareDVSConfigInfo',
    summary: 'DVSSummary',
    portgroup: 'ArrayOfManagedObjectReference',
  },
  ResourcePool: {
    name: 'string',
    parent: 'ManagedObjectReference',
    owner: 'ManagedObjectReference',
    config: 'ResourceConfigSpec',
    runtime: 'ResourcePoolRuntimeInfo',
    summary: 'ResourcePoolSummary',
    vm: 'ArrayOfManagedObjectReference',
    resourcePool: 'ArrayOfManagedObjectReference',
  },
  VirtualApp: {
    name: 'string',
    parent: 'ManagedObjectReference',
    owner: 'ManagedObjectReference',
    config: 'ResourceConfigSpec',
    runtime: 'ResourcePoolRuntimeInfo',
    vm: 'ArrayOfManagedObjectReference',
    vAppConfig: 'VAppConfigInfo',
  },
  Folder: {
    name: 'string',
    parent: 'ManagedObjectReference',
    childType: 'ArrayOfString',
    childEntity: 'ArrayOfManagedObjectReference',
  },
  StoragePod: {
    name: 'string',
    summary: 'StoragePodSummary',
    'summary.capacity': 'long',
    childType: 'ArrayOfString',
    childEntity: 'ArrayOfManagedObjectReference',
  },
};

/** Fields that a compound value must have, whatever else it has. */
const FIELDS: Record<string, Record<string, readonly string[]>> = {
  VirtualMachine: {
    'summary.storage': ['committed', 'uncommitted', 'unshared', 'timestamp'],
    runtime: ['host', 'connectionState', 'powerState'],
    summary: ['vm', 'runtime', 'guest', 'config', 'storage', 'quickStats', 'overallStatus'],
    'config.files': ['vmPathName'],
  },
  HostSystem: {
    'summary.hardware': [
      'vendor',
      'model',
      'uuid',
      'memorySize',
      'cpuModel',
      'cpuMhz',
      'numCpuPkgs',
      'numCpuCores',
    ],
    'config.product': ['name', 'fullName', 'version', 'build', 'apiType'],
  },
  ClusterComputeResource: {
    summary: [
      'totalCpu',
      'totalMemory',
      'numCpuCores',
      'numCpuThreads',
      'effectiveCpu',
      'numHosts',
      'overallStatus',
    ],
    configurationEx: ['dasConfig', 'drsConfig'],
  },
  Datastore: { summary: ['datastore', 'name', 'url', 'capacity', 'freeSpace', 'accessible', 'type'] },
  Network: { summary: ['network', 'name', 'accessible'] },
  OpaqueNetwork: { summary: ['network', 'name', 'opaqueNetworkId', 'opaqueNetworkType'] },
  DistributedVirtualPortgroup: {
    config: ['key', 'name', 'distributedVirtualSwitch', 'defaultPortConfig', 'type'],
  },
  DistributedVirtualSwitch: { summary: ['name', 'uuid', 'productInfo', 'hostMember', 'portgroupName'] },
  ResourcePool: {
    config: ['cpuAllocation', 'memoryAllocation'],
    runtime: ['memory', 'cpu', 'overallStatus'],
  },
};

function describeProperties(suite: Conformance): void {
  it.each(Object.entries(PROPERTY_TYPES))('has the properties of %s', async (type, expected) => {
    const { values, missing } = await suite.readOne(await suite.first(type), Object.keys(expected));
    expect([...missing.keys()]).toEqual([]);
    for (const [path, wanted] of Object.entries(expected)) {
      if (suite.gaps.changeTracking && /createDate|changeVersion/.test(path)) continue;
      const value = values.get(path);
      if (value || !wanted.endsWith('?')) {
        expect(`${path}: ${value?.schemaType ?? 'unset'}`).toBe(`${path}: ${wanted.replace('?', '')}`);
      }
    }
  });

  it.each(Object.entries(FIELDS))('has the fields of the properties of %s', async (type, expected) => {
    const { values } = await suite.readOne(await suite.first(type), Object.keys(expected));
    for (const [path, fields] of Object.entries(expected)) {
      const names = values.get(path)?.children.map((field) => field.name);
      expect([path, names]).toEqual([path, expect.arrayContaining([...fields])]);
    }
  });

  it("lists a machine's disks and adapters among its devices", async () => {
    const { values } = await suite.readOne(await suite.first('VirtualMachine'), [
      'config.hardware.device',
      'config',
    ]);
    const devices = childrenNamed(values.get('config.hardware.device'), 'VirtualDevice');
    const nested = childrenNamed(child(values.get('config'), 'hardware'), 'device');
    expect(nested).toEqual(devices.map((device) => ({ ...device, name: 'device' })));
    expect(devices.length).toBeGreaterThanOrEqual(12);
    expect(new Set(devices.map((device) => childText(device, 'key'))).size).toBe(devices.length);
    const disk = devices.find(({ schemaType }) => schemaType === 'VirtualDisk');
    const backing = child(disk, 'backing');
    expect(backing?.schemaType).toBe('VirtualDiskFlatVer2BackingInfo');
    expect(childText(backing, 'fileName')).toMatch(/^\[.+\] .+\.vmdk$/);
    expect(child(backing, 'datastore')?.type).toBe('Datastore');
    expect(Number(childText(disk, 'capacityInKB'))).toBeGreaterThan(0);
    if (!suite.gaps.diskDetails) {
      expect(childText(backing, 'uuid')).toMatch(/^[\dA-Fa-f-]{36}$/);
      expect(Number(childText(disk, 'capacityInBytes'))).toBe(Number(childText(disk, 'capacityInKB')) * 1024);
    }
    const adapter = devices.find((device) => child(device, 'macAddress'));
    expect(childText(adapter, 'macAddress')).toMatch(/^([\da-f]{2}:){5}[\da-f]{2}$/);
    expect(child(adapter, 'backing')?.schemaType).toBe(
      'VirtualEthernetCardDistributedVirtualPortBackingInfo',
    );
    expect(childText(child(child(adapter, 'backing'), 'port'), 'portgroupKey')).toMatch(/^dvportgroup-/);
  });

  it('holds together: references point both ways', async () => {
    for (const vm of await suite.list(['VirtualMachine'])) {
      const paths = ['runtime.host', 'resourcePool', 'datastore'];
      const { values } = await suite.readOne(vm, paths);
      const targets = [
        asReference(values.get('runtime.host')),
        asReference(values.get('resourcePool')),
        ...referencesIn(values.get('datastore')),
      ];
      for (const target of targets) {
        const back = (await suite.readOne(target, ['vm'])).values.get('vm');
        expect([target.id, referencesIn(back)]).toEqual([target.id, expect.arrayContaining([vm])]);
      }
    }
  });

  it('leads from every object up to the root', async () => {
    const objects = await suite.list([]);
    const answer = await read(suite.client, { properties: { ManagedEntity: ['name', 'parent'] }, objects });
    const parents = new Map(
      objectsOf(answer).map(({ id, values }) => [id, values.get('parent')?.text] as const),
    );
    expect(parents.size).toBe(objects.length);
    for (const { id } of objects) {
      let current: string | undefined = id;
      for (let depth = 0; current !== undefined && current !== ROOT.id; depth += 1) {
        expect(depth).toBeLessThan(objects.length);
        current = parents.get(current);
      }
      expect([id, current]).toEqual([id, ROOT.id]);
    }
    expect((await suite.readOne(ROOT, ['parent'])).values.size).toBe(0);
  });
}

function describeSelection(suite: Conformance): void {
  it('reads the same through a view as by explicit reference', async () => {
    const properties = { VirtualMachine: ['name', 'runtime.powerState', 'config.hardware.memoryMB'] };
    const view = await suite.view(['VirtualMachine']);
    const byView = objectsOf(
      await read(suite.client, { properties, objects: [view], selectSet: VIEW_TRAVERSAL }),
    );
    const objects = await suite.list(['VirtualMachine']);
    expect(byView).toHaveLength(objects.length);
    expect(objectsOf(await read(suite.client, { properties, objects }))).toEqual(byView);
    const method = 'RetrieveProperties';
    expect(objectsOf(await read(suite.client, { properties, objects, method }))).toEqual(byView);
  });

  it('reports an unknown property and goes on', async () => {
    const vm = await suite.first('VirtualMachine');
    const unknown = ['nonsense', 'config.nonsense'];
    if (!suite.gaps.pathsIntoArrays) unknown.push('config.hardware.device.key');
    const { values, missing } = await suite.readOne(vm, ['name', ...unknown]);
    expect([...values.keys()]).toEqual(['name']);
    expect([...missing.keys()].sort()).toEqual([...unknown].sort());
    for (const path of unknown) {
      expect(missing.get(path)?.schemaType).toBe('InvalidProperty');
      expect(childText(missing.get(path), 'name')).toBe(path);
    }
  });

  it('leaves unset properties out, and what is below them', async () => {
    const vm = await suite.first('VirtualMachine');
    const { values, missing } = await suite.readOne(vm, [
      'snapshot',
      'snapshot.currentSnapshot',
      'parentVApp',
      'config.annotation', // an empty string counts as unset
    ]);
    expect(values.size).toBe(0);
    expect(missing.size).toBe(0);
  });

  it('answers an object asked twice once, and one that is skipped without going further', async () => {
    const vm = await suite.first('VirtualMachine');
    const properties = { VirtualMachine: ['name'] };
    const twice = await read(suite.client, { properties, objects: [vm, vm] });
    expect(objectsOf(twice)).toHaveLength(1);
    const skipped = await read(suite.client, { properties, objects: [vm], selectSet: '' });
    expect(objectsOf(skipped)).toHaveLength(1);
  });

  it('adds up the properties of several specifications', async () => {
    const properties = { Folder: ['name'], ManagedEntity: ['name', 'overallStatus'] };
    const [root] = objectsOf(await read(suite.client, { properties, objects: [ROOT] }));
    expect([...(root?.values.keys() ?? [])]).toEqual(['name', 'overallStatus']);
  });

  it('does not go on from a reference', async () => {
    const vm = await suite.first('VirtualMachine');
    const { missing } = await suite.readOne(vm, ['parent.name', 'runtime.host.name']);
    expect([...missing.keys()]).toEqual(['parent.name', 'runtime.host.name']);
  });

  it('answers a property asked twice once', async () => {
    const answer = await read(suite.client, { properties: { Folder: ['name', 'name'] }, objects: [ROOT] });
    expect(childrenNamed(child(answer.results[0], 'objects'), 'propSet')).toHaveLength(1);
  });

  it('reads all properties of an object', async () => {
    const vm = await suite.first('VirtualMachine');
    const answer = await read(suite.client, { properties: { VirtualMachine: 'all' }, objects: [vm] });
    const names = [...(objectsOf(answer)[0]?.values.keys() ?? [])];
    expect(names).toEqual(
      expect.arrayContaining([
        'name',
        'parent',
        'config',
        'guest',
        'runtime',
        'summary',
        'datastore',
        'network',
      ]),
    );
  });

  it('reads inherited properties, and omits objects no property was asked of', async () => {
    const objects = [await suite.first('VirtualMachine'), await suite.first('HostSystem')];
    const inherited = await read(suite.client, { properties: { ManagedEntity: ['name'] }, objects });
    expect(objectsOf(inherited).map(({ values }) => values.has('name'))).toEqual([true, true]);
    const omitted = await read(suite.client, { properties: { HostSystem: ['name'] }, objects });
    expect(typesOf(objectsOf(omitted))).toEqual(['HostSystem']);
  });

  it('fails when an object is missing, unless told to go on', async () => {
    const objects = [{ type: 'VirtualMachine', id: 'vm-gone' }, await suite.first('VirtualMachine')];
    const properties = { VirtualMachine: ['name'] };
    const failed = await read(suite.client, { properties, objects });
    expect(failed).toMatchObject({ status: 500, fault: 'ManagedObjectNotFound' });
    expect(asReference(child(failed.faultDetail, 'obj'))).toEqual(objects[0]);
    const went = await read(suite.client, { properties, objects, reportMissing: true });
    expect(went.status).toBe(200);
    expect(idsOf(objectsOf(went))).toEqual([objects[1]?.id]);
    const nothing = await read(suite.client, {
      properties,
      objects: objects.slice(0, 1),
      reportMissing: true,
    });
    expect(nothing.status).toBe(200);
    expect(objectsOf(nothing)).toEqual([]);
  });

  it('follows named traversals into themselves', async () => {
    const folders =
      '<selectSet xsi:type="TraversalSpec"><name>folders</name><type>Folder</type><path>childEntity</path>' +
      '<skip>false</skip><selectSet><name>folders</name></selectSet><selectSet xsi:type="TraversalSpec">' +
      '<name>machines</name><type>Datacenter</type><path>vmFolder</path><skip>true</skip>' +
      '<selectSet><name>folders</name></selectSet></selectSet></selectSet>';
    const properties = { VirtualMachine: ['name'] };
    const answer = await read(suite.client, { properties, objects: [ROOT], selectSet: folders });
    expect(idsOf(objectsOf(answer))).toEqual(idsOf(await suite.list(['VirtualMachine'])));
  });

  it('goes on from an object it is told to skip without answering it', async () => {
    const selectSet =
      '<selectSet xsi:type="TraversalSpec"><type>Folder</type><path>childEntity</path><skip>false</skip></selectSet>';
    const properties = { ManagedEntity: ['name'] };
    const answer = await read(suite.client, { properties, objects: [ROOT], selectSet });
    expect(typesOf(objectsOf(answer))).toEqual(['Datacenter']);
  });

  it('refuses a traversal that was never named', async () => {
    const selectSet = '<selectSet><name>nowhere</name></selectSet>';
    const answer = await read(suite.client, { properties: { Folder: ['name'] }, objects: [ROOT], selectSet });
    expect(answer).toMatchObject({ status: 500, fault: 'InvalidArgument' });
  });
}

function describePaging(suite: Conformance): void {
  const properties = { ManagedEntity: ['name'] };
  const paged = suite.gaps.paging ? it.skip : it;

  it('answers everything at once unless told to page', async () => {
    const objects = await suite.list([]);
    const answer = await read(suite.client, { properties, objects });
    expect(objectsOf(answer)).toHaveLength(objects.length);
    expect(child(answer.results[0], 'token')).toBeUndefined();
  });

  paged.each([1, 3, 1000])('pages by %d objects', async (maxObjects) => {
    const objects = await suite.list([]);
    let answer = await read(suite.client, { properties, objects, maxObjects });
    const seen = objectsOf(answer);
    for (let token = tokenOf(answer); token !== undefined; token = tokenOf(answer)) {
      expect(objectsOf(answer)).toHaveLength(maxObjects);
      answer = await readOn(suite.client, token);
      expect(answer.status).toBe(200);
      seen.push(...objectsOf(answer));
    }
    expect(seen.map(({ id }) => id)).toEqual(objects.map(({ id }) => id));
  });

  it.each([0, -1])('takes %d objects a page for no paging', async (maxObjects) => {
    const objects = await suite.list([]);
    const answer = await read(suite.client, { properties, objects, maxObjects });
    expect(objectsOf(answer)).toHaveLength(objects.length);
  });

  paged('takes a token once', async () => {
    const objects = await suite.list([]);
    const token = tokenOf(await read(suite.client, { properties, objects, maxObjects: 1 })) ?? '';
    expect((await readOn(suite.client, token)).status).toBe(200);
    const again = await readOn(suite.client, token);
    expect(again).toMatchObject({ status: 500, fault: 'InvalidProperty' });
    expect(childText(again.faultDetail, 'name')).toBe('token');
  });

  paged('refuses a token that it did not give', async () => {
    expect(await readOn(suite.client, 'made-up')).toMatchObject({ status: 500, fault: 'InvalidProperty' });
  });
}

const tokenOf = (answer: Answer): string | undefined => childText(answer.results[0], 'token');

function describePowerMutations(suite: Conformance): void {
  it('switches machines off, on, and suspends them', async () => {
    const vm = await suite.first('VirtualMachine');
    const off = await suite.task('PowerOffVM_Task', vm);
    expect(off.state).toBe('success');
    expect(childText(off.info, 'descriptionId')).toBe('VirtualMachine.powerOff');
    expect(asReference(child(off.info, 'entity'))).toEqual(vm);
    expect(child(child(off.info, 'reason'), 'userName')).toBeDefined();
    expect(await suite.text(vm, 'runtime.powerState')).toBe('poweredOff');
    expect(await suite.text(vm, 'runtime.bootTime')).toBeUndefined();
    expect((await suite.task('PowerOnVM_Task', vm)).state).toBe('success');
    expect(await suite.text(vm, 'runtime.powerState')).toBe('poweredOn');
    expect((await suite.task('SuspendVM_Task', vm)).state).toBe('success');
    expect(await suite.text(vm, 'summary.runtime.powerState')).toBe('suspended');
    expect((await suite.task('PowerOnVM_Task', vm)).state).toBe('success');
  });

  it('refuses to switch off what is off', async () => {
    const vm = await suite.first('VirtualMachine');
    await suite.task('PowerOffVM_Task', vm);
    const again = await suite.task('PowerOffVM_Task', vm);
    expect(again.state).toBe('error');
    expect(again.error?.schemaType).toBe('InvalidPowerState');
    expect(childText(again.error, 'requestedState')).toBe('poweredOff');
    expect(childText(again.error, 'existingState')).toBe('poweredOff');
    if (!suite.gaps.powerStateChecks) {
      const suspended = await suite.task('SuspendVM_Task', vm);
      expect(suspended.error?.schemaType).toBe('InvalidPowerState');
      expect(childText(suspended.error, 'requestedState')).toBe('poweredOn');
    }
    expect((await suite.task('PowerOnVM_Task', vm)).state).toBe('success');
  });

  it('takes snapshots, one below the other', async () => {
    const vm = await suite.first('VirtualMachine');
    const body = (name: string): string =>
      `<name>${name}</name><description>a &amp; b</description><memory>false</memory><quiesce>false</quiesce>`;
    const first = await suite.task('CreateSnapshot_Task', vm, body('first'));
    const second = await suite.task('CreateSnapshot_Task', vm, body('second'));
    expect([first.result.type, second.result.type]).toEqual([
      'VirtualMachineSnapshot',
      'VirtualMachineSnapshot',
    ]);
    const { values } = await suite.readOne(vm, ['snapshot', 'snapshot.currentSnapshot']);
    const snapshot = values.get('snapshot');
    expect(asReference(child(snapshot, 'currentSnapshot'))).toEqual(second.result);
    expect(asReference(values.get('snapshot.currentSnapshot'))).toEqual(second.result);
    const root = child(snapshot, 'rootSnapshotList');
    expect(asReference(child(root, 'snapshot'))).toEqual(first.result);
    expect(asReference(child(root, 'vm'))).toEqual(vm);
    expect(childText(root, 'description')).toBe('a & b');
    if (!suite.gaps.powerStateChecks) expect(childText(root, 'state')).toBe('poweredOff');
    const leaf = child(root, 'childSnapshotList');
    expect([childText(leaf, 'name'), childText(root, 'id'), childText(leaf, 'id')]).toEqual([
      'second',
      '1',
      '2',
    ]);
    expect(asReference((await suite.readOne(first.result, ['vm'])).values.get('vm'))).toEqual(vm);
    expect((await suite.task('RemoveAllSnapshots_Task', vm)).state).toBe('success');
    expect((await suite.readOne(vm, ['snapshot'])).values.size).toBe(0);
  });
}

/** A pool or vApp below the root pool that has machines. */
async function poolInUse(
  suite: Conformance,
  root: ObjectReference,
): Promise<{ pool: ObjectReference; machines: ObjectReference[] }> {
  const pools = referencesIn((await suite.readOne(root, ['resourcePool'])).values.get('resourcePool'));
  for (const pool of pools) {
    const machines = referencesIn((await suite.readOne(pool, ['vm'])).values.get('vm'));
    if (machines.length > 0) return { pool, machines };
  }
  throw new Error('The endpoint has no pool with machines.');
}

function describeInventoryMutations(suite: Conformance): void {
  const create = async (name: string, files: string): Promise<TaskOutcome> => {
    const datacenter = await suite.first('Datacenter');
    const folder = asReference((await suite.readOne(datacenter, ['vmFolder'])).values.get('vmFolder'));
    const cluster = await suite.first('ClusterComputeResource');
    const pool = asReference((await suite.readOne(cluster, ['resourcePool'])).values.get('resourcePool'));
    const config = `<config><name>${name}</name>${files}<numCPUs>2</numCPUs><memoryMB>256</memoryMB></config>`;
    return suite.task('CreateVM_Task', folder, config + argument('pool', pool));
  };
  const files = async (): Promise<string> => {
    const datastore = await suite.text(await suite.first('Datastore'), 'name');
    return `<files><vmPathName>[${datastore ?? ''}]</vmPathName></files>`;
  };

  it('renames, whatever the name', async () => {
    const vm = await suite.first('VirtualMachine');
    const renamed = await suite.task('Rename_Task', vm, '<newName>a &amp; b &lt;c&gt; "d" ä 汉 🙂</newName>');
    expect(renamed.state).toBe('success');
    expect(await suite.text(vm, 'name')).toBe('a & b <c> "d" ä 汉 🙂');
  });

  it('refuses a name that a sibling has, and takes an odd one', async () => {
    const [vm, sibling] = await suite.list(['VirtualMachine']);
    const taken = await suite.text(sibling ?? ROOT, 'name');
    const refused = await suite.task('Rename_Task', vm ?? ROOT, `<newName>${taken ?? ''}</newName>`);
    expect(refused.error?.schemaType).toBe('InvalidArgument');
    expect(childText(refused.error, 'invalidProperty')).toBe('name');
    expect((await suite.task('Rename_Task', vm ?? ROOT, '<newName>a/b%c\\d</newName>')).state).toBe(
      'success',
    );
    expect(await suite.text(vm ?? ROOT, 'name')).toBe('a/b%c\\d');
  });

  it('creates a machine, which views already open show', async () => {
    const view = await suite.view(['VirtualMachine']);
    const before = await suite.listView(view);
    const created = await create('made-by-test', await files());
    expect(created.state).toBe('success');
    expect(created.result.type).toBe('VirtualMachine');
    expect(idsOf(await suite.listView(view))).toEqual(idsOf([...before, created.result]));
    const { values } = await suite.readOne(created.result, ['name', 'config.hardware', 'runtime.powerState']);
    expect(values.get('name')?.text).toBe('made-by-test');
    expect(childText(values.get('config.hardware'), 'numCPU')).toBe('2');
    expect(childText(values.get('config.hardware'), 'memoryMB')).toBe('256');
    expect(values.get('runtime.powerState')?.text).toBe('poweredOff');
  });

  it('refuses to create a machine without files or name', async () => {
    const nameless = await create('', await files());
    expect(nameless.error?.schemaType).toBe('InvalidVmConfig');
    expect(childText(nameless.error, 'property')).toBe('configSpec.name');
    const homeless = await create('homeless', '');
    expect(homeless.error?.schemaType).toBe('InvalidVmConfig');
    expect(childText(homeless.error, 'property')).toBe('configSpec.files.vmPathName');
  });

  it('destroys a machine that is off, and no other', async () => {
    const vm = (await suite.list(['VirtualMachine'])).at(-1) ?? ROOT;
    const { result } = await create('to-be-destroyed', await files());
    await suite.task('PowerOnVM_Task', result);
    const refused = await suite.task('Destroy_Task', result);
    expect(refused.error?.schemaType).toBe('InvalidPowerState');
    expect(childText(refused.error, 'existingState')).toBe('poweredOn');
    await suite.task('PowerOffVM_Task', result);
    const view = await suite.view(['VirtualMachine']);
    expect((await suite.task('Destroy_Task', result)).state).toBe('success');
    const left = idsOf(await suite.listView(view));
    expect(left).not.toContain(result.id);
    expect(left).toContain(vm.id);
    const gone = await read(suite.client, { properties: { VirtualMachine: ['name'] }, objects: [result] });
    expect(gone.fault).toBe('ManagedObjectNotFound');
  });

  it('destroys neither a host in use nor a root pool', async () => {
    const host = asReference(
      (await suite.readOne(await suite.first('VirtualMachine'), ['runtime.host'])).values.get('runtime.host'),
    );
    expect((await suite.task('Destroy_Task', host)).error?.schemaType).toBe('ResourceInUse');
    const cluster = await suite.first('ClusterComputeResource');
    const pool = asReference((await suite.readOne(cluster, ['resourcePool'])).values.get('resourcePool'));
    expect((await suite.task('Destroy_Task', pool)).error?.schemaType).toBe('InvalidArgument');
  });

  it('moves the machines of a pool that is destroyed up', async () => {
    const cluster = await suite.first('ClusterComputeResource');
    const root = asReference((await suite.readOne(cluster, ['resourcePool'])).values.get('resourcePool'));
    const { pool, machines } = await poolInUse(suite, root);
    expect((await suite.task('Destroy_Task', pool)).state).toBe('success');
    for (const vm of machines) expect(await suite.text(vm, 'resourcePool')).toBe(root.id);
    const moved = referencesIn((await suite.readOne(root, ['vm'])).values.get('vm'));
    expect(moved).toEqual(expect.arrayContaining(machines));
    const left = referencesIn((await suite.readOne(root, ['resourcePool'])).values.get('resourcePool'));
    expect(idsOf(left)).not.toContain(pool.id);
  });
}
