import { randomUUID } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { SyncError } from '#domain';
import type { Listing } from '#vendor-kit';

import { eventually } from './support/eventually.js';
import { expectRefusal } from './support/expect-refusal.js';
import { queueBackends } from './support/redis.js';
import { failing, items, pagesOf, scriptedAccount, ScriptedVendor } from './support/scripted-vendor.js';
import { settle } from './support/settle.js';
import { type Task, TestMuster } from './support/test-muster.js';

const SYNC = { vendor: 'VMWARE', account_id: 'a' } as const;
const REFUSED = new SyncError('permission', 'Not for you.', { vendorCode: 'Denied' });

/** Never comes, until the listing is told to stop. */
async function hang({ signal }: Listing<unknown>): Promise<never> {
  await new Promise((resolve) => {
    signal.addEventListener('abort', resolve);
    if (signal.aborted) resolve(undefined);
  });
  signal.throwIfAborted();
  throw new Error('It goes on without having been told to stop.');
}

describe.each(queueBackends())('with the queue on %s', (backend) => {
  let muster: TestMuster;
  let vendor: ScriptedVendor;
  let accountIds: Record<string, string>;

  beforeEach(async () => {
    vendor = new ScriptedVendor();
    muster = await TestMuster.start({ backend, adapters: vendor.adapters });
    accountIds = { a: await muster.addAccount(scriptedAccount('a')) };
  });

  afterEach(() => muster.close());

  const addSecondAccount = async () => {
    accountIds['b'] = await muster.addAccount(scriptedAccount('b'));
  };
  const accepted = async (taskId: string, verb: 'cancel' | 'retry') => {
    expect(await muster.steer(taskId, verb)).toBe(taskId);
  };
  /** A worker whose unit was cancelled still adds where its time went. */
  const showWithoutTimings = async (taskId: string) =>
    JSON.stringify(await muster.showTask(taskId), (key, value: unknown) =>
      key === 'timings' ? undefined : value,
    );
  const unitOf = (task: Task, type: string) =>
    task.accounts.flatMap(({ units }) => units).find((unit) => unit.type === type);
  const liveIds = async (type: string) =>
    (await muster.listAll('VMWARE', type)).map(({ resource_id }) => resource_id).sort();
  const pagesCommitted = (taskId: string, type: string, pages: number) =>
    eventually(
      `${String(pages)} pages of ${type}`,
      async () => unitOf(await muster.showTask(taskId), type)?.pages === pages,
    );
  const accountOf = async (accountId: string) => (await muster.listAccounts(accountId))[0];
  /** How every unit's last attempt stands in the ledger. */
  const outcomes = async () => {
    const { rows } = await muster.sql.query<{ type: string; outcome: string }>(
      'SELECT resource_type AS type, attempt_outcome AS outcome FROM coverage ORDER BY 1',
    );
    return Object.fromEntries(rows.map(({ type, outcome }) => [type, outcome]));
  };

  describe('cancel', () => {
    /** Two accounts that sync, each by a task of its own, and a third task that only waits for both. */
    async function waitingTask() {
      await addSecondAccount();
      let hold = true;
      vendor.scripts['things'] = pagesOf([['x']], async (_page, { signal }) => {
        await eventually('it may go on', () => !hold || signal.aborted);
      });
      const first = await muster.requestSync(SYNC);
      const second = await muster.requestSync({ vendor: 'VMWARE', account_id: 'b' });
      const all = await muster.requestSync({ vendor: 'VMWARE' });
      await eventually('both run', async () => {
        return (await muster.showTask(all)).progress.by_state['RUNNING'] === 2;
      });
      return { release: () => void (hold = false), first, second, all };
    }

    it('ends a task in the middle of a page, keeps what is committed, and deletes nothing', async () => {
      vendor.scripts['things'] = pagesOf([items('t', 30)]);
      vendor.scripts['others'] = pagesOf([items('o', 3)]);
      await muster.sync(SYNC);
      let hung = 0;
      vendor.scripts['things'] = pagesOf([items('t', 20), items('u', 5)], async (page, listing) => {
        if (page === 0) return;
        hung += 1;
        await hang(listing).finally(() => (hung -= 1));
      });
      vendor.scripts['others'] = pagesOf([items('o', 2)]);
      const taskId = await muster.requestSync(SYNC);
      await pagesCommitted(taskId, 'things', 1);
      await eventually('the other type is through', async () => {
        return unitOf(await muster.showTask(taskId), 'others')?.state === 'SUCCEEDED';
      });
      await eventually('the second page hangs', () => hung === 1);

      await accepted(taskId, 'cancel');

      const task = await muster.showTask(taskId);
      expect(task).toMatchObject({ state: 'CANCELLED', accounts: [{ state: 'CANCELLED' }] });
      expect(unitOf(task, 'things')).toMatchObject({ state: 'CANCELLED', pages: 1, deleted: 0 });
      expect(unitOf(task, 'others')).toMatchObject({ state: 'SUCCEEDED', deleted: 1 });
      await eventually('the listing stops', () => hung === 0);
      expect(await liveIds('things')).toEqual(items('t', 30).sort());
      expect(await outcomes()).toEqual({ others: 'complete', things: 'cancelled' });
      expect(await accountOf('a')).toMatchObject({
        sync_status: 'failed',
        failure_msg: 'The sync was cancelled.',
      });
    });

    it('frees the workers: what is asked for next is through within seconds', async () => {
      for (const type of ['b', 'c', 'd', 'e']) vendor.scripts[type] = pagesOf([['x']], (_, it) => hang(it));
      const taskId = await muster.requestSync(SYNC);
      await eventually('both of its slots hang', async () => {
        return (await muster.showTask(taskId)).progress.by_state['RUNNING'] === 2;
      });
      await accepted(taskId, 'cancel');
      for (const type of ['b', 'c', 'd', 'e']) vendor.scripts[type] = pagesOf([['x']]);

      const next = await muster.requestSync(SYNC);

      expect(next).not.toBe(taskId);
      await eventually('the next sync ends', async () => (await muster.showTask(next)).state === 'SUCCEEDED');
      expect((await muster.showTask(taskId)).progress.by_state).toEqual({ CANCELLED: 4 });
      await eventually('signed out', () => vendor.open === 0);
    });

    it('lets a listing that does not listen write no page more', async () => {
      let open: () => void = () => undefined;
      const opened = new Promise<void>((resolve) => (open = resolve));
      let left = false;
      vendor.scripts['things'] = pagesOf([['x'], ['y'], ['z']], async (page) => {
        if (page === 1) await opened.then(() => (left = true));
      });
      const taskId = await muster.requestSync(SYNC);
      await pagesCommitted(taskId, 'things', 1);

      await accepted(taskId, 'cancel');
      open();

      await eventually('the listing has gone on, and is signed out', () => left && vendor.open === 0);
      expect(await liveIds('things')).toEqual(['x']);
      expect((await muster.showTask(taskId)).state).toBe('CANCELLED');
    });

    it('ends what has not started, which then never does', async () => {
      await addSecondAccount();
      await muster.addAccount(scriptedAccount('c'));
      for (const type of ['d', 'e']) vendor.scripts[type] = pagesOf([['x']], (_, it) => hang(it));
      const busy = [
        await muster.requestSync(SYNC),
        await muster.requestSync({ vendor: 'VMWARE', account_id: 'b' }),
      ];
      await eventually('all four of the worker’s slots hang', async () => {
        const { rowCount } = await muster.sql.query(`SELECT FROM sync_unit WHERE state = 'RUNNING'`);
        return rowCount === 4;
      });
      const taskId = await muster.requestSync({ vendor: 'VMWARE', account_id: 'c' });

      await accepted(taskId, 'cancel');
      for (const other of busy) await accepted(other, 'cancel');

      await eventually('the others have signed out', () => vendor.open === 0);
      const next = await muster.requestSync(SYNC); // whose jobs are behind the cancelled one's
      await eventually('the next is planned', async () => (await muster.showTask(next)).progress.units > 0);
      expect(await muster.showTask(taskId)).toMatchObject({
        state: 'CANCELLED',
        accounts: [{ account_id: 'c', state: 'CANCELLED', attempts: 0, units: [] }],
      });
      expect([...vendor.signedIn].sort()).toEqual(['a', 'b']);
      await accepted(next, 'cancel');
    });

    it('happens once, however many ask together; what is over is refused with its state', async () => {
      vendor.scripts['things'] = pagesOf([['x']], (_page, listing) => hang(listing));
      const taskId = await muster.requestSync(SYNC);
      await eventually('it runs', async () => (await muster.showTask(taskId)).progress.by_state['RUNNING']);

      const cancels = Array.from({ length: 12 }, () => muster.steer(taskId, 'cancel'));
      const { answers, refusals } = await settle(cancels);

      expect(answers).toHaveLength(1);
      for (const { status, code, message } of refusals) {
        expect([status, code, message]).toEqual([409, 'COC.00101202', expect.stringContaining('CANCELLED')]);
      }
      await expectRefusal(muster.steer(taskId, 'cancel'), {
        status: 409,
        code: 'COC.00101202',
        message: 'CANCELLED',
      });
      vendor.scripts['things'] = pagesOf([['x']]);
      const { task_id: succeeded } = await muster.sync(SYNC);
      await expectRefusal(muster.steer(succeeded, 'cancel'), {
        status: 409,
        code: 'COC.00101202',
        message: 'SUCCEEDED',
      });
      expect((await muster.showTask(succeeded)).state).toBe('SUCCEEDED');
    });

    it('stops only what a task started: a run of another that it waited for goes on', async () => {
      await addSecondAccount();
      let hold = true;
      vendor.scripts['things'] = pagesOf([['x']], async (_page, { signal }) => {
        await eventually('it may go on', () => !hold || signal.aborted);
        signal.throwIfAborted();
      });
      const first = await muster.requestSync(SYNC);
      const all = await muster.requestSync({ vendor: 'VMWARE' });
      await eventually('the second account runs, too', async () => {
        return (await muster.showTask(all)).progress.by_state['RUNNING'] === 2;
      });

      await accepted(all, 'cancel');

      expect(await muster.showTask(all)).toMatchObject({
        state: 'CANCELLED',
        accounts: [
          { account_id: 'a', state: 'RUNNING', started_by_task: first },
          { account_id: 'b', state: 'CANCELLED', started_by_task: all },
        ],
      });
      expect((await muster.showTask(first)).state).toBe('RUNNING');
      hold = false;
      expect((await muster.finishedTask(first)).state).toBe('SUCCEEDED');
      expect((await muster.showTask(all)).state).toBe('CANCELLED');
    });

    it('ends a task that only waited for others, which go on', async () => {
      const { release, first, second, all } = await waitingTask();

      await accepted(all, 'cancel');

      expect(await muster.showTask(all)).toMatchObject({
        state: 'CANCELLED',
        accounts: [{ started_by_task: first }, { started_by_task: second }],
      });
      release();
      expect((await muster.finishedTask(first)).state).toBe('SUCCEEDED');
      expect((await muster.finishedTask(second)).state).toBe('SUCCEEDED');
      expect((await muster.showTask(all)).state).toBe('CANCELLED');
    });

    it('leaves a task that waited for it waiting for its other runs, and that ends as they did', async () => {
      const { release, first, second, all } = await waitingTask();

      await accepted(first, 'cancel');

      expect((await muster.showTask(first)).state).toBe('CANCELLED');
      expect(['QUEUED', 'RUNNING']).toContain((await muster.showTask(all)).state);
      release();
      expect((await muster.finishedTask(second)).state).toBe('SUCCEEDED');
      expect((await muster.finishedTask(all)).state).toBe('PARTIAL');
    });

    it('meets tasks that end, start and are cancelled at the same moment', async () => {
      await addSecondAccount();
      for (const type of items('type', 4)) vendor.scripts[type] = pagesOf([[type]]);
      for (let round = 0; round < 8; round += 1) {
        const ids = await Promise.all([
          muster.requestSync(SYNC),
          muster.requestSync({ vendor: 'VMWARE' }),
          muster.requestSync({ vendor: 'VMWARE', account_id: 'b' }),
        ]);
        const { refusals } = await settle([...ids, ...ids].map((id) => muster.steer(id, 'cancel')));
        expect(refusals.filter(({ status }) => status !== 409)).toEqual([]);
        for (const id of new Set(ids)) {
          expect(['CANCELLED', 'SUCCEEDED', 'PARTIAL']).toContain((await muster.finishedTask(id)).state);
        }
      }
      const { rows } = await muster.sql.query(
        `SELECT u.state FROM sync_unit u JOIN sync_run r ON r.id = u.run_id
         WHERE u.state IN ('QUEUED', 'RUNNING', 'WAITING') AND r.state NOT IN ('QUEUED', 'RUNNING')`,
      );
      expect(rows).toEqual([]);
      expect(muster.logs.filter((line) => line.includes('deadlock'))).toEqual([]);
      expect((await muster.sync(SYNC)).state).toBe('SUCCEEDED');
    });
  });

  describe('retry', () => {
    /** A sync of three types, of which two fail: one after its first page. */
    async function failedTask(): Promise<{ task: Task; listed: string[] }> {
      const listed: string[] = [];
      const note = (type: string) => () => void listed.push(type);
      vendor.scripts['good'] = pagesOf([['g']], note('good'));
      vendor.scripts['bad'] = failing(REFUSED);
      vendor.scripts['broken'] = pagesOf([items('k', 3), ['k9']], (page) => {
        note('broken')();
        if (page === 1) throw REFUSED;
      });
      const task = await muster.sync(SYNC);
      expect(task).toMatchObject({ state: 'PARTIAL', progress: { by_state: { SUCCEEDED: 1, FAILED: 2 } } });
      vendor.scripts['bad'] = pagesOf([['b0', 'b1']], note('bad'));
      vendor.scripts['broken'] = pagesOf([items('k', 3), ['k9']], note('broken'));
      listed.length = 0;
      return { task, listed };
    }

    it('tries only the failed units again, from their first page on, in the same task', async () => {
      const { task: before, listed } = await failedTask();

      await accepted(before.task_id, 'retry');

      const task = await muster.finishedTask(before.task_id);
      expect(task).toMatchObject({ state: 'SUCCEEDED', accounts: [{ state: 'SUCCEEDED' }] });
      expect(listed.sort()).toEqual(['bad', 'broken', 'broken']);
      expect(unitOf(task, 'good')).toEqual(unitOf(before, 'good'));
      expect(unitOf(task, 'bad')).toMatchObject({ pages: 1, seen: 2, created: 2, attempts: 1, error: null });
      // The rows of its first page were created by the failed attempt.
      expect(unitOf(task, 'broken')).toMatchObject({ pages: 2, seen: 4, created: 4, unchanged: 0 });
      expect(await outcomes()).toEqual({ bad: 'complete', broken: 'complete', good: 'complete' });
      expect(await accountOf('a')).toMatchObject({ sync_status: 'success', failure_msg: '' });
      await expectRefusal(muster.steer(task.task_id, 'retry'), {
        status: 409,
        code: 'COC.00101204',
        message: task.task_id,
      });
    });

    it('is under way at once, and refused while it is', async () => {
      const { task } = await failedTask();
      vendor.scripts['bad'] = pagesOf([['b']], (_page, listing) => hang(listing));

      const retries = Array.from({ length: 8 }, () => muster.steer(task.task_id, 'retry'));
      const { answers, refusals } = await settle(retries);

      expect(answers).toHaveLength(1);
      for (const { status, code, message } of refusals) {
        expect([status, code, message]).toEqual([409, 'COC.00101203', expect.stringContaining('RUNNING')]);
      }
      expect(await muster.showTask(task.task_id)).toMatchObject({ state: 'RUNNING', finished_at: null });
      expect(await accountOf('a')).toMatchObject({ sync_status: 'running', failure_msg: '' });
      expect(await muster.requestSync(SYNC)).toBe(task.task_id);
      await accepted(task.task_id, 'cancel');
    });

    it('may fail again, and be tried again', async () => {
      vendor.scripts['things'] = failing(REFUSED, 3, pagesOf([['x']]));
      const { task_id: taskId } = await muster.sync(SYNC);
      const states: string[] = [];
      for (let round = 0; round < 3; round += 1) {
        await accepted(taskId, 'retry');
        states.push((await muster.finishedTask(taskId)).state);
      }
      expect(states).toEqual(['FAILED', 'FAILED', 'SUCCEEDED']);
      expect(await liveIds('things')).toEqual(['x']);
    });

    it('plans anew what could not be planned', async () => {
      vendor.scripts['things'] = pagesOf([['x']]);
      vendor.connectError = new SyncError('credentials', 'Wrong password.');
      const failed = await muster.sync(SYNC);
      expect(failed.accounts).toMatchObject([{ state: 'FAILED', units: [] }]);
      vendor.connectError = undefined;

      await accepted(failed.task_id, 'retry');

      const task = await muster.finishedTask(failed.task_id);
      expect(task).toMatchObject({ state: 'SUCCEEDED', counts: { created: 1 }, accounts: [{ error: null }] });
    });

    it('finishes though the queue is lost', async () => {
      const { task } = await failedTask();
      await accepted(task.task_id, 'retry');
      await muster.forgetQueue();

      expect((await muster.finishedTask(task.task_id)).state).toBe('SUCCEEDED');
    });

    it('waits for no other sync of the account: it is refused, naming that one', async () => {
      const { task } = await failedTask();
      vendor.scripts['good'] = pagesOf([['g']], (_page, listing) => hang(listing));
      const other = await muster.requestSync(SYNC);
      await eventually('the other has listed what this one could not', async () => {
        return unitOf(await muster.showTask(other), 'bad')?.state === 'SUCCEEDED';
      });

      await expectRefusal(muster.steer(task.task_id, 'retry'), {
        status: 409,
        code: 'COC.00101205',
        message: other,
      });

      // What the other has listed since changes nothing of what is over.
      expect(await muster.showTask(task.task_id)).toEqual(task);
      await accepted(other, 'cancel');
    });

    it('has nothing to do for what succeeded, was held or was cancelled', async () => {
      vendor.scripts['things'] = pagesOf([items('t', 20)]);
      const succeeded = await muster.sync(SYNC);
      vendor.scripts['things'] = pagesOf([['t0']]);
      const held = await muster.sync(SYNC);
      expect(held.progress.by_state).toEqual({ PRUNE_HELD: 1 });
      vendor.scripts['things'] = pagesOf([['t0']], (_page, listing) => hang(listing));
      const cancelled = await muster.requestSync(SYNC);
      await accepted(cancelled, 'cancel');

      for (const taskId of [succeeded.task_id, held.task_id, cancelled]) {
        const before = await showWithoutTimings(taskId);
        await expectRefusal(muster.steer(taskId, 'retry'), { status: 409, code: 'COC.00101204' });
        expect(await showWithoutTimings(taskId)).toBe(before);
      }
    });

    it('leaves accounts out that were removed since', async () => {
      await addSecondAccount();
      vendor.scripts['things'] = failing(REFUSED);
      const { task_id: taskId } = await muster.sync({ vendor: 'VMWARE' });
      vendor.scripts['things'] = pagesOf([['x']]);
      await muster.removeAccount(accountIds['a'] ?? '');

      await accepted(taskId, 'retry');

      expect(await muster.finishedTask(taskId)).toMatchObject({
        state: 'PARTIAL',
        accounts: [
          { account_id: 'a', state: 'FAILED' },
          { account_id: 'b', state: 'SUCCEEDED' },
        ],
      });
      vendor.scripts['things'] = failing(REFUSED);
      const other = await muster.sync({ vendor: 'VMWARE' });
      await muster.removeAccount(accountIds['b'] ?? '');
      await expectRefusal(muster.steer(other.task_id, 'retry'), { status: 409, code: 'COC.00101204' });
    });
  });

  it.each(['cancel', 'retry'] as const)('knows no task to %s by a wrong id', async (verb) => {
    for (const id of [randomUUID(), 'x']) {
      await expectRefusal(muster.steer(id, verb), { status: 404, code: 'COC.00101201', message: id });
    }
  });
});
