import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import pg from 'pg';

import { projectRoot, startEmbeddedPostgres } from '#platform';

import { BenchProcess } from './child-process.js';
import { measureDatabaseCeiling } from './database-ceiling.js';
import { Results } from './result-table.js';

const DEFAULT_VMS = 20_000;
const SAMPLE_MS = 100;
const MIB = 1024 * 1024;
const API_KEY = 'benchmark-key-0123456789';
const KEYRING = `1:${Buffer.alloc(32, 7).toString('base64')}`;
const OPEN_STATES = ['QUEUED', 'RUNNING'];

interface Task {
  state: string;
  started_at: string;
  finished_at: string;
  counts: { seen: number; created: number; updated: number; unchanged: number };
  accounts: { units: { type: string; seen: number; started_at: string; finished_at: string }[] }[];
}

class BenchApi {
  constructor(private readonly url: string) {}

  async call<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(this.url + path, {
      method,
      headers: { Authorization: `Bearer ${API_KEY}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as { data: T };
    if (!response.ok) throw new Error(JSON.stringify(answer));
    return answer.data;
  }
}

interface Stage {
  api: BenchApi;
  worker: BenchProcess;
  results: Results;
  vms: number;
}

/** Syncs once and notes how fast, at what cost of processor and memory. */
async function measureSync(
  { api, worker, results, vms }: Stage,
  name: string,
  baseline?: string,
): Promise<void> {
  const cpuBefore = await worker.cpuMs();
  const memoryBefore = await worker.residentBytes();
  let peak = memoryBefore;
  const taskId = await api.call<string>('POST', '/v1/multicloud-resources/sync', { vendor: 'VMWARE' });
  let task: Task;
  for (;;) {
    await delay(SAMPLE_MS);
    peak = Math.max(peak, await worker.residentBytes());
    task = await api.call<Task>('GET', `/v1/multicloud-resources/sync/${taskId}`);
    if (!OPEN_STATES.includes(task.state)) break;
  }
  if (task.state !== 'SUCCEEDED') throw new Error(`The sync ended ${task.state}.`);
  const seconds = (Date.parse(task.finished_at) - Date.parse(task.started_at)) / 1000;
  results.add(`${name}: virtual machines`, vms / seconds, 'VMs/s', baseline);
  results.add(`${name}: all resources`, task.counts.seen / seconds, 'rows/s');
  const unit = task.accounts[0]?.units.find(({ type }) => type === 'cloudservers');
  if (unit) {
    const unitSeconds = (Date.parse(unit.finished_at) - Date.parse(unit.started_at)) / 1000;
    results.add(`${name}: the virtual machines' unit`, unit.seen / unitSeconds, 'VMs/s');
  }
  results.add(`${name}: worker CPU per VM`, ((await worker.cpuMs()) - cpuBefore) / vms, 'ms');
  results.add(`${name}: worker RSS growth, peak`, (peak - memoryBefore) / MIB, 'MiB');
}

async function measure(vms: number, results: Results): Promise<void> {
  const folder = await mkdtemp(join(projectRoot, '.muster', 'bench-'));
  const postgres = await startEmbeddedPostgres({ dataDirectory: join(folder, 'postgres') });
  await postgres.ensureDatabase('muster');
  const env = {
    DATABASE_URL: postgres.url('muster'),
    MUSTER_API_KEY: API_KEY,
    MUSTER_KEYRING: KEYRING,
    LOG_LEVEL: 'info',
    PORT: '0',
  };
  const processes: BenchProcess[] = [];
  const start = async (...parameters: Parameters<typeof BenchProcess.start>): Promise<BenchProcess> => {
    const started = await BenchProcess.start(...parameters);
    processes.push(started);
    return started;
  };
  try {
    const simulator = await start(
      ['--import=./scripts/run-typescript.mjs', 'bench/simulator-process.ts', String(vms)],
      { greetsOn: 'stdout', greeting: /url/ },
    );
    const vcenter = JSON.parse(simulator.greeting) as { url: string; username: string; password: string };
    const apiProcess = await start(['dist/apps/api/src/main.js'], {
      env,
      greetsOn: 'stderr',
      greeting: /API listening/,
    });
    const worker = await start(['dist/apps/worker/src/main.js'], {
      env,
      greetsOn: 'stderr',
      greeting: /worker ready/,
    });
    const api = new BenchApi((JSON.parse(apiProcess.greeting) as { url: string }).url);
    await api.call('POST', '/v1/vendor-account', {
      vendor: 'VMWARE',
      account_id: 'bench',
      account_name: 'bench',
      ak: vcenter.username,
      sk: vcenter.password,
      settings: { endpoint: vcenter.url },
    });
    const stage = { api, worker, results, vms };
    await measureSync(stage, 'First sync');
    await measureSync(stage, 'Unchanged resync', 'First sync: virtual machines');
    results.add('Worker RSS at the end', (await worker.residentBytes()) / MIB, 'MiB');
    const client = new pg.Client({ connectionString: postgres.url('muster') });
    await client.connect();
    await measureDatabaseCeiling(client, results);
    await client.end();
    results.add(
      'First sync ÷ raw COPY',
      results.value('First sync: all resources') / results.value('Database: one raw COPY'),
      '×',
    );
  } finally {
    for (const running of processes.reverse()) await running.stop();
    await postgres.remove();
    await rm(folder, { recursive: true, force: true });
  }
}

const { values } = parseArgs({ options: { vms: { type: 'string', default: String(DEFAULT_VMS) } } });
const results = new Results();
await measure(Number(values.vms), results);
process.stdout.write(`${results.render()}\n`);
await results.save(join(projectRoot, 'bench', 'results.json'));
