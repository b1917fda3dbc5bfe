import { setTimeout as delay } from 'node:timers/promises';

import type { VsphereSimulator } from '#simulators';
import { VENDOR_CATALOG } from '#vendors/catalog';

import { ApiClient, type DemoTask } from './api-client.js';
import { renderCounts, renderServers } from './inventory-table.js';
import { ProgressLine } from './progress-line.js';

const VENDOR = 'VMWARE';
const ACCOUNT_ID = 'demo-vcenter';
const POLL_MS = 150;
const SAMPLE_SERVERS = 8;
const OPEN_STATES = ['QUEUED', 'RUNNING'];

export interface DemoOptions {
  url: string;
  apiKey: string;
  simulator: VsphereSimulator;
  output: NodeJS.WriteStream;
  signal: AbortSignal;
}

/**
 * Adds the simulated vCenter as an account, syncs it over the API like any user, and shows what came of it.
 * Returns the task's id.
 */
export async function runDemo({ url, apiKey, simulator, output, signal }: DemoOptions): Promise<string> {
  const api = new ApiClient(url, apiKey);
  await saveAccount(api, simulator);
  output.write(`\nSyncing the demo account: a simulated vCenter at ${simulator.url}\n`);
  const taskId = await api.requestSync(VENDOR, ACCOUNT_ID);
  output.write(`  task ${taskId}\n`);
  const task = await follow(api, taskId, { output, signal });
  const types = VENDOR_CATALOG.find(({ vendor }) => vendor === VENDOR)?.resourceTypes ?? [];
  const counts = await Promise.all(
    types.map(async (type) => ({ type, count: await api.countResources(VENDOR, type) })),
  );
  const { created, updated, unchanged, deleted } = task.counts;
  output.write(
    `\n${renderCounts(counts, task)}\n` +
      `${String(created)} created · ${String(updated)} updated · ${String(unchanged)} unchanged · ${String(deleted)} deleted\n` +
      `\n${renderServers(await api.listResources(VENDOR, 'cloudservers', SAMPLE_SERVERS))}\n`,
  );
  return taskId;
}

/** The simulator has another port and certificate at every start. */
async function saveAccount(api: ApiClient, simulator: VsphereSimulator): Promise<void> {
  const access = {
    account_name: 'Demo vCenter',
    ak: simulator.username,
    sk: simulator.password,
    settings: { endpoint: simulator.url, tls_fingerprint_sha256: simulator.fingerprintSha256 },
  };
  const [account] = await api.listAccounts(VENDOR, ACCOUNT_ID);
  if (account === undefined) await api.createAccount({ vendor: VENDOR, account_id: ACCOUNT_ID, ...access });
  else await api.updateAccount(account.id, access);
}

async function follow(
  api: ApiClient,
  taskId: string,
  { output, signal }: Pick<DemoOptions, 'output' | 'signal'>,
): Promise<DemoTask> {
  const progress = new ProgressLine(output);
  for (;;) {
    const task = await api.showTask(taskId);
    progress.update(task);
    if (!OPEN_STATES.includes(task.state)) {
      progress.end();
      return task;
    }
    await delay(POLL_MS, undefined, { signal });
  }
}
