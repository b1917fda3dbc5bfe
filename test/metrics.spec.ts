import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { SyncError } from '#domain';
import { OperatorPort } from '#metrics';

import { eventually } from './support/eventually.js';
import { gate } from './support/gate.js';
import { queueBackends } from './support/redis.js';
import { operatorsUrl, Scrape } from './support/scrape.js';
import { items, pagesOf, scriptedAccount, ScriptedVendor } from './support/scripted-vendor.js';
import { TestMuster } from './support/test-muster.js';

const METRICS = { host: '127.0.0.1', port: 0, accounts: 2 };
const VMWARE = { vendor: 'VMWARE' } as const;

describe.each(queueBackends())('metrics, with the queue on %s', (backend) => {
  let muster: TestMuster;
  let vendor: ScriptedVendor;
  let accounts = 0;

  beforeAll(async () => {
    vendor = new ScriptedVendor();
    muster = await TestMuster.start({ backend, adapters: vendor.adapters, metrics: METRICS });
  });
  afterAll(() => muster.close());
  beforeEach(() => {
    for (const type of Object.keys(vendor.scripts)) Reflect.deleteProperty(vendor.scripts, type);
    vendor.answer = () => undefined;
  });

  const addAccount = () => muster.addAccount(scriptedAccount(`account-${String((accounts += 1))}`));
  const named = () => ({ ...VMWARE, account_id: `account-${String(accounts)}` }) as const;
  /** What is added up to a counter while something is done. */
  const added = async (
    work: () => Promise<unknown>,
  ): Promise<(name: string, labels?: Record<string, string>) => number> => {
    const before = await Scrape.of(muster);
    await work();
    const after = await Scrape.of(muster);
    return (name, labels) => after.sum(name, labels) - before.sum(name, labels);
  };
  /** Without what was taken a moment ago. */
  const scrapeAnew = () =>
    eventually('the figures are had in the time that a scrape has', async () => {
      await muster.sql.query('DELETE FROM fleet_snapshot');
      const scrape = await Scrape.of(muster);
      return scrape.sum('muster_database_up') === 1 && scrape.sum('muster_queue_up') === 1 && scrape;
    });

  /** When the figures were taken. */
  const takenAt = async () => {
    const { rows } = await muster.sql.query<{ at: Date }>('SELECT taken_at AS at FROM fleet_snapshot');
    return rows[0]?.at;
  };

  it('counts what a sync did as the database has it', async () => {
    vendor.scripts['things'] = vendor.calling([items('t', 20), items('u', 5)], 3);
    await addAccount();
    const first = await added(() => muster.sync(named()));

    expect(first('muster_resources_written_total', { change: 'created' })).toBe(25);
    expect(first('muster_vendor_calls_total', VMWARE)).toBe(6);
    expect(first('muster_vendor_call_duration_seconds_count', VMWARE)).toBe(6);
    expect(first('muster_units_total', { type: 'things', state: 'SUCCEEDED' })).toBe(1);
    expect(first('muster_unit_duration_seconds_count', { type: 'things' })).toBe(1);
    expect(first('muster_runs_total', { state: 'SUCCEEDED' })).toBe(1);

    vendor.scripts['things'] = pagesOf([[`${items('t', 1)[0] ?? ''}=changed`, ...items('t', 20).slice(1)]]);
    const second = await added(() => muster.sync(named()));
    const { rows } = await muster.sql.query<{ kind: string; count: number }>(
      `SELECT kind, count(*)::int AS count FROM resource_change
       WHERE task_id = (SELECT max(id::text)::uuid FROM sync_task) GROUP BY kind`,
    );
    const recorded = Object.fromEntries(rows.map(({ kind, count }) => [kind, count]));
    expect(recorded).toMatchObject({ UPDATED: expect.any(Number), DELETED: expect.any(Number) });
    expect({
      UPDATED: second('muster_resources_written_total', { change: 'updated' }),
      DELETED: second('muster_resources_written_total', { change: 'deleted' }),
    }).toEqual({ UPDATED: recorded['UPDATED'], DELETED: recorded['DELETED'] });
  });

  it('counts nothing as written that a plan only looked at', async () => {
    vendor.scripts['things'] = pagesOf([items('t', 3)]);
    await addAccount();
    const change = await added(async () =>
      muster.finishedTask(await muster.requestSync(named(), { plan: true })),
    );
    expect(change('muster_resources_written_total')).toBe(0);
    expect(change('muster_units_total')).toBe(1);
  });

  it('tells throttling from errors, and those by kind', async () => {
    vendor.scripts['things'] = vendor.calling([['a']]);
    const answers = [
      new SyncError('throttled', 'slowly', { retryAfterMs: 1 }),
      new SyncError('unavailable', 'away', { retryAfterMs: 1 }),
    ];
    vendor.answer = () => {
      const error = answers.shift();
      if (error !== undefined) throw error;
    };
    await addAccount();
    const change = await added(() => muster.sync(named()));
    expect(change('muster_vendor_calls_total')).toBe(3);
    expect(change('muster_vendor_throttles_total')).toBe(1);
    expect(change('muster_vendor_errors_total', { kind: 'unavailable' })).toBe(1);
    expect(change('muster_put_offs_total', { kind: 'throttled' })).toBe(1);
    expect(change('muster_put_offs_total', { kind: 'unavailable' })).toBe(1);
  });

  it('counts requests by route, not by path, and strangers to the routes as none', async () => {
    const change = await added(async () => {
      for (const id of ['a', 'b', 'c']) await muster.call('GET', `/v1/multicloud-resources/sync/${id}`);
      await muster.call('GET', '/nowhere/1');
      await muster.call('GET', '/metrics');
    });
    const route = '/v1/multicloud-resources/sync/:task_id';
    expect(change('muster_http_requests_total', { route, status: '404' })).toBe(3);
    expect(change('muster_http_request_duration_seconds_count', { route })).toBe(3);
    expect(change('muster_http_requests_total', { route: 'none', status: '404' })).toBe(2);
  });

  it('shows tasks and freshness, the stalest accounts one by one', async () => {
    vendor.scripts['things'] = pagesOf([['a']]);
    const stale = await addAccount();
    await muster.sync(named());
    await muster.sql.query(
      `UPDATE vendor_account SET last_success_at = now() - interval '1 day' WHERE id = $1`,
      [stale],
    );
    const never = await addAccount();
    await muster.sql.query(
      `UPDATE vendor_account SET create_time = now() - interval '2 days' WHERE id = $1`,
      [never],
    );
    await addAccount();
    await muster.sync(named());

    const scrape = await scrapeAnew();
    expect(
      scrape
        .all('muster_account_freshness_seconds')
        .map(({ labels, value }) => [labels, Math.round(value / 3_600)]),
    ).toEqual([
      [{ ...VMWARE, account: never }, 48],
      [{ ...VMWARE, account: stale }, 24],
    ]);
    expect(Math.round(scrape.sum('muster_freshness_stalest_seconds', VMWARE) / 3_600)).toBe(48);
    expect(scrape.sum('muster_accounts', VMWARE)).toBe(accounts);
    expect(scrape.sum('muster_accounts_never_synced', VMWARE)).toBeGreaterThan(0);
    expect(scrape.sum('muster_tasks_ended_last_hour', { state: 'SUCCEEDED' })).toBeGreaterThan(1);
    expect(scrape.sum('muster_tasks_open')).toBe(0);
  });

  it('counts a failed sync as no success', async () => {
    vendor.scripts['things'] = pagesOf([['a']], () => {
      throw new SyncError('permission', 'no');
    });
    const account = await addAccount();
    const change = await added(() => muster.sync(named()));
    expect(change('muster_units_total', { state: 'FAILED' })).toBe(1);
    expect(change('muster_unit_duration_seconds_count')).toBe(0);
    const { rows } = await muster.sql.query('SELECT last_success_at FROM vendor_account WHERE id = $1', [
      account,
    ]);
    expect(rows).toEqual([{ last_success_at: null }]);
  });

  it('shows what waits, and since when, though the reconciler has it enqueued again and again', async () => {
    const hold = gate();
    vendor.unitsAtOnce = 20;
    for (let type = 0; type < 20; type += 1)
      vendor.scripts[`type-${String(type)}`] = pagesOf([['a']], () => hold.opened);
    await addAccount();
    const task = await muster.requestSync(named());
    try {
      await eventually('all slots are taken', async () => {
        const { rows } = await muster.sql.query<{ busy: number }>(
          `SELECT count(*)::int AS busy FROM sync_unit WHERE state = 'RUNNING'`,
        );
        return rows[0]?.busy === 4 || undefined;
      });
      await muster.sql.query(
        `UPDATE sync_unit SET waiting_since = waiting_since - interval '1 hour' WHERE state = 'QUEUED'`,
      );
      const scrape = await scrapeAnew();
      expect(scrape.sum('muster_work_waiting', { ...VMWARE, kind: 'unit' })).toBe(16);
      expect(scrape.sum('muster_work_oldest_waiting_seconds', { kind: 'unit' })).toBeGreaterThan(3_599);
      expect(scrape.sum('muster_queue_jobs', { queue: 'sync-vmware', state: 'active' })).toBe(4);
      expect(scrape.sum('muster_queue_jobs', { queue: 'sync-vmware', state: 'waiting' })).toBeGreaterThan(0);
      expect(scrape.sum('muster_tasks_open', { state: 'RUNNING' })).toBe(1);
    } finally {
      hold.open();
      await muster.finishedTask(task);
      vendor.unitsAtOnce = 2;
    }
  });

  it('has one process look for all', async () => {
    await scrapeAnew();
    const taken = await takenAt();
    await Promise.all(Array.from({ length: 5 }, () => Scrape.of(muster)));
    expect(await takenAt()).toEqual(taken);
  });

  it('shows the process: build, pool, memory, event loop', async () => {
    const scrape = await Scrape.of(muster);
    expect(scrape.all('muster_build_info')).toMatchObject([{ labels: { process: 'muster-test' }, value: 1 }]);
    expect(scrape.sum('muster_database_pool_size')).toBe(8);
    expect(scrape.sum('process_resident_memory_bytes')).toBeGreaterThan(0);
    expect(scrape.all('nodejs_eventloop_lag_p99_seconds')).toHaveLength(1);
    expect(scrape.sum('muster_database_up')).toBe(1);
    expect(scrape.sum('muster_queue_up')).toBe(1);
  });

  it('shows what has not been yet as 0, where its first time is to be noticed', async () => {
    const outcomes = (await Scrape.of(muster)).all('muster_webhook_deliveries_total');
    expect(outcomes.map(({ labels, value }) => [labels['outcome'], value])).toEqual([
      ['taken', 0],
      ['failed', 0],
      ['given_up', 0],
    ]);
  });

  it('names no tenant, and nothing that an account is called', async () => {
    const { rows } = await muster.sql.query<{ id: string }>('SELECT id FROM tenant');
    const { text } = await scrapeAnew();
    for (const { id } of rows) expect(text.includes(id)).toBe(false);
    expect(text.includes('account-1')).toBe(false);
  });

  it('answers GET and HEAD of its three pages only', async () => {
    const url = operatorsUrl(muster);
    expect((await fetch(`${url}/metrics`, { method: 'HEAD' })).status).toBe(200);
    expect((await fetch(`${url}/metrics?x=1`)).headers.get('content-type')).toContain('version=0.0.4');
    expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(405);
    expect((await fetch(`${url}/v1/vendor-account`)).status).toBe(404);
  });
});

describe('without METRICS_PORT', () => {
  it('nothing listens for operators', async () => {
    const muster = await TestMuster.start({ workers: false });
    try {
      expect(muster.api.app.get(OperatorPort).url).toBeUndefined();
    } finally {
      await muster.close();
    }
  });
});
