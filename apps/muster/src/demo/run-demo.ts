import { createMusterClient, type MusterClient, MusterError } from '#client';
import { StartError } from '#platform';
import type { VsphereSimulator } from '#simulators';
import { VENDOR_CATALOG } from '#vendors/catalog';

import { renderCounts, renderServers, type TypeCount } from './inventory-table.js';
import { ProgressLine } from './progress-line.js';

const VENDOR = 'VMWARE';
const ACCOUNT_ID = 'demo-vcenter';
const POLL_MS = 150;
const SAMPLE_SERVERS = 8;

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
 * @throws {StartError} when the API refuses something.
 */
export async function runDemo(options: DemoOptions): Promise<string> {
  try {
    return await demonstrate(createMusterClient({ baseUrl: options.url, apiKey: options.apiKey }), options);
  } catch (error) {
    if (!(error instanceof MusterError)) throw error;
    throw new StartError(`${error.operation}: ${error.code} ${error.message}`);
  }
}

async function demonstrate(muster: MusterClient, options: DemoOptions): Promise<string> {
  const { simulator, output, signal } = options;
  await saveAccount(muster, simulator);
  output.write(`\nSyncing the demo account: a simulated vCenter at ${simulator.url}\n`);
  const { data: taskId } = await muster.post('/v1/multicloud-resources/sync', {
    body: { vendor: VENDOR, account_id: ACCOUNT_ID },
  });
  output.write(`  task ${taskId}\n`);
  const progress = new ProgressLine(output);
  const onProgress = progress.update.bind(progress);
  const task = await muster.finishedTask(taskId, { pollMs: POLL_MS, signal, onProgress });
  progress.end();
  const { data: servers } = await muster.get('/v1/multicloud-resources', {
    params: { query: { vendor: VENDOR, type: 'cloudservers', limit: SAMPLE_SERVERS } },
  });
  const { created, updated, unchanged, deleted } = task.counts;
  output.write(
    `\n${renderCounts(await countTypes(muster), task)}\n` +
      `${String(created)} created · ${String(updated)} updated · ${String(unchanged)} unchanged · ${String(deleted)} deleted\n` +
      `\n${renderServers(servers)}\n`,
  );
  return taskId;
}

/** The simulator has another port and certificate at every start. */
async function saveAccount(muster: MusterClient, simulator: VsphereSimulator): Promise<void> {
  const access = {
    account_name: 'Demo vCenter',
    ak: simulator.username,
    sk: simulator.password,
    settings: { endpoint: simulator.url, tls_fingerprint_sha256: simulator.fingerprintSha256 },
  };
  const {
    data: [account],
  } = await muster.get('/v1/vendor-account', {
    params: { query: { limit: 1, vendor: VENDOR, account_id: ACCOUNT_ID } },
  });
  if (account === undefined) {
    const body = { vendor: VENDOR, account_id: ACCOUNT_ID, ...access } as const;
    await muster.post('/v1/vendor-account', { body });
  } else {
    await muster.put('/v1/vendor-account/{id}', { params: { path: { id: account.id } }, body: access });
  }
}

/** How many resources of each of the vendor's types the inventory has. */
async function countTypes(muster: MusterClient): Promise<TypeCount[]> {
  const types = VENDOR_CATALOG.find(({ vendor }) => vendor === VENDOR)?.resourceTypes ?? [];
  return Promise.all(
    types.map(async (type) => {
      const query = { vendor: VENDOR, type } as const;
      const { data: count } = await muster.get('/v1/multicloud-resources/count', { params: { query } });
      return { type, count };
    }),
  );
}
