import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { SYNC_ERROR_KINDS, SyncError, type SyncErrorKind } from '#domain';

import { eventually } from '../../../test/support/eventually.js';
import {
  failing,
  items,
  pagesOf,
  scriptedAccount,
  ScriptedVendor,
} from '../../../test/support/scripted-vendor.js';
import { type Task, TestMuster } from '../../../test/support/test-muster.js';

const SYNC_PATH = '/v1/multicloud-resources/sync';
const SYNC = { vendor: 'VMWARE', account_id: 'a' } as const;
const REFUSED = new SyncError('permission', 'Not for you.', { vendorCode: 'Denied' });
/** Longer than any test: what waits this long is waiting. */
const LONG_MS = 600_000;
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT/);

let muster: TestMuster;
let vendor: ScriptedVendor;
/** Muster's id of account a. */
let accountId: string;

beforeEach(async () => {
  vendor = new ScriptedVendor();
  muster = await TestMuster.start({ adapters: vendor.adapters });
  accountId = await muster.addAccount(scriptedAccount('a'));
});

afterEach(() => muster.close());

const unitOf = (task: Task, type = 'things') => {
  const unit = task.accounts.flatMap(({ units }) => units).find((candidate) => candidate.type === type);
  if (unit === undefined) throw new Error(`There is no unit of ${type}.`);
  return unit;
};
const post = async (path: string, body?: object) => {
  const answer = await muster.call('POST', path, body === undefined ? {} : { body });
  expect([answer.status, answer.body]).toEqual([200, expect.anything()]);
};
/** A listing that does not come back before its signal is aborted. */
const hang = ({ signal }: { signal: AbortSignal }) =>
  new Promise<void>((_resolve, reject) => {
    if (signal.aborted) reject(new Error('stopped'));
    signal.addEventListener('abort', () => {
      reject(new Error('stopped'));
    });
  });

describe('an error of a unit', () => {
  /** What the user is shown of each kind: how the unit goes on, and with which error. */
  const shown: Record<SyncErrorKind, { state: string; retryable: boolean; message: string; waits: boolean }> =
    {
      credentials: { state: 'FAILED', retryable: false, message: 'Told.', waits: false },
      permission: {
        state: 'FAILED',
        retryable: false,
        message: 'Told. Listing things needs: list:things.',
        waits: false,
      },
      throttled: { state: 'WAITING', retryable: true, message: 'Told.', waits: true },
      unavailable: { state: 'WAITING', retryable: true, message: 'Told.', waits: true },
      absent: { state: 'SKIPPED', retryable: false, message: 'Told.', waits: false },
      bug: { state: 'FAILED', retryable: false, message: 'Told.', waits: false },
    };

  it.each(SYNC_ERROR_KINDS)(
    'of kind %s says where, what, whether it is tried again, how often it was and when it will be',
    async (kind) => {
      const error = new SyncError(kind, 'Told.', { vendorCode: 'Vendor.Code', retryAfterMs: LONG_MS });
      vendor.scripts['things'] = failing(error);
      const { state, retryable, message, waits } = shown[kind];
      const taskId = await muster.requestSync(SYNC);
      const task = await eventually(`the unit is ${state}`, async () => {
        const now = await muster.showTask(taskId);
        return now.accounts.some(({ units }) => units[0]?.state === state) && now;
      });

      expect(task.accounts).toMatchObject([{ account_id: 'a', account_name: 'Account a' }]);
      expect(unitOf(task)).toMatchObject({
        scope: 'The scope',
        type: 'things',
        state,
        error: { kind, code: 'Vendor.Code', message, retryable },
        // Being throttled is no attempt.
        attempts: kind === 'throttled' ? 0 : expect.any(Number),
        attempts_total: kind === 'throttled' ? 0 : expect.any(Number),
        next_attempt_at: waits ? TIME : null,
      });
      if (kind !== 'throttled') expect(unitOf(task).attempts).toBeGreaterThan(0);
      if (kind === 'throttled') {
        expect(Date.parse(unitOf(task).next_attempt_at ?? '')).toBeGreaterThan(Date.now() + LONG_MS / 2);
      }
      const reasons = state === 'FAILED' ? [{ code: 'unit_failed', error_kind: kind, message }] : [];
      expect(task.reasons).toMatchObject(reasons);
      expect(task.reasons_total).toBe(reasons.length);
    },
  );

  it('is unavailable for good after the last attempt', async () => {
    vendor.scripts['things'] = failing(new SyncError('unavailable', 'Away.', { vendorCode: 'HTTP 502' }));
    const taskId = await muster.requestSync(SYNC);
    await eventually('a second attempt', async () => {
      const [unit] = (await muster.showTask(taskId)).accounts[0]?.units ?? [];
      return unit?.state === 'WAITING' && unit.attempts_total > 1;
    });
    await muster.sql.query('UPDATE sync_unit SET attempts = 4'); // the rest of the back-off is not worth the wait

    const task = await muster.finishedTask(taskId);

    expect(unitOf(task)).toMatchObject({ state: 'FAILED', attempts: 5, next_attempt_at: null });
    expect(task.reasons).toMatchObject([{ code: 'unit_failed', error_kind: 'unavailable' }]);
  });

  it('counts the attempts that were spent before a committed page', async () => {
    const failures = [1, 2];
    vendor.scripts['things'] = pagesOf([['x'], ['y']], (page) => {
      const left = failures[page] ?? 0;
      failures[page] = left - 1;
      if (left > 0) throw new SyncError('unavailable', 'Away.');
    });

    const task = await muster.sync(SYNC);

    expect(unitOf(task)).toMatchObject({ state: 'SUCCEEDED', attempts: 1, attempts_total: 4 });
  });
});

describe('the reasons of a task', () => {
  it('are none when all is well, also with a type that is not offered', async () => {
    vendor.scripts['things'] = pagesOf([['x']]);
    vendor.scripts['others'] = failing(new SyncError('absent', 'Not here.'));
    expect(await muster.sync(SYNC)).toMatchObject({ state: 'SUCCEEDED', reasons: [], reasons_total: 0 });
  });

  it('name each unit that failed or was held, while the task is open already', async () => {
    vendor.scripts['held'] = pagesOf([items('h', 5)]);
    await muster.sync(SYNC);
    vendor.scripts['held'] = pagesOf([]);
    vendor.scripts['refused'] = failing(REFUSED);
    vendor.scripts['slow'] = pagesOf([['x']], (_page, listing) => hang(listing));
    const taskId = await muster.requestSync(SYNC);
    const task = await eventually('two reasons', async () => {
      const now = await muster.showTask(taskId);
      return now.reasons_total === 2 && now;
    });

    expect(task.state).toBe('RUNNING');
    const held = {
      code: 'prune_held',
      account_id: 'a',
      unit_id: unitOf(task, 'held').id,
      scope: 'The scope',
      type: 'held',
      error_kind: null,
      error_code: null,
      message: expect.stringContaining('lacked 5 of the resources known'),
      retryable: false,
    };
    expect(task.reasons).toEqual([
      held,
      {
        code: 'unit_failed',
        account_id: 'a',
        unit_id: unitOf(task, 'refused').id,
        scope: 'The scope',
        type: 'refused',
        error_kind: 'permission',
        error_code: 'Denied',
        message: 'Not for you. Listing refused needs: list:refused.',
        retryable: true,
      },
    ]);

    await post(`${SYNC_PATH}/${taskId}/cancel`);
    const cancelled = await muster.showTask(taskId);
    expect(cancelled.reasons.map(({ code }) => code)).toEqual(['cancelled', 'prune_held', 'unit_failed']);
    expect(cancelled.reasons[0]).toMatchObject({
      account_id: 'a',
      unit_id: null,
      message: expect.stringMatching(
        /^The sync of the account was cancelled before 1 of its 3 units had ended/,
      ),
      retryable: false,
    });
    // The call that the message names decides.
    const [, path = ''] = /POST (\S+)$/.exec(String(task.reasons[0]?.message)) ?? [];
    await post(path, { decision: 'reject' });
    expect((await muster.showTask(taskId)).reasons.map(({ code }) => code)).toEqual([
      'cancelled',
      'unit_failed',
    ]);
  });

  it('go as their causes do', async () => {
    vendor.scripts['things'] = failing(REFUSED, 1, pagesOf([['x']]));
    const { task_id: taskId, reasons } = await muster.sync(SYNC);
    expect(reasons).toHaveLength(1);
    await post(`${SYNC_PATH}/${taskId}/retry`);
    expect(await muster.finishedTask(taskId)).toMatchObject({ state: 'SUCCEEDED', reasons: [] });
  });

  it('name an account that could not be planned, and one that was removed', async () => {
    vendor.connectError = new SyncError('credentials', 'Wrong password.', { vendorCode: 'InvalidLogin' });
    const failed = await muster.sync(SYNC);
    const reason = {
      code: 'account_failed',
      account_id: 'a',
      unit_id: null,
      scope: null,
      type: null,
      error_kind: 'credentials',
      error_code: 'InvalidLogin',
      message: 'Wrong password.',
    };
    expect(failed.reasons).toEqual([{ ...reason, retryable: true }]);
    vendor.connectError = undefined;
    vendor.scripts['slow'] = pagesOf([['x']], (_page, listing) => hang(listing));
    const running = await muster.requestSync(SYNC);
    await eventually('it runs', async () => (await muster.showTask(running)).progress.by_state['RUNNING']);

    await muster.call('DELETE', `/v1/vendor-account/${accountId}`);

    expect((await muster.finishedTask(running)).reasons).toMatchObject([
      {
        code: 'cancelled',
        message: expect.stringMatching(/^The account was removed before 1 of its 1 units/),
      },
    ]);
    // There is nothing left to retry.
    expect((await muster.showTask(failed.task_id)).reasons).toEqual([{ ...reason, retryable: false }]);
  });

  it('are told of accounts that another task syncs, and whose task was tried again since', async () => {
    await muster.addAccount(scriptedAccount('b'));
    let hold = true;
    vendor.scripts['things'] = pagesOf([['x']], async (_page, { signal }) => {
      await eventually('it may go on', () => !hold || signal.aborted);
      throw REFUSED;
    });
    const first = await muster.requestSync(SYNC);
    const all = await muster.requestSync({ vendor: 'VMWARE' });
    hold = false;
    const ended = await muster.finishedTask(all);
    expect(ended.reasons.map(({ account_id, code, retryable }) => [account_id, code, retryable])).toEqual([
      ['a', 'unit_failed', false],
      ['b', 'unit_failed', true],
    ]);
    vendor.scripts['things'] = pagesOf([['x']]);

    await post(`${SYNC_PATH}/${first}/retry`);
    await muster.finishedTask(first);

    const now = await muster.showTask(all);
    expect(now).toMatchObject({
      state: 'FAILED',
      reasons: [
        { code: 'superseded', account_id: 'a', message: expect.stringContaining(first), retryable: false },
        { code: 'unit_failed', account_id: 'b', retryable: true },
      ],
    });
  });

  it('say that a task was cancelled that only waited for others', async () => {
    await muster.addAccount(scriptedAccount('b'));
    vendor.scripts['things'] = pagesOf([['x']], (_page, listing) => hang(listing));
    for (const account_id of ['a', 'b']) await muster.requestSync({ ...SYNC, account_id });
    const all = await muster.requestSync({ vendor: 'VMWARE' });

    await post(`${SYNC_PATH}/${all}/cancel`);

    expect((await muster.showTask(all)).reasons).toMatchObject([
      { code: 'cancelled', account_id: null, message: 'The sync was cancelled.', retryable: false },
    ]);
  });

  it('are the first hundred, and how many there are', async () => {
    const revoked = new SyncError('credentials', 'Revoked.'); // ends all that has not begun
    for (const type of items('type', 130)) vendor.scripts[type] = failing(revoked);
    const task = await muster.sync(SYNC);
    expect(task).toMatchObject({ state: 'FAILED', reasons_total: 130 });
    expect(task.reasons.map(({ type }) => type)).toEqual(items('type', 100));
  });
});
