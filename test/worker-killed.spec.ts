import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { startVsphereSimulator, type VsphereSimulator } from '#simulators';

import { eventually } from './support/eventually.js';
import { MusterProcess } from './support/muster-process.js';
import { queueBackends } from './support/redis.js';
import { TestMuster } from './support/test-muster.js';
import { vcenterAccount } from './support/vcenter-account.js';

const VMS = 4_000;
/** Slow enough to be killed on the way. */
const LATENCY_MS = 150;
/** A lease runs 20 s, and a job counts as forgotten after 30 s. */
const RECOVERY_MS = 240_000;

describe.each(queueBackends())('a worker killed in the middle of a sync, with its queue on %s', (backend) => {
  let muster: TestMuster;
  let vcenter: VsphereSimulator;
  const workers: MusterProcess[] = [];

  beforeEach(async () => {
    muster = await TestMuster.start({ backend, workers: false });
    const counts = { virtualMachines: VMS };
    vcenter = await startVsphereSimulator({ preset: 'large', counts, latencyMs: LATENCY_MS });
    await muster.addAccount(vcenterAccount(vcenter));
  });

  afterEach(async () => {
    for (const worker of workers.splice(0)) await worker.kill('SIGKILL');
    await muster.close();
    await vcenter.close();
  });

  const startWorker = async (): Promise<MusterProcess> => {
    const worker = await MusterProcess.start('worker', muster.settings.environment);
    workers.push(worker);
    return worker;
  };
  const machinesOf = async (taskId: string) =>
    (await muster.showTask(taskId)).accounts[0]?.units.find(({ type }) => type === 'cloudservers');

  it('loses nothing: another goes on at the last page, and every resource is written once', async () => {
    const first = await startWorker();
    const taskId = await muster.requestSync({ vendor: 'VMWARE', account_id: 'vc-1' });
    await eventually('some pages are committed', async () => ((await machinesOf(taskId))?.pages ?? 0) >= 3);
    await first.kill('SIGKILL');
    const reached = (await machinesOf(taskId))?.pages ?? 0;

    await startWorker();
    const task = await eventually(
      'the sync ends',
      async () => {
        const current = await muster.showTask(taskId);
        return ['QUEUED', 'RUNNING'].includes(current.state) ? undefined : current;
      },
      RECOVERY_MS,
    );

    expect(task.state).toBe('SUCCEEDED');
    const unit = await machinesOf(taskId);
    expect(unit).toMatchObject({ state: 'SUCCEEDED', seen: VMS, created: VMS, updated: 0, deleted: 0 });
    expect(unit?.pages).toBeGreaterThan(reached);
    const listed = (await muster.listAll('VMWARE', 'cloudservers')).map(({ resource_id }) => resource_id);
    const expected = [...vcenter.inventory.virtualMachines()].map(
      ({ type, id }) => `${vcenter.instanceUuid}:${type}:${id}`,
    );
    expect(listed.sort()).toEqual(expected.sort());
    const { rows } = await muster.sql.query(
      `SELECT kind, count(*)::int AS changes, count(DISTINCT resource_id)::int AS resources
       FROM resource_change GROUP BY kind`,
    );
    expect(rows).toEqual([{ kind: 'CREATED', changes: task.counts.created, resources: task.counts.created }]);
  });
});
