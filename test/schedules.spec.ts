import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import type { Schemas } from '#client';

import { eventually } from './support/eventually.js';
import { expectRefusal } from './support/expect-refusal.js';
import { gate } from './support/gate.js';
import { queueBackends } from './support/redis.js';
import { items, pagesOf, scriptedAccount, ScriptedVendor } from './support/scripted-vendor.js';
import { TestMuster } from './support/test-muster.js';
import { startTestWorker } from './support/test-worker.js';

type Run = Schemas['ScheduleRun'];

/** Half a day away, so that nothing is due but what a test makes so. */
const FAR_HOUR = (new Date().getUTCHours() + 12) % 24;
const FAR = `0 ${String(FAR_HOUR)} * * *`;
const FAR_TIME = new RegExp(`T${String(FAR_HOUR).padStart(2, '0')}:00:00.000Z$`);
/** The same on the clocks of Tokyo, nine hours ahead. */
const TOKYO = `0 ${String((FAR_HOUR + 9) % 24)} * * *`;
const DAILY = { vendor: 'VMWARE', account_id: 'a', cron: FAR } as const;
const ENDPOINT = { endpoint: 'https://vc' };

describe.each(queueBackends())('schedules, with their queue on %s', (backend) => {
  let muster: TestMuster;
  let vendor: ScriptedVendor;
  /** Listings wait for it. */
  let listing: Promise<void>;
  const stops: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    vendor = new ScriptedVendor();
    listing = Promise.resolve();
    vendor.scripts['things'] = pagesOf([items('t', 3)], () => listing);
    muster = await TestMuster.start({ backend, adapters: vendor.adapters });
  });
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
    await muster.close();
  });

  const create = async (body: Schemas['CreateSchedule']) =>
    (await muster.client.post('/v1/schedules', { body })).data;
  const path = (id: string) => ({ params: { path: { id } } });
  const show = async (id: string) => (await muster.client.get('/v1/schedules/{id}', path(id))).data;
  const runsOf = async (id: string): Promise<Run[]> =>
    (await muster.client.get('/v1/schedules/{id}/runs', { params: { path: { id }, query: { limit: 500 } } }))
      .data;
  const pause = (id: string) => muster.client.post('/v1/schedules/{id}/pause', path(id));
  const resume = (id: string) => muster.client.post('/v1/schedules/{id}/resume', path(id));
  const runNow = async (id: string) => (await muster.client.post('/v1/schedules/{id}/run', path(id))).data;
  /** Its next time has come: one of a day ago, so that 24 hourly ones have been missed. */
  const makeDue = async (id: string) => {
    const { rowCount } = await muster.sql.query(
      `UPDATE schedule SET due_at = now() - interval '1 day', next_run_at = now() - interval '1 second'
       WHERE id = $1 AND paused_at IS NULL`,
      [id],
    );
    return rowCount;
  };
  /** Its runs once there are so many, newest first. */
  const runsOnce = (id: string, count: number) =>
    eventually(`${String(count)} runs`, async () => {
      const runs = await runsOf(id);
      return runs.length >= count && runs;
    });
  const tasks = async () =>
    (await muster.sql.query<{ id: string; trigger: string }>('SELECT id, trigger FROM sync_task ORDER BY id'))
      .rows;
  /** Another process's worker, on the same database and queue. */
  const addWorker = async () => {
    stops.push(await startTestWorker(muster, { adapters: vendor.adapters, concurrency: 4 }));
  };

  it('sync an account when they are due, again and again', async () => {
    await muster.addAccount(scriptedAccount('a'));
    const id = await create(DAILY);
    expect(await runsOf(id)).toEqual([]);

    await makeDue(id);

    const [first] = await runsOnce(id, 1);
    expect(first).toMatchObject({ trigger: 'due', outcome: 'started', reason: null });
    expect(Date.parse(first!.at) - Date.parse(first!.due_at!)).toBeGreaterThan(80_000_000);
    expect(await muster.finishedTask(first!.task_id!)).toMatchObject({
      trigger: 'schedule',
      state: 'SUCCEEDED',
      counts: { created: 3 },
    });
    const { next_run_at: next, next_runs: upcoming } = await show(id);
    expect(next).toMatch(FAR_TIME);
    expect(Date.parse(next!)).toBeGreaterThan(Date.parse(first!.at));
    expect(upcoming).toHaveLength(5);
    expect(upcoming[0]).toBe(next);

    await makeDue(id);

    const [second] = await runsOnce(id, 2);
    expect(await muster.finishedTask(second!.task_id!)).toMatchObject({ counts: { unchanged: 3 } });
    expect((await runsOf(id)).map(({ task_state: state }) => state)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
  });

  it('sync all accounts that a vendor has then', async () => {
    const id = await create({ vendor: 'VMWARE', interval_seconds: 3_600 });
    await makeDue(id);
    expect(await runsOnce(id, 1)).toMatchObject([
      { outcome: 'skipped', reason: 'no_account', task_id: null },
    ]);
    await expectRefusal(runNow(id), { status: 400, code: 'COC.00101104', message: 'no VMWARE account' });
    await muster.addAccount(scriptedAccount('a'));
    await muster.addAccount(scriptedAccount('b'));

    await makeDue(id);

    const started = (await runsOnce(id, 3)).find(({ outcome }) => outcome === 'started')!;
    const task = await muster.finishedTask(started.task_id!);
    expect(task.accounts.map(({ account_id }) => account_id).sort()).toEqual(['a', 'b']);
  });

  it('skip a time while a sync runs, and say which', async () => {
    const { opened, open } = gate();
    listing = opened;
    await muster.addAccount(scriptedAccount('a'));
    const [mine, all] = [await create(DAILY), await create({ ...DAILY, account_id: null })];
    const running = await muster.requestSync({ vendor: 'VMWARE', account_id: 'a' });

    for (const id of [mine, all]) await makeDue(id);

    for (const id of [mine, all]) {
      expect(await runsOnce(id, 1)).toMatchObject([
        { trigger: 'due', outcome: 'skipped', reason: 'busy', task_id: running },
      ]);
    }
    expect(await runNow(mine)).toBe(running);
    expect((await runsOf(mine))[0]).toMatchObject({ trigger: 'manual', outcome: 'skipped', due_at: null });
    expect(await tasks()).toHaveLength(1);
    open();
    await muster.finishedTask(running);
    await makeDue(mine);
    expect((await runsOnce(mine, 3))[0]).toMatchObject({ outcome: 'started' });
  });

  it('start what is due once, however many workers and APIs there are', async () => {
    await addWorker();
    await addWorker();
    const accounts = items('racing', 8);
    for (const account of accounts) await muster.addAccount(scriptedAccount(account));
    const ids = await Promise.all(accounts.map((account_id) => create({ ...DAILY, account_id })));

    for (let round = 1; round <= 3; round += 1) {
      await muster.sql.query(
        `UPDATE schedule SET due_at = now() - interval '1 day', next_run_at = now() - interval '1 second'`,
      );
      await eventually('nothing is due', async () => {
        const { rowCount } = await muster.sql.query('SELECT 1 FROM schedule WHERE next_run_at <= now()');
        return rowCount === 0;
      });
      for (const id of ids) {
        const runs = await runsOf(id);
        expect(runs).toHaveLength(round);
        expect(runs[0]).toMatchObject({ outcome: 'started' });
        await muster.finishedTask(runs[0]!.task_id!);
      }
    }
    const started = await tasks();
    expect(started).toHaveLength(24);
    expect(new Set(started.map(({ trigger }) => trigger))).toEqual(new Set(['schedule']));
  });

  it('lose nothing with the contents of the queue', async () => {
    await muster.addAccount(scriptedAccount('a'));
    const id = await create(DAILY);
    await muster.forgetQueue();

    await makeDue(id);
    const [run] = await runsOnce(id, 1);
    await muster.forgetQueue();

    expect(await muster.finishedTask(run!.task_id!)).toMatchObject({ state: 'SUCCEEDED' });
    await makeDue(id);
    expect((await runsOnce(id, 2))[0]).toMatchObject({ outcome: 'started' });
  });

  it('make up once for all that was missed while nobody worked', async () => {
    await muster.addAccount(scriptedAccount('a'));
    const id = await create({ vendor: 'VMWARE', account_id: 'a', interval_seconds: 3_600 });
    await muster.stopApp();
    expect(await makeDue(id)).toBe(1);

    await addWorker();

    const counts = () =>
      muster.sql.query<{ runs: number; due: number }>(
        `SELECT (SELECT count(*)::int FROM schedule_run) AS runs,
           (SELECT count(*)::int FROM schedule WHERE next_run_at <= now()) AS due`,
      );
    await eventually('it is made up for', async () => (await counts()).rows[0]?.due === 0);
    expect((await counts()).rows).toEqual([{ runs: 1, due: 0 }]);
    const { rows } = await muster.sql.query('SELECT next_run_at > now() AS later FROM schedule');
    expect(rows).toEqual([{ later: true }]);
  });

  it('are paused, run all the same when somebody asks, and resumed', async () => {
    await muster.addAccount(scriptedAccount('a'));
    const id = await create({ ...DAILY, jitter_seconds: 600 });
    await pause(id);
    await pause(id);
    expect(await show(id)).toMatchObject({ paused: true, next_run_at: null, next_runs: [] });
    expect(await makeDue(id)).toBe(0);

    const task = await muster.finishedTask(await runNow(id));

    expect(task).toMatchObject({ trigger: 'api', state: 'SUCCEEDED' });
    expect(await runsOf(id)).toMatchObject([
      { trigger: 'manual', outcome: 'started', task_id: task.task_id },
    ]);
    await muster.client.put('/v1/schedules/{id}', { ...path(id), body: { interval_seconds: 86_400 } });
    expect(await show(id)).toMatchObject({
      paused: true,
      cron: null,
      interval_seconds: 86_400,
      time_zone: null,
    });
    await resume(id);
    await resume(id);
    const { paused, next_run_at: next } = await show(id);
    expect(paused).toBe(false);
    expect(Date.parse(next!)).toBeGreaterThan(Date.now());
    expect(await runsOf(id)).toHaveLength(1);
  });

  it('are paused when their times cannot be told any more, and keep nobody else waiting', async () => {
    await muster.addAccount(scriptedAccount('a'));
    const [broken, good] = [await create(DAILY), await create({ ...DAILY, cron: FAR.replace('0', '30') })];
    await muster.sql.query(`UPDATE schedule SET time_zone = 'Gone/Zone' WHERE id = $1`, [broken]);
    await makeDue(broken);
    await makeDue(good);
    expect((await runsOnce(good, 1))[0]).toMatchObject({ outcome: 'started' });
    expect(await runsOnce(broken, 1)).toMatchObject([{ outcome: 'failed', reason: 'no_next_run' }]);
    expect(await show(broken)).toMatchObject({ paused: true, next_runs: [] });
  });

  it('go with their account, and those of its settings with these', async () => {
    const settings = { ...ENDPOINT, schedule: { cron: TOKYO, time_zone: 'Asia/Tokyo' } };
    const account = await muster.addAccount({ ...scriptedAccount('a'), settings });
    const own = await create({ ...DAILY, interval_seconds: null });
    const list = async (query: object = {}) =>
      (await muster.client.get('/v1/schedules', { params: { query: { limit: 500, ...query } } })).data;
    const ofSettings = async () => (await list()).find(({ source }) => source === 'account');

    const made = (await ofSettings())!;
    expect(made).toMatchObject({ account_id: 'a', cron: TOKYO, time_zone: 'Asia/Tokyo', paused: false });
    expect(made.next_run_at).toMatch(FAR_TIME);
    expect((await muster.listAccounts())[0]?.settings).toEqual(settings);
    for (const change of [
      muster.client.delete('/v1/schedules/{id}', path(made.id)),
      muster.client.put('/v1/schedules/{id}', { ...path(made.id), body: { cron: '0 5 * * *' } }),
    ]) {
      await expectRefusal(change, { status: 409, code: 'COC.00101403', message: 'settings.schedule' });
    }
    await makeDue(made.id);
    expect((await runsOnce(made.id, 1))[0]).toMatchObject({ outcome: 'started' });

    await pause(made.id);
    await muster.changeAccount(account, { settings: { ...settings, resource_types: null } });
    expect(await ofSettings()).toMatchObject({ id: made.id, paused: true, update_time: expect.any(String) });
    await muster.changeAccount(account, { settings: { ...ENDPOINT, schedule: { interval_seconds: 900 } } });
    expect(await ofSettings()).toMatchObject({ id: made.id, interval_seconds: 900, paused: true });
    await muster.changeAccount(account, { account_name: 'Another' });
    expect(await ofSettings()).toMatchObject({ interval_seconds: 900 });
    await muster.changeAccount(account, { settings: ENDPOINT });
    expect((await list()).map(({ id }) => id)).toEqual([own]);

    await muster.removeAccount(account);
    expect(await list()).toEqual([]);
    await expectRefusal(show(own), { status: 404, code: 'COC.00101401' });
  });

  it('keep the next time that they have when settings are written again as they are', async () => {
    const settings = { ...ENDPOINT, schedule: { interval_seconds: 86_400, jitter_seconds: 60 } };
    const account = await muster.addAccount({ ...scriptedAccount('a'), settings });
    const times = async () =>
      (await muster.sql.query<object>('SELECT due_at, next_run_at FROM schedule')).rows;
    await muster.sql.query(`UPDATE schedule SET due_at = due_at - interval '1 hour', next_run_at = due_at`);
    const before = await times();
    await muster.changeAccount(account, { settings });
    expect(await times()).toEqual(before);
  });

  it('say so in the log of the process that starts them', async () => {
    await muster.addAccount(scriptedAccount('a'));
    const id = await create(DAILY);
    await makeDue(id);
    const [run] = await runsOnce(id, 1);
    const line = await eventually('it is logged', () => muster.logs.find((each) => each.includes('was due')));
    expect(JSON.parse(line)).toMatchObject({
      level: 'info',
      schedule: id,
      outcome: 'started',
      task: run?.task_id,
    });
  });
});
