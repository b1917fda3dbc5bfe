import { type BenchProcess } from '../bench-process.js';
import { measureDatabaseCeiling } from '../database-ceiling.js';
import { measureSync as sync } from '../measured-sync.js';
import type { Results } from '../results.js';
import { Stage } from '../stage.js';
import type { Suite } from '../suite.js';

const MIB = 1024 * 1024;
const US_PER_MS = 1_000;

interface Measurement {
  stage: Stage;
  worker: BenchProcess;
  results: Results;
  vms: number;
}

/** A whole sync of a simulated vCenter, on the wire, as `npm start` does it; beside the database's own speed. */
export const measureVsphere: Suite = async ({ results, quick, say }) => {
  const vms = quick ? 5_000 : 20_000;
  say(`vSphere: ${String(vms)} virtual machines`);
  await Stage.use(async (stage) => {
    const simulator = await stage.startProgram('vsphere/simulator-process.ts', [String(vms)], /url/);
    const vcenter = JSON.parse(simulator.greeting) as { url: string; username: string; password: string };
    const worker = await stage.startWorker();
    await stage.api.call('POST', '/v1/vendor-account', {
      vendor: 'VMWARE',
      account_id: 'bench',
      account_name: 'bench',
      ak: vcenter.username,
      sk: vcenter.password,
      settings: { endpoint: vcenter.url },
    });
    const measurement = { stage, worker, results, vms };
    await measureSync(measurement, 'vSphere, first sync');
    const { copy } = await measureDatabaseCeiling(stage);
    await measureSync(measurement, 'vSphere, unchanged resync', 'vSphere, first sync: virtual machines');
    results.add('vSphere: worker RSS at the end', (await worker.residentBytes()) / MIB, 'MiB');
    results.add('vSphere: one raw COPY of the same rows', copy, 'rows/s');
    const first = results.value('vSphere, first sync: all resources');
    results.add('vSphere: first sync ÷ raw COPY', first / copy, '×');
  });
};

/** Syncs once and notes how fast, at what cost of processor and memory. */
async function measureSync(
  { stage, worker, results, vms }: Measurement,
  name: string,
  baseline?: string,
): Promise<void> {
  const memoryBefore = await worker.takePeakBytes();
  const { task, seconds, rowsPerSecond, workerUs } = await sync(stage, worker, 'bench');
  const to = baseline === undefined ? {} : { to: baseline };
  results.add(`${name}: virtual machines`, vms / seconds, 'VMs/s', to);
  results.add(`${name}: all resources`, rowsPerSecond, 'rows/s');
  const unit = task.accounts[0]?.units.find(({ type }) => type === 'cloudservers');
  if (unit) {
    const unitSeconds = (Date.parse(unit.finished_at) - Date.parse(unit.started_at)) / 1000;
    results.add(`${name}: the virtual machines' unit`, unit.seen / unitSeconds, 'VMs/s');
  }
  results.add(`${name}: worker CPU a VM`, (workerUs * task.counts.seen) / vms / US_PER_MS, 'ms');
  results.add(
    `${name}: worker RSS growth, peak`,
    ((await worker.takePeakBytes()) - memoryBefore) / MIB,
    'MiB',
  );
}
