import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import type { Schemas } from '#client';

import { expectRefusal } from '../../../test/support/expect-refusal.js';
import { settle } from '../../../test/support/settle.js';
import { TestMuster } from '../../../test/support/test-muster.js';
import { expectError } from './support/expect-error.js';
import { issueApiKey } from './support/issue-credential.js';
import { vmwareAccount } from './support/vmware-account.js';

const WRONG = { status: 400, code: 'COC.00010002' };
const DAILY = { vendor: 'VMWARE', cron: '0 3 * * *' } as const;

let muster: TestMuster;

beforeAll(async () => {
  muster = await TestMuster.start({ workers: false });
  await muster.addAccount(vmwareAccount('a'));
});
afterAll(() => muster.close());
beforeEach(() => muster.sql.query('DELETE FROM schedule'));

const create = async (body: Schemas['CreateSchedule']) =>
  (await muster.client.post('/v1/schedules', { body })).data;
const path = (id: string) => ({ params: { path: { id } } });
const show = async (id: string) => (await muster.client.get('/v1/schedules/{id}', path(id))).data;

describe('POST /v1/schedules', () => {
  it('answers the id of a schedule that shows when it starts next', async () => {
    const id = await create({
      ...DAILY,
      account_id: 'a',
      cron: ' 30  2 * * MON-FRI ',
      time_zone: 'Europe/Berlin',
      jitter_seconds: 900,
    });
    const schedule = await show(id);
    expect(schedule).toEqual({
      id,
      vendor: 'VMWARE',
      account_id: 'a',
      cron: '30 2 * * MON-FRI',
      interval_seconds: null,
      time_zone: 'Europe/Berlin',
      jitter_seconds: 900,
      source: 'api',
      paused: false,
      next_run_at: expect.any(String),
      next_runs: expect.any(Array),
      create_time: expect.any(String),
      update_time: expect.any(String),
    });
    const [first, ...later] = schedule.next_runs;
    expect(first).toBe(schedule.next_run_at);
    expect(later).toHaveLength(4);
    for (const time of later) {
      const shown = new Date(time).toLocaleString('en-GB', {
        timeZone: 'Europe/Berlin',
        weekday: 'short',
        timeStyle: undefined,
        hour: '2-digit',
        minute: '2-digit',
      });
      expect(shown).toMatch(/^(Mon|Tue|Wed|Thu|Fri),? (02|03):30$/);
    }
  });

  it.each<[string, object, string | RegExp]>([
    ['no time', {}, 'cron: give either it or interval_seconds'],
    [
      'two kinds of time',
      { cron: '0 3 * * *', interval_seconds: 60 },
      'cron: give either it or interval_seconds',
    ],
    [
      'a minute that there is not',
      { cron: '60 3 * * *' },
      'cron: minute "60" is not allowed: allowed are 0 to 59',
    ],
    ['a line of seconds', { cron: '0 0 3 * * *' }, 'cron: it must have 5 fields, minute, hour, day of month'],
    ['a day that never comes', { cron: '0 3 30 2 *' }, 'cron: day of month 30 is never reached in month 2'],
    ['a line that is too long', { cron: '1,'.repeat(99) }, /^cron must be shorter/],
    [
      'no such time zone',
      { cron: '0 3 * * *', time_zone: 'Mars/Base' },
      'time_zone: there is no "Mars/Base"',
    ],
    ['an offset', { cron: '0 3 * * *', time_zone: '+01:00' }, 'time_zone: there is no "+01:00"; use a name'],
    [
      'two mistakes',
      { cron: 'x 3 * * *', time_zone: 'X/Y' },
      /^cron: minute "x" .*; time_zone: there is no "X\/Y"/,
    ],
    ['a zone of an interval', { interval_seconds: 60, time_zone: 'UTC' }, 'time_zone: it goes with cron'],
    ['too short an interval', { interval_seconds: 59 }, 'interval_seconds must be a whole number from 60 to'],
    ['half a second', { interval_seconds: 60.5 }, 'interval_seconds must be a whole number'],
    [
      'jitter below nothing',
      { interval_seconds: 60, jitter_seconds: -1 },
      'jitter_seconds must be a whole number',
    ],
    [
      'more jitter than there is time between two',
      { cron: '*/5 * * * *', jitter_seconds: 301 },
      'jitter_seconds: 301 is longer than the 300 seconds between two of its times',
    ],
    [
      'a field that there is not',
      { cron: '0 3 * * *', timezone: 'UTC' },
      'timezone is not known here (known: ',
    ],
  ])('refuses %s', async (_what, timing, message) => {
    const body = { vendor: 'VMWARE', ...timing };
    await expectRefusal(create(body as Schemas['CreateSchedule']), { ...WRONG, message });
    if ('timezone' in timing || 'interval_seconds' in timing) return;
    const settings = { endpoint: 'https://vc', schedule: timing };
    const account = { ...vmwareAccount('b'), settings } as Schemas['CreateAccount'];
    await expectRefusal(muster.addAccount(account), {
      ...WRONG,
      message: typeof message === 'string' ? `settings.schedule.${message}` : 'settings.schedule.cron',
    });
  });

  it('refuses a vendor that is not offered, and an account that is not there', async () => {
    await expectRefusal(create({ ...DAILY, vendor: 'NOPE' as 'VMWARE' }), WRONG);
    await expectRefusal(create({ ...DAILY, account_id: 'nope' }), {
      status: 400,
      code: 'COC.00101102',
      message: 'account_id nope: there is no such VMWARE account',
    });
  });

  it('makes the same schedule once, whoever asks at the same time', async () => {
    const { answers, refusals } = await settle(Array.from({ length: 5 }, () => create(DAILY)));
    expect(answers).toHaveLength(1);
    expect(refusals.map(({ code }) => code)).toEqual(Array(4).fill('COC.00101402'));
    await create({ ...DAILY, account_id: 'a' });
    await create({ ...DAILY, time_zone: 'Asia/Tokyo' });
    const other = await create({ ...DAILY, cron: '0 4 * * *' });
    await expectRefusal(
      muster.client.put('/v1/schedules/{id}', { ...path(other), body: { cron: DAILY.cron } }),
      { status: 409, code: 'COC.00101402' },
    );
  });

  it('has its effect once with an Idempotency-Key, as has a run', async () => {
    const headers = { 'Idempotency-Key': randomUUID() };
    const [first, again] = [
      await muster.call('POST', '/v1/schedules', { body: DAILY, headers }),
      await muster.call('POST', '/v1/schedules', { body: DAILY, headers }),
    ];
    expect([first.status, again.body]).toEqual([200, first.body]);
    const run = `/v1/schedules/${String(first.body['data'])}/run`;
    const key = { headers: { 'Idempotency-Key': randomUUID() } };
    const [started, repeated] = [await muster.call('POST', run, key), await muster.call('POST', run, key)];
    expect(repeated.body).toEqual(started.body);
    const { rows } = await muster.sql.query('SELECT outcome FROM schedule_run');
    expect(rows).toEqual([{ outcome: 'started' }]);
  });
});

describe('GET /v1/schedules', () => {
  it('lists by pages, of a vendor or an account', async () => {
    const all = await create(DAILY);
    const ofAccount = await create({ ...DAILY, account_id: 'a' });
    const ids = async (query: object) => {
      const page = await muster.client.get('/v1/schedules', { params: { query: { limit: 9, ...query } } });
      return [page.total, page.data.map(({ id }) => id)];
    };
    expect(await ids({})).toEqual([2, [all, ofAccount]]);
    expect(await ids({ limit: 1 })).toEqual([2, [all]]);
    expect(await ids({ marker: all })).toEqual([2, [ofAccount]]);
    expect(await ids({ offset: '1' })).toEqual([2, [ofAccount]]);
    expect(await ids({ account_id: 'a' })).toEqual([1, [ofAccount]]);
    expect(await ids({ vendor: 'AWS' })).toEqual([0, []]);
  });

  it('lists runs by pages, newest first', async () => {
    await muster.addAccount(vmwareAccount('idle'));
    const id = await create({ ...DAILY, account_id: 'idle' });
    for (let run = 0; run < 3; run += 1) await muster.client.post('/v1/schedules/{id}/run', path(id));
    const runs: string[] = [];
    for await (const run of muster.client.each('/v1/schedules/{id}/runs', { ...path(id), pageSize: 2 })) {
      runs.push(run.outcome);
    }
    expect(runs).toEqual(['skipped', 'skipped', 'started']);
  });
});

describe('another tenant', () => {
  it('sees and touches no schedule of the first', async () => {
    const id = await create(DAILY);
    const before = await muster.sql.query('SELECT * FROM schedule');
    const apiKey = await issueApiKey(muster, { tenant: 'other' });
    const list = await muster.call('GET', '/v1/schedules?limit=9', { apiKey });
    expect(list.body).toEqual({ data: [], total: 0 });
    const operations: [string, string, object?][] = [
      ['GET', ''],
      ['GET', '/runs?limit=9'],
      ['PUT', '', { interval_seconds: 60 }],
      ['DELETE', ''],
      ['POST', '/pause'],
      ['POST', '/resume'],
      ['POST', '/run'],
    ];
    for (const [method, suffix, body] of operations) {
      for (const each of [id, randomUUID(), 'no-id']) {
        const options = { apiKey, ...(body === undefined ? {} : { body }) };
        expectError(await muster.call(method, `/v1/schedules/${each}${suffix}`, options), {
          status: 404,
          code: 'COC.00101401',
          message: `The schedule ${each} does not exist.`,
        });
      }
    }
    const account = await muster.call('POST', '/v1/schedules', {
      apiKey,
      body: { ...DAILY, account_id: 'a' },
    });
    expect(account.body['error_code']).toBe('COC.00101102');
    expect((await muster.sql.query('SELECT * FROM schedule')).rows).toEqual(before.rows);
  });
});

describe('the audit log', () => {
  it('has each write, with the schedule that it is about', async () => {
    const id = await create(DAILY);
    await muster.client.post('/v1/schedules/{id}/pause', path(id));
    const { rows } = await muster.sql.query(
      `SELECT action, targets FROM audit_entry WHERE action LIKE 'coc:schedule:%' ORDER BY id DESC LIMIT 2`,
    );
    expect(rows).toEqual([
      { action: 'coc:schedule:pause', targets: [id] },
      { action: 'coc:schedule:create', targets: [] },
    ]);
  });
});
