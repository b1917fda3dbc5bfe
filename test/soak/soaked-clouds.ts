import type { Schemas } from '#client';
import {
  ali,
  nimbusConnector,
  openstack,
  startAwsSimulator,
  startAzureSimulator,
  startHcsSimulator,
  startNimbus,
  startRmsSimulator,
  startVsphereSimulator,
  type VsphereSimulator,
} from '#simulators';

import { aliAccount } from '../support/ali-account.js';
import { azureAccount } from '../support/azure-account.js';
import { hcsAccount } from '../support/hcs-account.js';
import { openstackAccount } from '../support/openstack-account.js';
import { rmsAccount } from '../support/rms-account.js';
import { vcenterAccount } from '../support/vcenter-account.js';

/** What every simulator can be told to do to its next call. */
export type Failure =
  | { kind: 'status'; status: number }
  | { kind: 'cut' }
  | { kind: 'malformed' }
  | { kind: 'delay'; delayMs: number };

/** A simulated cloud that accounts are made of, and that fails when it is told to. */
export interface SoakedCloud {
  /** The body that adds it as an account, by a number of its own. */
  account(number: number): Schemas['CreateAccount'];
  fail(failure: Failure): void;
  /** Something there changes. */
  evolve?(): void;
  close(): Promise<void>;
}

/** As many types as let one machine sync many accounts every minute. */
const include = (...types: string[]) => ({ resource_types: { include: types } });

/** Starts one of each vendor. */
export async function startClouds(): Promise<SoakedCloud[]> {
  return Promise.all([
    vcenterCloud(),
    awsCloud(),
    azureCloud(),
    aliCloud(),
    openstackCloud(),
    rmsCloud(),
    hcsCloud(),
    otherCloud(),
  ]);
}

async function vcenterCloud(): Promise<SoakedCloud> {
  const simulator = await startVsphereSimulator({ preset: 'demo' });
  const settings = include('cloudservers', 'hosts', 'networks');
  return {
    account: (number) => vcenterAccount(simulator, `vc-${String(number)}`, settings),
    fail: (failure) => {
      simulator.faults.failNext(1, failure);
    },
    evolve: () => {
      evolve(simulator);
    },
    close: () => simulator.close(),
  };
}

/** A machine is renamed and another one switched on or off, which a resync finds. */
function evolve({ inventory }: VsphereSimulator): void {
  const machines = [...inventory.virtualMachines()];
  const [renamed, switched] = [machines[at(machines)], machines[at(machines)]];
  if (renamed !== undefined) inventory.rename(renamed, `soaked-${String(Date.now())}`);
  if (switched?.powerState === 'poweredOn') inventory.powerOff(switched);
  else if (switched !== undefined) inventory.powerOn(switched);
}

const at = (list: readonly unknown[]) => Math.floor(Math.random() * list.length);

async function awsCloud(): Promise<SoakedCloud> {
  const simulator = await startAwsSimulator({ preset: 'demo' });
  const { url, key } = simulator;
  return {
    account: (number) => ({
      vendor: 'AWS',
      account_id: `aws-${String(number)}`,
      account_name: `AWS ${String(number)}`,
      ak: key.accessKeyId,
      sk: key.secretAccessKey,
      settings: { endpoint: url, ...include('cloudservers') },
    }),
    fail: (failure) => {
      simulator.faults.failNext(1, failure);
    },
    close: () => simulator.close(),
  };
}

async function azureCloud(): Promise<SoakedCloud> {
  const simulator = await startAzureSimulator();
  return {
    account: (number) =>
      azureAccount(simulator, `azure-${String(number)}`, include('cloudservers', 'vpcs', 'volumes')),
    fail: (failure) => {
      simulator.faults.failNext(1, failure);
    },
    close: () => simulator.close(),
  };
}

async function aliCloud(): Promise<SoakedCloud> {
  const simulator = await ali.startAliSimulator({ preset: 'demo' });
  return {
    account: (number) => ({
      ...aliAccount(simulator, include('cloudservers')),
      account_id: `ali-${String(number)}`,
    }),
    fail: (failure) => {
      simulator.failures.failNext(1, failure);
    },
    close: () => simulator.close(),
  };
}

async function openstackCloud(): Promise<SoakedCloud> {
  const simulator = await openstack.startOpenstackSimulator();
  return {
    account: (number) =>
      openstackAccount(simulator, `openstack-${String(number)}`, include('cloudservers', 'volumes')),
    fail: (failure) => {
      simulator.faults.failNext(1, failure);
    },
    close: () => simulator.close(),
  };
}

async function rmsCloud(): Promise<SoakedCloud> {
  const simulator = await startRmsSimulator();
  return {
    account: (number) => rmsAccount(simulator, `rms-${String(number)}`, include('cloudservers')),
    fail: (failure) => {
      simulator.faults.failNext(1, failure);
    },
    close: () => simulator.close(),
  };
}

async function hcsCloud(): Promise<SoakedCloud> {
  const simulator = await startHcsSimulator();
  return {
    account: (number) => hcsAccount(simulator, `hcs-${String(number)}`, include('cloudservers', 'vpcs')),
    fail: (failure) => {
      simulator.faults.failNext(1, failure);
    },
    close: () => simulator.close(),
  };
}

async function otherCloud(): Promise<SoakedCloud> {
  const simulator = await startNimbus({ tls: true });
  const { url, keyName, key, caPem } = simulator;
  return {
    account: (number) => ({
      vendor: 'OTHER',
      account_id: `nimbus-${String(number)}`,
      account_name: `Nimbus ${String(number)}`,
      ak: keyName,
      sk: key,
      settings: { connector: nimbusConnector(url), tls_ca_pem: caPem, ...include('cloudservers', 'volumes') },
    }),
    fail: (failure) => {
      simulator.faults.failNext(1, failure);
    },
    close: () => simulator.close(),
  };
}
