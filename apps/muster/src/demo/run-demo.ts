import { createMusterClient, type MusterClient, MusterError, type Schemas } from '#client';
import { VENDOR_CATALOG } from '#vendors/catalog';

import type { DemoAccount, DemoCloud } from './demo-clouds.js';
import { renderClouds, renderServers, type SyncedCloud } from './inventory-table.js';
import { ProgressLine, sumProgress } from './progress-line.js';

const POLL_MS = 150;
/** Of each vendor. */
const SAMPLE_SERVERS = 2;

type Vendor = Schemas['CreateAccount']['vendor'];

export interface DemoOptions {
  url: string;
  apiKey: string;
  clouds: readonly DemoCloud[];
  output: Pick<NodeJS.WriteStream, 'write' | 'isTTY'>;
  signal: AbortSignal;
}

/**
 * Adds the simulated clouds as accounts, syncs them over the API like any user, all at once, and shows what came
 * of it. Returns the first one's task. What the API refuses, of an account that somebody has just removed say, ends
 * the demo, not Muster.
 */
export async function runDemo(options: DemoOptions): Promise<string | undefined> {
  try {
    return await demonstrate(createMusterClient({ baseUrl: options.url, apiKey: options.apiKey }), options);
  } catch (error) {
    if (!(error instanceof MusterError)) throw error;
    options.output.write(`\n  The demo ends here. ${error.operation}: ${error.code} ${error.message}\n`);
    return undefined;
  }
}

async function demonstrate(
  muster: MusterClient,
  { clouds, output, signal }: DemoOptions,
): Promise<string | undefined> {
  output.write('\nSyncing the demo accounts, each of a simulated cloud:\n');
  for (const { account, url } of clouds) {
    output.write(
      `  ${account.account_name}${url === undefined ? ', which posts its pages itself' : ` at ${url}`}\n`,
    );
  }
  const progress = new ProgressLine(output);
  const tasks = new Map<string, Schemas['SyncTask']>();
  const synced = await Promise.all(
    clouds.map(async ({ account, post }) => {
      await saveAccount(muster, account);
      const { vendor, account_id } = account;
      const { data: taskId } = await muster.post('/v1/multicloud-resources/sync', {
        body: { vendor, account_id },
      });
      await post?.(muster, taskId);
      const onProgress = (task: Schemas['SyncTask']): void => {
        tasks.set(account_id, task);
        if (tasks.size === clouds.length) progress.update(sumProgress([...tasks.values()]));
      };
      return muster.finishedTask(taskId, { pollMs: POLL_MS, signal, onProgress });
    }),
  );
  progress.end();
  const vendors = [...new Set(synced.map(({ vendor }) => vendor))];
  const tasksOf = (vendor: Vendor) => synced.filter((task) => task.vendor === vendor);
  const rows = await Promise.all(vendors.map((vendor) => describe(muster, vendor, tasksOf(vendor))));
  const servers = await Promise.all(vendors.map((vendor) => sampleServers(muster, vendor)));
  output.write(`\n${renderClouds(rows)}\n\n${renderServers(servers.flat())}\n`);
  return synced[0]?.task_id;
}

/** The cloud's port, and with it the settings, is another at every start. */
async function saveAccount(muster: MusterClient, account: DemoAccount): Promise<void> {
  const { vendor, account_id, ...access } = account;
  const {
    data: [known],
  } = await muster.get('/v1/vendor-account', { params: { query: { limit: 1, vendor, account_id } } });
  if (known === undefined) await muster.post('/v1/vendor-account', { body: account });
  else await muster.put('/v1/vendor-account/{id}', { params: { path: { id: known.id } }, body: access });
}

async function describe(
  muster: MusterClient,
  vendor: Vendor,
  tasks: readonly Schemas['SyncTask'][],
): Promise<SyncedCloud> {
  const { data: resources } = await muster.get('/v1/multicloud-resources/count', {
    params: { query: { vendor } },
  });
  return {
    title: VENDOR_CATALOG.find((known) => known.vendor === vendor)?.title ?? vendor,
    tasks,
    resources,
  };
}

async function sampleServers(muster: MusterClient, vendor: Vendor): Promise<Schemas['ResourceDetails'][]> {
  const { data: servers } = await muster.get('/v1/multicloud-resources', {
    params: { query: { vendor, type: 'cloudservers', limit: SAMPLE_SERVERS } },
  });
  return Promise.all(
    servers.map(async ({ id }) => {
      const { data } = await muster.get('/v1/multicloud-resources/{id}', { params: { path: { id } } });
      return data;
    }),
  );
}
