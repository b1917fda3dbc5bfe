import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { SyncFixture } from '../testing/sync-fixture.js';

describe('TaskRepository.request', () => {
  let sync: SyncFixture;

  beforeEach(async () => {
    sync = await SyncFixture.open();
  });
  afterEach(() => sync.close());

  const activeRuns = () =>
    sync.rows<{ accountId: string; count: number }>(
      `SELECT account_id AS "accountId", count(*)::int AS count FROM sync_run
       WHERE state IN ('QUEUED', 'RUNNING') GROUP BY 1`,
    );

  it('writes nothing for an account that the tenant does not have', async () => {
    await sync.addAccount('a');
    const request = { tenantId: sync.tenantId, vendor: 'VMWARE', trigger: 'api' } as const;
    expect(await sync.tasks.request({ ...request, accountId: 'b' })).toBeUndefined();
    expect(await sync.tasks.request({ ...request, vendor: 'AWS' })).toBeUndefined();
    expect(
      await sync.tasks.request({ ...request, tenantId: '00000000-0000-7000-8000-000000000000' }),
    ).toBeUndefined();
    expect(await sync.rows('SELECT id FROM sync_task')).toEqual([]);
  });

  it('gives every account one active run, however many ask at once for one, another and all', async () => {
    const accountIds = ['a', 'b', 'c', 'd'];
    for (const accountId of accountIds) await sync.addAccount(accountId);
    const callers = Array.from({ length: 30 }, (_, index) => [...accountIds, undefined][index % 5]);

    const requested = await Promise.all(callers.map((accountId) => sync.request(accountId)));

    expect((await activeRuns()).map(({ count }) => count)).toEqual([1, 1, 1, 1]);
    expect(new Set(requested.flatMap(({ runIds }) => runIds)).size).toBe(4);
    for (const accountId of accountIds) {
      const tasks = requested.filter((_, index) => callers[index] === accountId);
      expect(new Set(tasks.map(({ taskId }) => taskId)).size).toBe(1);
    }
    const all = requested.filter((_, index) => callers[index] === undefined);
    expect(new Set(all.map(({ taskId }) => taskId)).size).toBe(1);
    const members = await sync.rows('SELECT 1 FROM sync_task_run WHERE task_id = $1', [all[0]?.taskId]);
    expect(members).toHaveLength(4);
  });

  it('has the running task of an account that somebody keeps locked, and waits for nobody', async () => {
    const id = await sync.addAccount('a');
    const { taskId } = await sync.request('a');
    await sync.database.transaction(async (client) => {
      await client.query('SELECT 1 FROM vendor_account WHERE id = $1 FOR UPDATE', [id]);
      expect(await sync.request('a')).toEqual({ taskId, runIds: [] });
    });
  });

  it('leaves no task open and nobody waiting while runs start, end and are asked for', async () => {
    const accountIds = ['a', 'b', 'c'];
    for (const accountId of accountIds) await sync.addAccount(accountId);
    const started = new Set<string>();
    /** A worker without a vendor: plans nothing, so that the run ends at once. */
    const work = async (runIds: readonly string[]) => {
      for (const runId of runIds) {
        started.add(runId);
        await sync.plan(runId, []);
        await Promise.all([sync.runs.advance(runId, 1), sync.runs.advance(runId, 1)]);
      }
    };
    const ask = async (accountId: string | undefined) => {
      for (let round = 0; round < 12; round += 1) await work((await sync.request(accountId)).runIds);
    };

    await Promise.all([...accountIds, ...accountIds, undefined, undefined, undefined, undefined].map(ask));

    expect(await activeRuns()).toEqual([]);
    expect(await sync.rows(`SELECT id FROM sync_task WHERE state IN ('QUEUED', 'RUNNING')`)).toEqual([]);
    const ended = await sync.rows<{ id: string }>(`SELECT id FROM sync_run WHERE state = 'SUCCEEDED'`);
    expect(new Set(ended.map(({ id }) => id))).toEqual(started);
  });

  it('keeps removing accounts and running their syncs from waiting for each other', async () => {
    const accountIds = Array.from({ length: 12 }, (_, index) => `account ${String(index)}`);
    const ids = new Map<string, string>();
    for (const accountId of accountIds) ids.set(accountId, await sync.addAccount(accountId));
    const { runIds, taskId } = await sync.request();
    await Promise.all(runIds.slice(0, 6).map((runId) => sync.plan(runId, ['things'])));

    await Promise.all([
      ...runIds.slice(0, 6).flatMap((runId) => [sync.runs.advance(runId, 1), sync.runs.advance(runId, 1)]),
      ...runIds.slice(6).map((runId) => sync.runs.claim(runId, 60_000)),
      ...accountIds.map((accountId) => sync.accounts.remove(sync.tenantId, ids.get(accountId) ?? '')),
    ]);

    expect(await activeRuns()).toEqual([]);
    const [task] = await sync.rows<{ state: string }>('SELECT state FROM sync_task WHERE id = $1', [taskId]);
    expect(task?.state).toBe('CANCELLED');
  });
});
