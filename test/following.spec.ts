import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import type { Schemas } from '#client';
import { SyncError } from '#domain';

import { issueApiKey } from '../apps/api/test/support/issue-credential.js';
import { eventually } from './support/eventually.js';
import { gate } from './support/gate.js';
import { queueBackends } from './support/redis.js';
import { failing, items, pagesOf, scriptedAccount, ScriptedVendor } from './support/scripted-vendor.js';
import { TestMuster } from './support/test-muster.js';

type Summary = Schemas['SyncTaskSummary'];

const TASKS = '/v1/multicloud-resources/sync';
const A = { vendor: 'VMWARE', account_id: 'a' } as const;
const B = { vendor: 'VMWARE', account_id: 'b' } as const;

describe.each(queueBackends())('following tasks, with the queue on %s', (backend) => {
  let muster: TestMuster;
  let vendor: ScriptedVendor;

  beforeEach(async () => {
    vendor = new ScriptedVendor();
    vendor.scripts['things'] = pagesOf([items('t', 3)]);
    muster = await TestMuster.start({ backend, adapters: vendor.adapters });
    await muster.addAccount(scriptedAccount('a'));
    await muster.addAccount(scriptedAccount('b'));
  });
  afterEach(() => muster.close());

  const refused = async (
    request: ReturnType<TestMuster['call']>,
    status: number,
    code: string,
    message: string,
  ) => {
    const { status: given, body } = await request;
    expect([given, body]).toEqual([
      status,
      expect.objectContaining({ error_code: code, error_msg: expect.stringContaining(message) }),
    ]);
  };
  const list = async (query = ''): Promise<Summary[]> => {
    const { status, body } = await muster.call('GET', `${TASKS}?limit=100${query}`);
    expect([status, body]).toEqual([200, expect.anything()]);
    return body['data'] as Summary[];
  };
  const idsOf = async (query: string) => (await list(query)).map((task) => task.task_id);

  describe('the list', () => {
    it('has what each task’s own report says of it, newest first', async () => {
      const first = await muster.sync(A);
      vendor.scripts['things'] = failing(
        new SyncError('permission', 'Not for you.', { vendorCode: 'Denied' }),
      );
      vendor.scripts['others'] = pagesOf([items('o', 2)]);
      const second = await muster.sync({ vendor: 'VMWARE' });
      const listed = await list();
      expect(listed.map(({ task_id: id }) => id)).toEqual([second.task_id, first.task_id]);
      for (const [index, task] of [second, first].entries()) {
        const {
          timings: _timings,
          reasons: _reasons,
          reasons_total: _total,
          estimate: _estimate,
          accounts,
          ...summary
        } = await muster.showTask(task.task_id);
        expect(listed[index]).toEqual({ ...summary, accounts_total: accounts.length });
      }
      expect(listed[0]).toMatchObject({
        state: 'PARTIAL',
        progress: { units: 4, units_finished: 4, by_state: { FAILED: 2, SUCCEEDED: 2 } },
        accounts_total: 2,
      });
    });

    it('is narrowed down by each filter, and comes in pages', async () => {
      const a = (await muster.sync(A)).task_id;
      const between = (await muster.sql.query<{ now: Date }>('SELECT now()')).rows[0]?.now ?? new Date();
      const b = (await muster.sync(B)).task_id;
      vendor.scripts['things'] = failing(
        new SyncError('permission', 'Not for you.', { vendorCode: 'Denied' }),
      );
      const all = (await muster.sync({ vendor: 'VMWARE' })).task_id;
      expect(await idsOf('')).toEqual([all, b, a]);
      expect(await idsOf('&account_id=a')).toEqual([all, a]);
      expect(await idsOf('&account_id=b&state=SUCCEEDED')).toEqual([b]);
      expect(await idsOf('&account_id=c')).toEqual([]);
      expect(await idsOf('&vendor=VMWARE')).toHaveLength(3);
      expect(await idsOf('&vendor=AWS')).toEqual([]);
      expect(await idsOf('&state=FAILED')).toEqual([all]);
      expect(await idsOf('&state=FAILED&state=SUCCEEDED')).toEqual([all, b, a]);
      expect(await idsOf('&state=RUNNING')).toEqual([]);
      expect(await idsOf('&trigger=api')).toHaveLength(3);
      expect(await idsOf('&trigger=schedule')).toEqual([]);
      expect(await idsOf(`&since=${between.toISOString()}`)).toEqual([all, b]);
      expect(await idsOf(`&marker=${b}`)).toEqual([a]);
      expect((await muster.call('GET', `${TASKS}?limit=1&marker=${all}`)).body).toMatchObject({
        data: [{ task_id: b }],
      });
    });

    it('has the tenant’s own only, and wants its action', async () => {
      await muster.sync(A);
      const apiKey = await issueApiKey(muster, { tenant: 'other' });
      expect((await muster.call('GET', `${TASKS}?limit=10`, { apiKey })).body).toEqual({ data: [] });
      const policy = {
        Version: '5.0' as const,
        Statement: [{ Effect: 'Allow' as const, Action: ['coc:syncTask:get'] }],
      };
      const showing = await issueApiKey(muster, { policy });
      await refused(
        muster.call('GET', `${TASKS}?limit=10`, { apiKey: showing }),
        403,
        'COC.00010403',
        'coc:syncTask:list',
      );
    });

    it.each([
      ['', 'limit'],
      ['?limit=10&state=DONE', 'state must be one of QUEUED'],
      ['?limit=10&vendor=IBM', 'vendor'],
      ['?limit=10&trigger=cron', 'trigger'],
      ['?limit=10&since=yesterday', 'since must be a time in RFC 3339'],
      ['?limit=10&marker=1', 'marker'],
    ])('refuses %s by name', async (query, words) => {
      await refused(muster.call('GET', `${TASKS}${query}`), 400, 'COC.00010002', words);
    });
  });

  describe('waiting', () => {
    it('answers when the task is over, and at once when it is', async () => {
      const { opened, open } = gate();
      vendor.scripts['things'] = pagesOf([items('t', 3)], () => opened);
      const taskId = await muster.requestSync(A);
      const waiting = muster.call('GET', `${TASKS}/${taskId}?wait=60s`);
      await eventually('it runs', async () => (await muster.showTask(taskId)).state === 'RUNNING');
      open();
      expect((await waiting).body).toMatchObject({ data: { state: 'SUCCEEDED', counts: { created: 3 } } });
      expect((await muster.call('GET', `${TASKS}/${taskId}?wait=60`)).body).toMatchObject({
        data: { state: 'SUCCEEDED' },
      });
    });

    it('answers after the time when the task is not over, and says when to ask again', async () => {
      const { opened, open } = gate();
      vendor.scripts['things'] = pagesOf([items('t', 3)], () => opened);
      const taskId = await muster.requestSync(A);
      const { status, headers, body } = await muster.call('GET', `${TASKS}/${taskId}?wait=1s`);
      expect([status, Number(headers.get('Retry-After'))]).toEqual([200, expect.any(Number)]);
      expect(Number(headers.get('Retry-After'))).toBeGreaterThanOrEqual(1);
      expect(body).toMatchObject({ data: { finished_at: null } });
      open();
      await muster.finishedTask(taskId);
      expect((await muster.call('GET', `${TASKS}/${taskId}`)).headers.get('Retry-After')).toBeNull();
    });

    it('ends with the process, whose clients get their answer', async () => {
      const api = await TestMuster.start({ backend, adapters: vendor.adapters, workers: false });
      try {
        await api.addAccount(scriptedAccount('a'));
        const taskId = await api.requestSync(A);
        const waiting = api.call('GET', `${TASKS}/${taskId}?wait=60s`);
        await eventually('it waits', async () => {
          const { rows } = await api.sql.query<{ n: number }>(
            `SELECT count(*)::int AS n FROM pg_stat_activity
             WHERE datname = current_database() AND query LIKE '%unnest($1::uuid[]) AS asked%'
               AND pid <> pg_backend_pid()`,
          );
          return (rows[0]?.n ?? 0) > 0;
        });
        await api.stopApp();
        expect((await waiting).body).toMatchObject({ data: { state: 'QUEUED' } });
      } finally {
        await api.close();
      }
    });

    it.each(['61s', '-1', '1m', 'x', '1.5s'])('refuses to wait for %s', async (wait) => {
      const taskId = (await muster.sync(A)).task_id;
      await refused(
        muster.call('GET', `${TASKS}/${taskId}?wait=${wait}`),
        400,
        'COC.00010002',
        'wait must be from 0s to 60s',
      );
    });

    it('tells another tenant at once that there is no such task', async () => {
      const taskId = (await muster.sync(A)).task_id;
      const apiKey = await issueApiKey(muster, { tenant: 'other' });
      await refused(
        muster.call('GET', `${TASKS}/${taskId}?wait=60s`, { apiKey }),
        404,
        'COC.00101201',
        taskId,
      );
    });
  });

  it('says 304 to whom knows the answer', async () => {
    const taskId = (await muster.sync(A)).task_id;
    const first = await muster.call('GET', `${TASKS}/${taskId}`);
    const tag = first.headers.get('ETag') ?? '';
    expect(tag).toMatch(/^W\/"[\w-]{22}"$/);
    const again = await fetch(`${muster.api.url}${TASKS}/${taskId}`, {
      headers: { Authorization: `Bearer ${muster.apiKey}`, 'If-None-Match': tag },
    });
    expect([again.status, again.headers.get('ETag'), await again.text()]).toEqual([304, tag, '']);
    const other = await muster.call('GET', `${TASKS}/${taskId}`, { headers: { 'If-None-Match': '"x"' } });
    expect(other.body).toEqual(first.body);
  });
});
