import { request } from 'node:https';
import { setImmediate } from 'node:timers/promises';

import { afterEach, describe, expect, it } from '@jest/globals';

import type { Answer, ObjectReference } from '../../../../test/emulators/vsphere-client.js';
import {
  asReference,
  child,
  childrenNamed,
  childText,
  objectsOf,
  read,
  readOn,
  VIEW_TRAVERSAL,
  VsphereTestClient,
} from '../../../../test/emulators/vsphere-client.js';
import type { HostSystem } from './model/managed-object.js';
import { Folder, VirtualMachine } from './model/managed-object.js';
import { envelope } from './soap/vim-xml.js';
import type { VsphereSimulator, VsphereSimulatorOptions } from './vsphere-simulator.js';
import { startVsphereSimulator } from './vsphere-simulator.js';

const SESSION_MANAGER = { type: 'SessionManager', id: 'SessionManager' };
const SERVICE_INSTANCE = { type: 'ServiceInstance', id: 'ServiceInstance' };
const COLLECTOR = { type: 'PropertyCollector', id: 'propertyCollector' };
const ROOT = { type: 'Folder', id: 'group-d1' };
const FIRST_VM = 'DC0_H0_VM0';

const running: VsphereSimulator[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((simulator) => simulator.close()));
});

async function start(options: VsphereSimulatorOptions = {}): Promise<VsphereSimulator> {
  const simulator = await startVsphereSimulator(options);
  running.push(simulator);
  return simulator;
}

const login = (client: VsphereTestClient, { username, password }: VsphereSimulator): Promise<Answer> =>
  client.call('Login', SESSION_MANAGER, `<userName>${username}</userName><password>${password}</password>`);

async function signedIn(simulator: VsphereSimulator): Promise<VsphereTestClient> {
  const client = new VsphereTestClient(simulator.url);
  expect((await login(client, simulator)).status).toBe(200);
  return client;
}

const now = (client: VsphereTestClient): Promise<Answer> => client.call('CurrentTime', SERVICE_INSTANCE);

async function createView(client: VsphereTestClient, type: string): Promise<ObjectReference> {
  const answer = await client.call(
    'CreateContainerView',
    { type: 'ViewManager', id: 'ViewManager' },
    `<container type="Folder">group-d1</container><type>${type}</type><recursive>true</recursive>`,
  );
  return asReference(answer.results[0]);
}

/** Every machine's properties, in one answer. */
async function readAll(client: VsphereTestClient, paths: readonly string[]): Promise<Answer> {
  const view = await createView(client, 'VirtualMachine');
  return read(client, { properties: { VirtualMachine: paths }, objects: [view], selectSet: VIEW_TRAVERSAL });
}

function machine(simulator: VsphereSimulator, name: string): VirtualMachine {
  const entity = simulator.inventory.named(name);
  if (!(entity instanceof VirtualMachine)) throw new Error(`${name} is no machine.`);
  return entity;
}

describe('counters', () => {
  it('count calls, sessions, views and unfinished listings', async () => {
    const simulator = await start();
    const client = await signedIn(simulator);
    const view = await createView(client, 'VirtualMachine');
    const properties = { VirtualMachine: ['name'] };
    await read(client, { properties, objects: [view], selectSet: VIEW_TRAVERSAL, maxObjects: 1 });
    expect(simulator.counters).toMatchObject({ sessions: 1, views: 1, listings: 1 });
    expect(simulator.counters.requests).toEqual({
      Login: 1,
      CreateContainerView: 1,
      RetrievePropertiesEx: 1,
    });
    await client.call('DestroyView', view);
    expect(simulator.counters.views).toBe(0);
    await client.call('Logout', SESSION_MANAGER);
    expect(simulator.counters).toMatchObject({ sessions: 0, views: 0, listings: 0 });
  });
});

describe('injected faults', () => {
  it('answer an HTTP status as often as told, and then no more', async () => {
    const simulator = await start();
    const client = await signedIn(simulator);
    simulator.faults.failNext(2, { kind: 'status', status: 503 });
    simulator.faults.failNext(1, { kind: 'status', status: 500 });
    const statuses = [];
    for (let call = 0; call < 4; call += 1) statuses.push((await now(client)).status);
    expect(statuses).toEqual([503, 503, 500, 200]);
  });

  it('hit one method only, when that is asked for', async () => {
    const simulator = await start();
    const client = await signedIn(simulator);
    simulator.faults.failNext(1, { kind: 'fault', fault: 'RequestCanceled' }, 'CreateContainerView');
    expect((await now(client)).status).toBe(200);
    const answer = await client.call('CreateContainerView', { type: 'ViewManager', id: 'ViewManager' });
    expect(answer).toMatchObject({ status: 500, fault: 'RequestCanceled' });
  });

  it('drop the connection amid an answer', async () => {
    const simulator = await start();
    const client = await signedIn(simulator);
    simulator.faults.failNext(1, { kind: 'cut' }, 'RetrievePropertiesEx');
    await expect(readAll(client, ['name'])).rejects.toThrow();
    expect(objectsOf(await readAll(client, ['name']))).toHaveLength(4);
  });

  it('send broken XML', async () => {
    const simulator = await start();
    const client = await signedIn(simulator);
    simulator.faults.failNext(1, { kind: 'malformed' }, 'RetrievePropertiesEx');
    await expect(readAll(client, ['name'])).rejects.toThrow(/unclosed|unexpected end/i);
  });

  it('answer late', async () => {
    const simulator = await start();
    const client = await signedIn(simulator);
    simulator.faults.failNext(1, { kind: 'delay', delayMs: 200 });
    const before = performance.now();
    expect((await now(client)).status).toBe(200);
    expect(performance.now() - before).toBeGreaterThanOrEqual(195);
  });

  it('end all sessions at once', async () => {
    const simulator = await start();
    const client = await signedIn(simulator);
    const view = await createView(client, 'VirtualMachine');
    simulator.faults.expireSessions();
    expect(simulator.counters).toMatchObject({ sessions: 0, views: 0 });
    expect(await now(client)).toMatchObject({ status: 500, fault: 'NotAuthenticated' });
    const answer = await read(client, { properties: { ContainerView: ['view'] }, objects: [view] });
    expect(answer.fault).toBe('ManagedObjectNotFound');
    expect((await login(client, simulator)).status).toBe(200);
  });

  it('limit the sessions', async () => {
    const simulator = await start();
    simulator.faults.maxSessions = 1;
    const client = await signedIn(simulator);
    const late = new VsphereTestClient(simulator.url);
    expect(await login(late, simulator)).toMatchObject({ status: 503, setCookie: undefined });
    await client.call('Logout', SESSION_MANAGER);
    expect((await login(late, simulator)).status).toBe(200);
  });

  it('deny a method', async () => {
    const simulator = await start();
    const client = await signedIn(simulator);
    simulator.faults.denyMethod('CurrentTime');
    const answer = await now(client);
    expect(answer).toMatchObject({ status: 500, fault: 'NoPermission' });
    expect(asReference(child(answer.faultDetail, 'object'))).toEqual(SERVICE_INSTANCE);
    simulator.faults.reset();
    expect((await now(client)).status).toBe(200);
  });

  it('deny a property, and what is below it', async () => {
    const simulator = await start();
    const client = await signedIn(simulator);
    simulator.faults.denyProperty('VirtualMachine', 'config');
    const [vm] = objectsOf(await readAll(client, ['name', 'config.uuid', 'config']));
    expect([...(vm?.values.keys() ?? [])]).toEqual(['name']);
    const fault = vm?.missing.get('config.uuid');
    expect(fault?.schemaType).toBe('NoPermission');
    expect(childText(fault, 'privilegeId')).toBe('System.Read');
    expect(child(fault, 'object')).toMatchObject({ type: 'VirtualMachine', text: vm?.id });
    expect(vm?.missing.has('config')).toBe(true);
  });

  it('deny a type', async () => {
    const simulator = await start();
    const client = await signedIn(simulator);
    simulator.faults.denyType('ManagedEntity');
    const [vm] = objectsOf(await readAll(client, ['name', 'runtime.powerState']));
    expect(vm?.values.size).toBe(0);
    expect([...(vm?.missing.keys() ?? [])]).toEqual(['name', 'runtime.powerState']);
  });
});

describe('sessions', () => {
  it('expire when they idle', async () => {
    const simulator = await start({ sessionIdleTimeoutMs: 0 });
    const client = await signedIn(simulator);
    const answers = [];
    // With no idle time allowed, the session lives until the clock has ticked once.
    do answers.push(await now(client));
    while (answers.at(-1)?.status === 200);
    expect(answers.at(-1)).toMatchObject({ status: 500, fault: 'NotAuthenticated' });
    expect(simulator.counters.sessions).toBe(0);
  });
});

describe('the vcenter dialect', () => {
  it('fails the whole call on an unknown property', async () => {
    const client = await signedIn(await start({ dialect: 'vcenter' }));
    const answer = await readAll(client, ['name', 'config.nonsense']);
    expect(answer).toMatchObject({ status: 500, fault: 'InvalidProperty' });
    expect(childText(answer.faultDetail, 'name')).toBe('config.nonsense');
  });

  it('tells strangers nothing', async () => {
    const { url } = await start({ dialect: 'vcenter' });
    const stranger = new VsphereTestClient(url);
    const answer = await read(stranger, { properties: { Folder: ['name'] }, objects: [ROOT] });
    expect(answer).toMatchObject({ status: 500, fault: 'NotAuthenticated' });
  });

  it('answers 100 objects unless told how many, and no result for nothing', async () => {
    const client = await signedIn(await start({ dialect: 'vcenter', counts: { virtualMachines: 250 } }));
    let answer = await readAll(client, ['name']);
    const sizes = [objectsOf(answer).length];
    for (let token = tokenOf(answer); token !== undefined; token = tokenOf(answer)) {
      answer = await readOn(client, token);
      sizes.push(objectsOf(answer).length);
    }
    expect(sizes).toEqual([100, 100, 50]);
    const objects = [{ type: 'VirtualMachine', id: 'vm-gone' }];
    const nothing = await read(client, {
      properties: { VirtualMachine: ['name'] },
      objects,
      reportMissing: true,
    });
    expect(nothing).toMatchObject({ status: 200, results: [] });
  });

  it('quotes the session cookie and calls switches by their full type', async () => {
    const simulator = await start({ dialect: 'vcenter', tls: false });
    const client = new VsphereTestClient(simulator.url);
    expect((await login(client, simulator)).setCookie).toMatch(
      /^vmware_soap_session="[\da-f-]{36}"; Path=\/; HttpOnly$/,
    );
    expect((await now(client)).status).toBe(200);
    const view = await createView(client, 'DistributedVirtualSwitch');
    const answer = await read(client, {
      properties: { DistributedVirtualSwitch: ['uuid'] },
      objects: [view],
      selectSet: VIEW_TRAVERSAL,
    });
    expect(objectsOf(answer).map(({ type }) => type)).toEqual(['VmwareDistributedVirtualSwitch']);
  });
});

const tokenOf = ({ results }: Answer): string | undefined => childText(results[0], 'token');

describe('listings', () => {
  it('hold no more objects an answer than the server allows', async () => {
    const client = await signedIn(await start({ pageLimit: 3 }));
    const view = await createView(client, 'ManagedEntity');
    const properties = { ManagedEntity: ['name'] };
    const answer = await read(client, {
      properties,
      objects: [view],
      selectSet: VIEW_TRAVERSAL,
      maxObjects: 10,
    });
    expect(objectsOf(answer)).toHaveLength(3);
    expect(objectsOf(await readOn(client, tokenOf(answer) ?? ''))).toHaveLength(3);
  });

  it('can be cancelled', async () => {
    const simulator = await start({ pageLimit: 1 });
    const client = await signedIn(simulator);
    const token = tokenOf(await readAll(client, ['name'])) ?? '';
    const cancel = (): Promise<Answer> =>
      client.call('CancelRetrievePropertiesEx', COLLECTOR, `<token>${token}</token>`);
    expect((await cancel()).status).toBe(200);
    expect(simulator.counters.listings).toBe(0);
    expect((await readOn(client, token)).fault).toBe('InvalidProperty');
    expect((await cancel()).fault).toBe('InvalidProperty');
  });

  it('leave out what has been deleted since they began', async () => {
    const simulator = await start({ pageLimit: 1 });
    const client = await signedIn(simulator);
    let answer = await readAll(client, ['name']);
    const seen = objectsOf(answer).map(({ id }) => id);
    const [, second] = [...simulator.inventory.virtualMachines()];
    if (second) simulator.inventory.destroyVm(second);
    for (let token = tokenOf(answer); token !== undefined; token = tokenOf(answer)) {
      answer = await readOn(client, token);
      seen.push(...objectsOf(answer).map(({ id }) => id));
    }
    expect(seen).toHaveLength(3);
    expect(seen).not.toContain(second?.id);
  });
});

describe('estates', () => {
  const contentsOf = async (options: VsphereSimulatorOptions): Promise<string> => {
    const client = await signedIn(await start(options));
    const paths = ['name', 'parent', 'config', 'guest', 'runtime', 'summary', 'datastore', 'network'];
    return JSON.stringify(await readAll(client, paths));
  };

  it.each(['plain', 'demo', 'large'] as const)('are the same for the same seed: %s', async (preset) => {
    const counts = { virtualMachines: 40 };
    const first = await contentsOf({ preset, counts, seed: 7 });
    expect((await contentsOf({ preset, counts, seed: 7 })) === first).toBe(true);
    expect((await contentsOf({ preset, counts, seed: 8 })) === first).toBe(false);
  });

  it('give every object an id that looks like a real one', async () => {
    const { inventory } = await start({ preset: 'demo' });
    const shapes = new Set(
      [...inventory.ofType('ManagedEntity')].map(({ type, id }) => `${type} ${id.replace(/\d+/, 'N')}`),
    );
    expect([...shapes].sort()).toEqual([
      'ClusterComputeResource domain-cN',
      'ComputeResource domain-sN',
      'Datacenter datacenter-N',
      'Datastore datastore-N',
      'DistributedVirtualPortgroup dvportgroup-N',
      'DistributedVirtualSwitch dvs-N',
      'Folder group-dN',
      'Folder group-hN',
      'Folder group-nN',
      'Folder group-sN',
      'Folder group-vN',
      'HostSystem host-N',
      'Network network-N',
      'OpaqueNetwork network-oN',
      'ResourcePool resgroup-N',
      'StoragePod group-pN',
      'VirtualApp resgroup-vN',
      'VirtualMachine vm-N',
    ]);
  });

  it('have what an inventory has to get right: the demo', async () => {
    const simulator = await start({ preset: 'demo' });
    const machines = [...simulator.inventory.virtualMachines()];
    expect(machines.length).toBeGreaterThan(190);
    expect(machines.filter((vm) => vm.template && !vm.pool)).toHaveLength(6);
    expect(machines.filter((vm) => vm.vApp && !vm.parent)).toHaveLength(6);
    expect(machines.filter((vm) => vm.connectionState === 'orphaned')).toHaveLength(2);
    expect(machines.filter((vm) => vm.powerState === 'suspended')).toHaveLength(2);
    expect(machines.filter((vm) => vm.powerState === 'poweredOn' && !vm.toolsRunning)).toHaveLength(2);
    const unique = (values: Iterable<string>): boolean => {
      const all = [...values];
      return new Set(all).size === all.length;
    };
    expect(unique(machines.map(({ name }) => name))).toBe(true);
    expect(unique(machines.flatMap(({ nics }) => nics.map(({ macAddress }) => macAddress)))).toBe(true);
    expect(unique(machines.flatMap(({ nics }) => nics.flatMap(({ addresses }) => addresses)))).toBe(true);
    const answer = await readAll(await signedIn(simulator), [
      'config.annotation',
      'customValue',
      'guest.net',
    ]);
    const annotations = objectsOf(answer).map(({ values }) => values.get('config.annotation')?.text);
    expect(annotations).toContain('Fileserver <Büro & Werk>\nBackup: täglich 02:00');
    const owner = childrenNamed(objectsOf(answer)[0]?.values.get('customValue'), 'CustomFieldValue')[0];
    expect(owner).toMatchObject({ schemaType: 'CustomFieldStringValue' });
  });

  it('are big cheaply: 14 devices a machine', async () => {
    const simulator = await start({ preset: 'large', counts: { virtualMachines: 300 } });
    const objects = objectsOf(await readAll(await signedIn(simulator), ['config.hardware.device']));
    expect(objects).toHaveLength(300);
    const devices = objects.map(({ values }) => values.get('config.hardware.device')?.children.length);
    expect(new Set(devices)).toEqual(new Set([14]));
  });
});

describe('changes made to the inventory', () => {
  it('show over the wire', async () => {
    const simulator = await start();
    const { inventory } = simulator;
    const client = await signedIn(simulator);
    const vm = machine(simulator, FIRST_VM);
    const folder = inventory.place(
      new Folder(inventory.newId('group-v'), 'moved', 'vm'),
      vm.parent as Folder,
    );
    inventory.powerOff(vm);
    inventory.rename(vm, 'renamed');
    inventory.moveToFolder(vm, folder);
    const host = inventory.named('DC0_C0_H1') as HostSystem;
    inventory.moveToHost(vm, host);
    const [seen] = objectsOf(
      await read(client, {
        properties: { VirtualMachine: ['name', 'parent', 'runtime', 'resourcePool', 'guest.ipAddress'] },
        objects: [vm],
      }),
    );
    expect(seen?.values.get('name')?.text).toBe('renamed');
    expect(seen?.values.get('parent')?.text).toBe(folder.id);
    expect(childText(seen?.values.get('runtime'), 'powerState')).toBe('poweredOff');
    expect(childText(seen?.values.get('runtime'), 'host')).toBe(host.id);
    expect(seen?.values.get('resourcePool')?.text).toBe(vm.pool?.id);
    expect(seen?.values.has('guest.ipAddress')).toBe(false);
  });

  it('leave a machine without config while it is being created', async () => {
    const simulator = await start();
    const vm = machine(simulator, FIRST_VM);
    vm.beingCreated = true;
    const client = await signedIn(simulator);
    const properties = { VirtualMachine: ['name', 'config', 'config.hardware.numCPU', 'config.nonsense'] };
    const [seen] = objectsOf(await read(client, { properties, objects: [vm] }));
    expect([...(seen?.values.keys() ?? [])]).toEqual(['name']);
    expect([...(seen?.missing.keys() ?? [])]).toEqual(['config.nonsense']);
  });
});

describe('clients that go away', () => {
  /** Sends a call, and hangs up once `isTime` says so of the answer. */
  const hangUp = async (
    { url, cookie }: VsphereTestClient,
    body: string,
    isTime: (answer: Promise<Response>) => Promise<unknown>,
  ): Promise<void> => {
    const abort = new AbortController();
    const answer = fetch(url, { method: 'POST', body, headers: { Cookie: cookie }, signal: abort.signal });
    const settled = Promise.allSettled([answer]);
    await isTime(answer);
    abort.abort();
    await settled;
  };

  it('do the server no harm', async () => {
    const lines: string[] = [];
    const counts = { virtualMachines: 2000 };
    const simulator = await start({ preset: 'large', counts, log: (line) => lines.push(line) });
    const client = await signedIn(simulator);
    const view = await createView(client, 'VirtualMachine');
    const body = [
      ...envelope([
        '<RetrievePropertiesEx xmlns="urn:vim25"><_this type="PropertyCollector">propertyCollector</_this>' +
          '<specSet><propSet><type>VirtualMachine</type><all>true</all></propSet>' +
          `<objectSet><obj type="ContainerView">${view.id}</obj><skip>true</skip>${VIEW_TRAVERSAL}</objectSet>` +
          '</specSet><options/></RetrievePropertiesEx>',
      ]),
    ].join('');
    await hangUp(client, body, async (answer) => (await answer).body?.getReader().read());
    simulator.faults.failNext(1, { kind: 'delay', delayMs: 60_000 }, 'RetrievePropertiesEx');
    await hangUp(client, body, async () => {
      while (simulator.counters.requests['RetrievePropertiesEx'] !== 2) await setImmediate();
    });
    expect((await now(client)).status).toBe(200);
    expect(lines.filter((line) => line.startsWith('failed'))).toEqual([]);
  });
});

describe('TLS', () => {
  const versions = (url: string, options: object): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      request(`${url}/vimServiceVersions.xml`, { ...options, agent: false }, (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode));
      })
        .on('error', reject)
        .end();
    });

  it('is trusted by who knows its certificate, and by no one else', async () => {
    const { url, caPem, fingerprintSha256 } = await start({ tls: true });
    expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/sdk$/);
    expect(fingerprintSha256).toMatch(/^([\dA-F]{2}:){31}[\dA-F]{2}$/);
    expect(await versions(url, { ca: caPem })).toBe(200);
    await expect(versions(url, {})).rejects.toThrow(/self-signed/);
  });
});

describe('the log', () => {
  it('tells of every call and of no secret', async () => {
    const lines: string[] = [];
    const simulator = await start({ password: 'top-secret', log: (line) => lines.push(line) });
    const client = await signedIn(simulator);
    await now(client);
    expect(lines).toEqual(['Login 200', 'CurrentTime 200']);
  });
});
