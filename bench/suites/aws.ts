import { EC2Client, paginateDescribeInstances } from '@aws-sdk/client-ec2';

import { quietAwsSdk } from '#platform';
import { type CallGate, type VendorAdapter, VendorNetwork } from '#vendor-kit';
import { VENDOR_REGISTRY } from '#vendors/registry';

import { Stage } from '../stage.js';
import type { Suite } from '../suite.js';

const REGIONS = ['us-east-1', 'us-west-2', 'eu-west-1', 'eu-central-1', 'ap-southeast-2'];
const INSTANCES = 50_000;
const QUICK_INSTANCES = 10_000;
const PAGE_SIZE = 1_000;
const ROUNDS = 5;
const QUICK_ROUNDS = 3;
const MIB = 1024 * 1024;
const MS_PER_SECOND = 1_000;
/** The least that the adapter may reach of what the SDK's own paginator does (issue 5). */
const SHARE = 0.8;

/** Pace is measured elsewhere. */
const openGate: CallGate = { call: (_api, make) => make() };
const openNetwork = new VendorNetwork(['127.0.0.0/8']);

interface Peer {
  url: string;
  key: { account: string; accessKeyId: string; secretAccessKey: string };
}

/**
 * Listing and normalizing EC2 instances by the adapter, beside the SDK's own paginator draining the same simulator
 * to nothing. Rounds alternate, so that both have the same share of what the machine has to do beside.
 */
export const measureAws: Suite = async ({ results, quick, say }) => {
  quietAwsSdk();
  const total = quick ? QUICK_INSTANCES : INSTANCES;
  say(`AWS: ${String(total)} instances in ${String(REGIONS.length)} regions`);
  await Stage.use(async (stage) => {
    const words = [String(total / REGIONS.length), ...REGIONS];
    const program = await stage.startProgram('aws/simulator-process.ts', words, /url/);
    const peer = JSON.parse(program.greeting) as Peer;
    const adapter = await VENDOR_REGISTRY.AWS?.();
    if (adapter === undefined) throw new Error('There is no adapter for AWS.');
    await expectAll(total, () => drain(peer)); // both have compiled what they run
    await expectAll(total, () => list(adapter, peer));
    const rates: { sdk: number; adapter: number }[] = [];
    const before = residentBytes();
    for (let round = 0; round < (quick ? QUICK_ROUNDS : ROUNDS); round += 1) {
      const sdk = await expectAll(total, () => drain(peer));
      rates.push({ sdk, adapter: await expectAll(total, () => list(adapter, peer)) });
    }
    const paginator = "AWS: the SDK's paginator";
    results.add(paginator, median(rates.map(({ sdk }) => sdk)), 'VMs/s');
    results.add('AWS: the adapter', median(rates.map((rate) => rate.adapter)), 'VMs/s', {
      to: paginator,
      ratio: median(rates.map((rate) => rate.adapter / rate.sdk)),
      goal: { atLeast: SHARE },
    });
    results.add('AWS: RSS growth over all rounds', (residentBytes() - before) / MIB, 'MiB');
  });
};

/** Instances a second of a run that has to find all of them. */
async function expectAll(total: number, run: () => Promise<number>): Promise<number> {
  const began = performance.now();
  const found = await run();
  if (found !== total) throw new Error(`${String(found)} of ${String(total)} instances were listed.`);
  return total / ((performance.now() - began) / MS_PER_SECOND);
}

/** Lists all regions, one after the other, by the SDK alone. */
async function drain({ url, key }: Peer): Promise<number> {
  let found = 0;
  for (const region of REGIONS) {
    const client = new EC2Client({ region, endpoint: url, credentials: key });
    const pages = paginateDescribeInstances(
      { client, pageSize: PAGE_SIZE },
      { IncludeManagedResources: true },
    );
    for await (const { Reservations = [] } of pages)
      for (const { Instances = [] } of Reservations) found += Instances.length;
    client.destroy();
  }
  return found;
}

/** Lists all regions, one after the other, as the engine does, and makes resources of what comes. */
async function list(adapter: VendorAdapter, { url, key }: Peer): Promise<number> {
  const { signal } = new AbortController();
  const access = { accountId: key.account, ak: key.accessKeyId, sk: key.secretAccessKey };
  const settings = { endpoint: url };
  const connection = await adapter.connect(
    { ...access, settings, gate: openGate, network: openNetwork },
    signal,
  );
  const table = adapter.tables.find(({ type }) => type === 'cloudservers');
  let found = 0;
  for (const scope of await adapter.scopes(connection, signal)) {
    if (table?.isListedIn?.(scope) !== true) continue;
    for await (const { items } of table.pages({ connection, scope, signal }))
      found += items.map((item) => table.toResource(item, scope)).length;
  }
  await adapter.disconnect(connection);
  return found;
}

function residentBytes(): number {
  return process.memoryUsage.rss();
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
