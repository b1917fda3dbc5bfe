import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import type { Schemas } from '#client';

import { issueApiKey } from '../apps/api/test/support/issue-credential.js';
import { eventually } from './support/eventually.js';
import { queueBackends } from './support/redis.js';
import { type Answer, TestMuster } from './support/test-muster.js';

type PushedPage = Schemas['PushedPage'];
type PushedUnit = Schemas['PushedUnit'];
type Posted = Partial<Schemas['PostedResource']> & { id: string };

interface Outcome<Data> {
  data: Data;
  error_code?: string;
  error_msg: string;
}

const CONNECTOR = { version: 1, source: 'push', states: { parked: 'suspended' } };
const SYNC = { vendor: 'OTHER', account_id: 'lab' } as const;
const REFUSED = 'COC.00101209';
const server = (id: string, more: Partial<Posted> = {}): Posted => ({
  id,
  name: `host ${id}`,
  status: 'on',
  ...more,
});
const servers = (count: number, more: Partial<Posted> = {}) =>
  Array.from({ length: count }, (_, number) => server(`s-${String(number)}`, more));

describe.each(queueBackends())('pages that a source posts, with a queue on %s', (backend) => {
  let muster: TestMuster;
  let account: string;

  const add = (accountId: string, connector: Record<string, unknown> = CONNECTOR) =>
    muster.addAccount({
      vendor: 'OTHER',
      account_id: accountId,
      account_name: accountId,
      ak: '-',
      sk: '-',
      settings: { connector },
    });

  beforeAll(async () => {
    muster = await TestMuster.start({ backend });
    account = await add('lab');
  });

  afterEach(async () => {
    const left = await muster.sql.query<{ id: string }>(
      `SELECT id FROM sync_task WHERE state IN ('QUEUED', 'RUNNING')`,
    );
    for (const { id } of left.rows) await muster.steer(id, 'cancel');
  });

  afterAll(async () => {
    const faults = muster.logs.filter(
      (line) => /"level":"(error|fatal)"/.test(line) && !line.includes('"NO_DOCUMENT"'),
    );
    await muster.close();
    expect(faults).toEqual([]);
  });

  const post = <Data>(task: string, verb: string, body: object = {}, more: object = {}) =>
    muster.call<Outcome<Data>>('POST', `/v1/multicloud-resources/sync/${task}/${verb}`, { body, ...more });
  const page = (
    task: string,
    number: number,
    resources: readonly object[],
    scope: object = { region: 'fra' },
  ) => post<PushedPage>(task, 'pages', { type: 'cloudservers', ...scope, page: number, resources });
  const close = (task: string, end: object, scope: object = { region: 'fra' }) =>
    post<PushedUnit>(task, 'scopes/close', { type: 'cloudservers', ...scope, ...end });
  const complete = (task: string) => post<{ task_id: string; state: string }>(task, 'complete');
  const open = () => muster.requestSync(SYNC);
  const taken = async <Data>(answer: Promise<Answer<Outcome<Data>>>): Promise<Data> => {
    const { status, body } = await answer;
    expect([status, body.error_msg]).toEqual([200, undefined]);
    return body.data;
  };
  const refused = async <Data>(answer: Promise<Answer<Outcome<Data>>>): Promise<string> => {
    const { status, body } = await answer;
    expect([status, body.error_code, body.error_msg]).toEqual([409, REFUSED, expect.any(String)]);
    return body.error_msg;
  };
  const listed = async () => (await muster.listAll('OTHER')).map(({ resource_id: id }) => id).sort();
  /** A whole sync of one page. */
  const sync = async (resources: readonly object[]) => {
    const task = await open();
    await taken(page(task, 1, resources));
    await taken(close(task, { outcome: 'complete', pages: 1 }));
    await taken(complete(task));
    return muster.showTask(task);
  };

  it('open a task at once, which others join', async () => {
    const task = await open();
    expect(await open()).toBe(task);
    const shown = await muster.showTask(task);
    expect(shown).toMatchObject({ state: 'RUNNING', accounts: [{ state: 'RUNNING', units: [] }] });
    const until = shown.accounts[0]?.pages_until ?? '';
    expect(Date.parse(until) - Date.parse(shown.created_at)).toBeGreaterThan(14 * 60_000);
    expect((await muster.listAccounts('lab'))[0]?.sync_status).toBe('running');
    expect(await refused(complete(task))).toContain('nothing was posted');
    await muster.steer(task, 'cancel');
    expect(await refused(page(task, 1, servers(1)))).toContain('the task is over (CANCELLED)');
  });

  it('are in the inventory when they are answered, each normalized', async () => {
    const task = await open();
    const first = await taken(
      page(task, 1, [
        server('s-0', {
          status: 'Parked',
          zone: 'fra-1',
          addresses: ['10.0.0.1', '10.0.0.1', 'fe80::1'],
          tags: { team: 'ops', rack: 7 as unknown as string },
          created_at: '2026-01-31T12:00:00+01:00',
          properties: { deep: { a: { b: { c: { d: { e: { f: { g: ['h'] } } } } } } } },
          relations: [{ kind: 'attached_to', type: 'volumes', id: 'v-0' }],
        }),
        { id: 's-1', name: null, status: null, region: undefined },
      ]),
    );
    expect(first).toMatchObject({
      ...{ scope: 'fra', type: 'cloudservers', state: 'RUNNING', repeated: false },
      ...{ pages: 1, seen: 2, created: 2, updated: 0, unchanged: 0, deleted: 0, held_deletes: 0 },
    });
    const shown = await Promise.all(
      (await muster.listAll('OTHER', 'cloudservers')).map(async ({ id }) => {
        const params = { path: { id } };
        return (await muster.client.get('/v1/multicloud-resources/{id}', { params })).data;
      }),
    );
    const [one, other] = shown.sort((a, b) => (a.resource_id < b.resource_id ? -1 : 1));
    expect(one).toMatchObject({
      ...{ resource_id: 's-0', name: 'host s-0', status: 'suspended', native_status: 'Parked' },
      ...{ region_id: 'fra', zone_id: 'fra-1', addresses: ['10.0.0.1', 'fe80::1'] },
      tags: { rack: '7', team: 'ops' },
      create_time: '2026-01-31T11:00:00.000Z',
      properties: { deep: { a: { b: { c: { d: { e: { f: { g: ['h'] } } } } } } } },
      relations: [{ kind: 'attached_to', type: 'volumes', native_id: 'v-0' }],
    });
    expect(other).toMatchObject({
      ...{ resource_id: 's-1', name: 's-1', status: 'available', native_status: null },
      properties: {},
    });

    // Of the scopes only one is closed as complete, so nothing is deleted of the others.
    await taken(page(task, 7, [{ id: 'v-0' }], { type: 'volumes' }));
    expect(await refused(complete(task))).toContain(
      '2 scopes are not closed (cloudservers of fra, volumes of push)',
    );
    await taken(close(task, { outcome: 'complete', pages: 1 }));
    const failed = await taken(
      close(task, { outcome: 'failed', message: 'the SAN is away' }, { type: 'volumes' }),
    );
    expect(failed).toMatchObject({ state: 'FAILED', scope: 'push', pages: 1 });
    expect(await taken(complete(task))).toEqual({ task_id: task, state: 'PARTIAL' });
    const ended = await muster.showTask(task);
    expect(ended).toMatchObject({ state: 'PARTIAL', counts: { created: 3, deleted: 0 } });
    expect(ended.reasons).toMatchObject([
      {
        code: 'unit_failed',
        error_code: 'SOURCE_FAILED',
        message: expect.stringContaining('the SAN is away'),
      },
    ]);
    expect(ended.accounts[0]?.pages_until).toBeNull();
    expect((await muster.showCoverage(account)).cells.map((cell) => [cell.type, cell.outcome])).toEqual([
      ['cloudservers', 'complete'],
      ['volumes', 'partial'],
    ]);
  });

  it('are listed again where they failed, when the task is retried, and nowhere else', async () => {
    const task = await open();
    await taken(close(task, { outcome: 'complete', pages: 0 }, { type: 'networks' }));
    await taken(page(task, 1, [{ id: 'v-0', name: 'broken' }], { type: 'volumes' }));
    await taken(close(task, { outcome: 'failed' }, { type: 'volumes' }));
    await taken(complete(task));
    await muster.steer(task, 'retry');
    const again = await muster.showTask(task);
    expect(again).toMatchObject({ state: 'RUNNING', progress: { by_state: { SUCCEEDED: 1, QUEUED: 1 } } });
    expect(await refused(page(task, 1, [], { type: 'networks' }))).toContain(
      'the scope is closed (SUCCEEDED)',
    );
    const taken1 = await taken(page(task, 1, [{ id: 'v-0', name: 'mended' }], { type: 'volumes' }));
    expect(taken1).toMatchObject({ repeated: false, pages: 1, seen: 1 });
    await taken(close(task, { outcome: 'complete', pages: 1 }, { type: 'volumes' }));
    expect((await taken(complete(task))).state).toBe('SUCCEEDED');
    expect((await muster.showTask(task)).reasons).toEqual([]);
  });

  it('change nothing when they come again, one after the other or at once', async () => {
    const task = await open();
    const answers = await Promise.all(Array.from({ length: 6 }, () => taken(page(task, 1, servers(300)))));
    expect(answers.filter(({ repeated }) => !repeated)).toHaveLength(1);
    for (const { pages, seen } of answers) expect([pages, seen]).toEqual([1, 300]);
    expect(await taken(page(task, 1, servers(300)))).toMatchObject({ repeated: true, pages: 1, seen: 300 });
    expect(await refused(page(task, 1, servers(299)))).toContain('page 1 of this scope is there already');
    const changes = await muster.sql.query(
      'SELECT count(*)::int AS n FROM resource_change WHERE task_id = $1',
      [task],
    );
    expect(changes.rows).toEqual([{ n: 300 }]);

    expect(await refused(close(task, { outcome: 'complete', pages: 2 }))).toContain(
      '1 pages of this scope are there',
    );
    const closed = await taken(close(task, { outcome: 'complete', pages: 1 }));
    expect(closed.state).toBe('SUCCEEDED');
    expect(await taken(close(task, { outcome: 'complete', pages: 1 }))).toEqual(closed);
    expect(await refused(close(task, { outcome: 'failed' }))).toContain('the scope is closed (SUCCEEDED)');
    expect(await refused(page(task, 2, servers(1)))).toContain('the scope is closed (SUCCEEDED)');
    const both = await Promise.all([complete(task), complete(task)].map((each) => taken(each)));
    expect(both.map(({ state }) => state)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect((await taken(complete(task))).state).toBe('SUCCEEDED');
    expect(await refused(page(task, 1, servers(300)))).toContain('the task is over (SUCCEEDED)');
  });

  it('may come all at once, in any order, with ids twice, and are unchanged in the next sync', async () => {
    const before = await listed();
    const pages = Array.from(
      { length: 8 },
      (_, number) => servers(300).slice(number * 35, (number + 1) * 35 + 5), // five of each are in the next one, too
    );
    const task = await open();
    const order = [5, 1, 7, 0, 2, 6, 3, 4];
    await Promise.all(order.map((number) => taken(page(task, number, pages[number] ?? []))));
    const rest = servers(300).slice(280);
    await taken(page(task, 100, rest));
    await taken(close(task, { outcome: 'complete', pages: 9 }));
    await taken(complete(task));
    expect(await muster.showTask(task)).toMatchObject({
      state: 'SUCCEEDED',
      counts: { seen: 300, created: 0, updated: 0, unchanged: 300, deleted: 0 },
    });
    expect(await listed()).toEqual(before);
  });

  it('say what is gone, unless that is implausibly much', async () => {
    const some = await sync(servers(295));
    expect(some).toMatchObject({ state: 'SUCCEEDED', counts: { deleted: 5, unchanged: 295 } });
    const few = await sync(servers(20));
    expect(few).toMatchObject({
      state: 'PARTIAL',
      counts: { deleted: 0 },
      reasons: [{ code: 'prune_held' }],
    });
    const unit = few.accounts[0]?.units[0];
    expect(unit).toMatchObject({ state: 'PRUNE_HELD', held_deletes: 275 });
    expect(await muster.decidePrune(few, unit?.id ?? '', 'approve')).toMatchObject({ deleted: 275 });
    expect((await muster.showTask(few.task_id)).state).toBe('SUCCEEDED');
  });

  it('delete nothing before the scope is complete, nor of a scope that is not posted', async () => {
    const before = await listed();
    const task = await open();
    await taken(page(task, 1, servers(1)));
    expect(
      await refused(
        close(task, { outcome: 'complete', pages: 0 }, { region: 'ber' }).then(async (answer) => {
          await taken(Promise.resolve(answer)); // an empty scope of its own
          return complete(task);
        }),
      ),
    ).toContain('cloudservers of fra');
    await muster.steer(task, 'cancel');
    expect(await listed()).toEqual(before);
    expect(await muster.showTask(task)).toMatchObject({ state: 'CANCELLED' });
  });

  it('are taken no more when their source has gone, and the task says so', async () => {
    const before = await listed();
    const task = await open();
    await taken(page(task, 1, servers(3)));
    await taken(close(task, { outcome: 'complete', pages: 0 }, { region: 'ber' }));
    await muster.sql.query(
      `UPDATE sync_run SET pages_until = now() - interval '1 second' WHERE task_id = $1`,
      [task],
    );
    const ended = await muster.finishedTask(task);
    expect(ended).toMatchObject({ state: 'PARTIAL', counts: { deleted: 0 } });
    expect(ended.reasons.map(({ code, error_code: error }) => [code, error])).toEqual([
      ['cut_short', 'PUSH_TIMEOUT'],
      ['unit_failed', 'PUSH_TIMEOUT'],
    ]);
    expect(ended.reasons[0]?.message).toContain('The source has posted nothing for 15 min');
    expect(await refused(page(task, 2, servers(1)))).toContain('the task is over (PARTIAL)');
    expect(await refused(complete(task))).toContain('the task is over (PARTIAL)');
    expect(await listed()).toEqual(before);
    expect((await muster.listAccounts('lab'))[0]).toMatchObject({
      sync_status: 'failed',
      failure_msg: expect.stringContaining('posted nothing'),
    });

    const nothing = await open();
    expect(nothing).not.toBe(task);
    await muster.sql.query(
      `UPDATE sync_run SET pages_until = now() - interval '1 second' WHERE task_id = $1`,
      [nothing],
    );
    expect(await muster.finishedTask(nothing)).toMatchObject({
      state: 'FAILED',
      reasons: [{ code: 'cut_short', error_code: 'PUSH_TIMEOUT', retryable: false }],
    });
  });

  it('are refused whole when one of them is bad, with its place and field', async () => {
    const task = await open();
    const bad = async (resources: unknown, more: object = {}) => {
      const body = { type: 'cloudservers', page: 1, resources, ...more };
      const answer = await post(task, 'pages', body);
      expect([answer.status, answer.body.error_code]).toEqual([400, 'COC.00010002']);
      return answer.body.error_msg;
    };
    expect(await bad([server('a'), { name: 'x' }])).toContain('resources.1.id is missing: it must');
    expect(await bad([server('a'), server('b', { created_at: 'soon' })])).toBe(
      'resources.1.created_at gives a text, which is no time',
    );
    expect(await bad([{ ...server('a'), colour: 'red' }])).toContain(
      'resources.0.colour is not known here (known: resources.0.id',
    );
    expect(await bad([server('a', { addresses: [1 as unknown as string] })])).toContain(
      'value in addresses must be',
    );
    expect(
      await bad([server('a', { relations: [{ kind: 'likes' as 'runs_on', type: 'hosts', id: 'h' }] })]),
    ).toContain('resources.0.relations.0.kind must be one of');
    expect(await bad([server('x'.repeat(513))])).toContain('resources.0.id must be shorter');
    expect(await bad([{ id: 'a\0' }])).toContain('resources.0.id holds a character that cannot be stored');
    expect(await bad(servers(501))).toContain('resources must contain no more than 500');
    expect(await bad([server('a')], { type: 'things' })).toContain('type must be one of');
    expect(await bad([server('a')], { page: -1 })).toContain('page must not be less than 0');
    let deep: object = {};
    for (let level = 0; level < 50; level += 1) deep = { deep };
    expect(await bad([server('a', { properties: deep as Record<string, never> })])).toContain(
      'nested more than 40',
    );
    const huge = server('a', { properties: { text: 'x'.repeat(1_100_000) } });
    expect((await post(task, 'pages', { type: 'cloudservers', page: 1, resources: [huge] })).status).toBe(
      413,
    );
    expect((await close(task, { outcome: 'complete' })).body.error_msg).toContain('pages is missing');
    expect((await muster.showTask(task)).accounts[0]?.units).toEqual([]);
    expect(await refused(close(task, { outcome: 'complete', pages: 3 }))).toContain(
      '0 pages of this scope are there',
    );
    expect((await muster.showTask(task)).accounts[0]?.units).toEqual([]);
    await muster.steer(task, 'cancel');
  });

  it('may be planned: then they say what a sync of them would do', async () => {
    const before = await listed();
    const task = await muster.requestSync(SYNC, { plan: true });
    await taken(page(task, 1, [server('new'), ...servers(20)]));
    await taken(close(task, { outcome: 'complete', pages: 1 }));
    expect((await taken(complete(task))).state).toBe('SUCCEEDED');
    const { data } = await muster.client.get('/v1/multicloud-resources/sync/{task_id}/plan', {
      params: { path: { task_id: task }, query: { limit: 10 } },
    });
    expect(data).toMatchObject([{ type: 'cloudservers', created: 1, unchanged: 20, deleted: 0 }]);
    expect(await listed()).toEqual(before);
  });

  it('wait for the sync before them to end, when they are of a forced one', async () => {
    const first = await open();
    const second = await muster.requestSync(SYNC, { force: true });
    expect(second).not.toBe(first);
    expect(await refused(page(second, 1, servers(1)))).toContain('the task waits for another sync');
    expect(await refused(complete(second))).toContain('the task waits for another sync');
    await muster.steer(first, 'cancel');
    await taken(page(second, 1, servers(20)));
    expect((await muster.showTask(second)).state).toBe('RUNNING');
    await taken(close(second, { outcome: 'complete', pages: 1 }));
    expect((await taken(complete(second))).state).toBe('SUCCEEDED');
  });

  it('are nobody’s whose account is listed by workers, of another tenant, or that may not post', async () => {
    const task = await open();
    const strangers = await issueApiKey(muster, { tenant: 'other' });
    const readers = await issueApiKey(muster, {
      name: 'no pusher',
      policy: { Version: '5.0', Statement: [{ Effect: 'Allow', Action: ['coc:instance:syncResources'] }] },
    });
    const bodies = {
      pages: { type: 'cloudservers', page: 1, resources: servers(1) },
      'scopes/close': { type: 'cloudservers', outcome: 'complete', pages: 0 },
      complete: {},
    };
    for (const [verb, body] of Object.entries(bodies)) {
      expect(await post(task, verb, body, { apiKey: strangers })).toMatchObject({
        status: 404,
        body: { error_code: 'COC.00101201' },
      });
      expect((await post(task, verb, body, { apiKey: readers })).status).toBe(403);
      expect((await post('no-task', verb, body)).status).toBe(404);
    }
    expect((await muster.showTask(task)).accounts[0]?.units).toEqual([]);
    await muster.steer(task, 'cancel');

    await add('listed', { version: 1, format: 'json_lines', type: 'volumes', mapping: { id: 'id' } });
    const other = await muster.requestSync({ vendor: 'OTHER', account_id: 'listed' });
    for (const [verb, body] of Object.entries(bodies)) {
      expect(await refused(post(other, verb, body))).toContain('the task takes no pages');
    }
    await muster.finishedTask(other);
    // A source that posts by itself would not hear of a request for all.
    const all = await muster.finishedTask(await muster.requestSync({ vendor: 'OTHER' }));
    expect(all.accounts.map(({ account_id: id }) => id)).toEqual(['listed']);
  });

  it('need no queue, and hold no worker', async () => {
    const task = await open();
    await taken(page(task, 1, servers(10)));
    await muster.forgetQueue();
    const jobs = await muster.sql.query('SELECT enqueued_at, lease_until FROM sync_unit WHERE task_id = $1', [
      task,
    ]);
    expect(jobs.rows).toEqual([{ enqueued_at: null, lease_until: null }]);
    await taken(page(task, 2, servers(20).slice(10)));
    await taken(close(task, { outcome: 'complete', pages: 2 }));
    expect((await taken(complete(task))).state).toBe('SUCCEEDED');
    expect(
      muster.logs.filter((line) => line.includes('what the queue forgot') && line.includes(task)),
    ).toEqual([]);
  });

  it('end with their account, and with its being listed by workers', async () => {
    const moved = await add('moved');
    const task = await muster.requestSync({ vendor: 'OTHER', account_id: 'moved' });
    await taken(page(task, 1, servers(2)));
    await muster.changeAccount(moved, {
      settings: { connector: { version: 1, format: 'json_lines', type: 'volumes', mapping: { id: 'id' } } },
    });
    expect(await refused(page(task, 2, servers(2)))).toContain('the task takes no pages');
    await muster.changeAccount(moved, { settings: { connector: CONNECTOR } });
    await taken(page(task, 2, servers(2)));
    await muster.removeAccount(moved);
    expect(await refused(page(task, 3, servers(2)))).toContain('takes no pages');
    expect((await muster.showTask(task)).state).toBe('CANCELLED');
    await eventually('what was posted is gone', async () => {
      const left = await muster.sql.query(
        'SELECT 1 FROM resource WHERE account_id = $1 AND deleted_at IS NULL',
        [moved],
      );
      return left.rowCount === 0;
    });
  });
});
