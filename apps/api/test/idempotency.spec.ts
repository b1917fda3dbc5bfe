import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';

import { SyncError } from '#domain';

import { eventually } from '../../../test/support/eventually.js';
import { MusterProcess } from '../../../test/support/muster-process.js';
import { queueBackends } from '../../../test/support/redis.js';
import { failing, pagesOf, scriptedAccount, ScriptedVendor } from '../../../test/support/scripted-vendor.js';
import { type Answer, TestMuster } from '../../../test/support/test-muster.js';
import { expectError } from './support/expect-error.js';
import { issueApiKey } from './support/issue-credential.js';

const ACCOUNTS = '/v1/vendor-account';
const SYNC_PATH = '/v1/multicloud-resources/sync';
const SYNC = { vendor: 'VMWARE', account_id: 'a' } as const;
const REUSED = { status: 422, code: 'COC.00010422', message: 'Idempotency-Key' };
const IN_USE = { status: 409, code: 'COC.00010409', message: 'Idempotency-Key' };

describe.each(queueBackends())('a POST with an Idempotency-Key, the queue on %s', (backend) => {
  let muster: TestMuster;
  let vendor: ScriptedVendor;

  beforeEach(async () => {
    vendor = new ScriptedVendor();
    vendor.scripts['things'] = pagesOf([['x']]);
    muster = await TestMuster.start({ backend, adapters: vendor.adapters });
    await muster.addAccount(scriptedAccount('a'));
  });

  afterEach(() => muster.close());

  const post = (key: string, path = SYNC_PATH, body: unknown = SYNC, apiKey = muster.apiKey) =>
    muster.call('POST', path, { body, apiKey, headers: { 'Idempotency-Key': key } });
  const isReplay = ({ headers }: Answer) => headers.get('idempotency-replayed') === 'true';
  const tasks = async () => (await muster.sql.query<{ id: string }>('SELECT id FROM sync_task')).rows;
  /** The answer, waiting as a client would while the first request is being worked on. */
  const patiently = async (key: string): Promise<Answer> => {
    for (;;) {
      const answer = await post(key);
      if (answer.status !== 409) return answer;
      expectError(answer, IN_USE);
      await delay(Number(answer.headers.get('retry-after')) * 1_000);
    }
  };

  it('starts one task, however many send it at once', async () => {
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 100 }, () => patiently(key)));
    const [task] = await tasks();
    expect(await tasks()).toHaveLength(1);
    for (const { status, body } of answers) expect([status, body]).toEqual([200, { data: task?.id }]);
    expect(answers.filter((answer) => !isReplay(answer))).toHaveLength(1);
  });

  it('starts one task also of a hundred requests without key, and of as many keys', async () => {
    let open: () => void = () => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    vendor.scripts['things'] = pagesOf([['x']], () => opened);
    const plain = await Promise.all(Array.from({ length: 100 }, () => muster.requestSync(SYNC)));
    const keyed = await Promise.all(Array.from({ length: 20 }, () => post(randomUUID())));
    const [task] = await tasks();
    expect(new Set([...plain, ...keyed.map(({ body }) => body['data'])])).toEqual(new Set([task?.id]));
    expect(keyed.filter(isReplay)).toEqual([]);
    open();
    await muster.finishedTask(task?.id ?? '');
  });

  it('still gets the task when that is over, and a new one without the key', async () => {
    const key = randomUUID();
    const taskId = (await post(key)).body['data'] as string;
    await muster.finishedTask(taskId);

    const again = await post(key);

    expect([again.status, again.body, isReplay(again)]).toEqual([200, { data: taskId }, true]);
    expect(await muster.requestSync(SYNC)).not.toBe(taskId);
    expect(await tasks()).toHaveLength(2);
  });

  it('is forgotten after a day', async () => {
    const key = randomUUID();
    const { body } = await post(key);
    await muster.finishedTask(body['data'] as string);
    await muster.sql.query(`UPDATE idempotency_key SET created_at = now() - interval '25 hours'`);
    await eventually('the reconciler has removed it', async () => {
      return (await muster.sql.query('SELECT 1 FROM idempotency_key')).rowCount === 0;
    });
    expect((await post(key)).body['data']).not.toBe(body['data']);
  });

  it('belongs to who sent it: others have the same one for themselves', async () => {
    const key = randomUUID();
    const colleague = await issueApiKey(muster);
    const stranger = await issueApiKey(muster, { tenant: 'other' });
    await muster.call('POST', ACCOUNTS, { body: scriptedAccount('a'), apiKey: stranger });
    const mine = await post(key);
    await muster.finishedTask(mine.body['data'] as string);
    const seen = new Set([mine.body['data']]);
    for (const apiKey of [colleague, stranger]) {
      const theirs = await post(key, SYNC_PATH, SYNC, apiKey);
      expect([theirs.status, isReplay(theirs)]).toEqual([200, false]);
      seen.add(theirs.body['data']);
      expect((await post(key, SYNC_PATH, SYNC, apiKey)).body).toEqual(theirs.body);
    }
    expect(seen.size).toBe(3);
    expect((await post(key)).body).toEqual(mine.body);
  });

  it('is refused for another path, query or body', async () => {
    const key = randomUUID();
    const { body } = await post(key);
    const taskId = body['data'] as string;
    for (const [path, other] of [
      [SYNC_PATH, { ...SYNC, account_id: '' }],
      [SYNC_PATH, { account_id: 'a', vendor: 'VMWARE' }],
      [`${SYNC_PATH}?force=true`, SYNC],
      [`${SYNC_PATH}/${taskId}/cancel`, undefined],
      [ACCOUNTS, scriptedAccount('b')],
    ] as const) {
      expectError(await post(key, path, other), REUSED);
    }
    expect((await post(key)).body).toEqual(body);
    await muster.finishedTask(taskId);
    expect(await tasks()).toHaveLength(1);
  });

  it.each([
    ['empty', ''],
    ['too long', 'x'.repeat(256)],
    ['not ASCII', 'schl\u00fcssel'],
    ['not printable', 'a\tb'],
  ])('is refused when it is %s', async (_what, key) => {
    expectError(await post(key), {
      status: 400,
      code: 'COC.00010002',
      message: 'Idempotency-Key must be 1 to 255 printable ASCII characters',
    });
    expect(await tasks()).toEqual([]);
  });

  it('may be anything printable up to 255 characters, and means nothing to a GET', async () => {
    const key = '~!"x '.repeat(51);
    expect((await post(key)).status).toBe(200);
    expect(isReplay(await post(key))).toBe(true);
    for (const headers of [{ 'Idempotency-Key': '' }, { 'Idempotency-Key': key }]) {
      const listed = await muster.call('GET', `${ACCOUNTS}?limit=5`, { headers });
      expect([listed.status, isReplay(listed)]).toEqual([200, false]);
    }
  });

  it('may be sent again, also changed, after a request that failed', async () => {
    const key = randomUUID();
    const nobody = await post(key, SYNC_PATH, { ...SYNC, account_id: 'b' });
    expectError(nobody, { status: 400, code: 'COC.00101102', message: 'account_id b' });
    expectError(await post(key, SYNC_PATH, { vendor: 'NONE' }), {
      status: 400,
      code: 'COC.00010002',
      message: 'vendor',
    });
    expect((await post(key)).status).toBe(200);
  });

  it('has the effect of every other POST once, too', async () => {
    const twice = async (path: string, body?: unknown) => {
      const key = randomUUID();
      const first = await post(key, path, body);
      await eventually('nothing runs', async () => {
        const open = await muster.sql.query(`SELECT 1 FROM sync_task WHERE state IN ('QUEUED', 'RUNNING')`);
        return open.rowCount === 0;
      });
      const second = await post(key, path, body);
      expect([first, second].map(({ status, body: { data } }) => [status, data])).toEqual([
        [200, expect.anything()],
        [200, first.body['data']],
      ]);
      expect([first, second].map(isReplay)).toEqual([false, true]);
      return first.body['data'];
    };
    // Repeated without a key, each of these would be refused, or done again.
    await twice(ACCOUNTS, scriptedAccount('b'));
    vendor.scripts['things'] = failing(new SyncError('permission', 'No.'));
    const { task_id: failed } = await muster.sync(SYNC);
    await twice(`${SYNC_PATH}/${failed}/retry`);
    expect((await muster.showTask(failed)).accounts[0]?.units).toMatchObject([{ attempts_total: 2 }]);

    vendor.scripts['things'] = pagesOf([['x']], (_page, { signal }) =>
      eventually('it is cancelled', () => signal.aborted).then(() => signal.throwIfAborted()),
    );
    await twice(`${SYNC_PATH}/${await muster.requestSync(SYNC)}/cancel`);

    vendor.scripts['things'] = pagesOf([['x']]);
    await muster.sync(SYNC);
    vendor.scripts['things'] = pagesOf([]);
    const held = await muster.sync(SYNC);
    const decide = `${SYNC_PATH}/${held.task_id}/units/${held.accounts[0]?.units[0]?.id ?? ''}/prune`;
    expect(await twice(decide, { decision: 'approve' })).toMatchObject({ decision: 'approve', deleted: 1 });
  });
});

describe('an Idempotency-Key, when a process dies', () => {
  let muster: TestMuster;
  let api: MusterProcess;
  /** Of the test, to hold what the request then waits for. */
  let blocker: pg.Client;

  beforeEach(async () => {
    muster = await TestMuster.start({ workers: false });
    await muster.addAccount(scriptedAccount('a'));
    api = await MusterProcess.start('api', { ...muster.settings.environment, PORT: '0' });
    blocker = new pg.Client({ connectionString: muster.settings.configuration.database.url });
    await blocker.connect();
  });

  afterEach(async () => {
    await api.kill('SIGKILL');
    await blocker.end();
    await muster.close();
  });

  const KEY = randomUUID();
  const send = (url: string) =>
    fetch(url + SYNC_PATH, {
      method: 'POST',
      body: JSON.stringify(SYNC),
      headers: {
        Authorization: `Bearer ${muster.apiKey}`,
        'Content-Type': 'application/json',
        'Idempotency-Key': KEY,
      },
    });
  const again = () => muster.call('POST', SYNC_PATH, { body: SYNC, headers: { 'Idempotency-Key': KEY } });
  const tasks = async () => (await muster.sql.query<{ id: string }>('SELECT id FROM sync_task')).rows;
  const isWaiting = async (application: string) => {
    const { rowCount } = await muster.sql.query(
      `SELECT 1 FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock'
         AND datname = current_database()`,
      [application],
    );
    return rowCount !== 0;
  };
  /** Kills the process while its request waits for the blocker; its sessions end with it. */
  const killWaiting = async () => {
    const request = send(api.url).catch(() => undefined);
    await eventually('the request waits', () => isWaiting('muster-api'));
    await api.kill('SIGKILL');
    await request;
    await muster.sql.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = 'muster-api' AND datname = current_database()`,
    );
  };

  it('finds the task whose answer was never stored', async () => {
    await blocker.query(`CREATE FUNCTION wait_for_test() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NEW; END'`);
    await blocker.query(`CREATE TRIGGER wait_for_test BEFORE UPDATE OF status ON idempotency_key
      FOR EACH ROW EXECUTE FUNCTION wait_for_test()`);
    await blocker.query('SELECT pg_advisory_lock(1)');
    await killWaiting();
    await blocker.query('DROP FUNCTION wait_for_test CASCADE');
    const [task] = await tasks();
    // Whatever becomes of the task meanwhile.
    expect((await muster.call('POST', `${SYNC_PATH}/${task?.id ?? ''}/cancel`)).status).toBe(200);

    const repeated = await again();

    expect([repeated.status, repeated.body]).toEqual([200, { data: task?.id }]);
    expect(repeated.headers.get('idempotency-replayed')).toBe('true');
    expect(await tasks()).toHaveLength(1);
  });

  it('is blocked for no more than a minute when nothing had come of the request', async () => {
    await blocker.query('BEGIN; SELECT 1 FROM vendor_account FOR UPDATE');
    await killWaiting();
    await blocker.query('ROLLBACK');

    const busy = await again();
    expectError(busy, IN_USE);
    expect(busy.headers.get('retry-after')).toBe('1');
    expect(await tasks()).toEqual([]);
    const { rowCount } = await muster.sql.query(
      `UPDATE idempotency_key SET claimed_until = now() - interval '1 second'
       WHERE claimed_until BETWEEN now() AND now() + interval '1 minute'`, // which the test need not wait
    );
    expect(rowCount).toBe(1);

    expect((await again()).status).toBe(200);
    expect(await tasks()).toHaveLength(1);
  });

  it('goes to a repeat when the first takes longer than that; the first then has no effect', async () => {
    await blocker.query('BEGIN; SELECT 1 FROM vendor_account FOR UPDATE');
    const first = send(api.url);
    await eventually('the first waits', () => isWaiting('muster-api'));
    await muster.sql.query(`UPDATE idempotency_key SET claimed_until = now() - interval '1 second'`);
    const second = again();
    await eventually('the second waits', () => isWaiting('muster-test'));

    await blocker.query('ROLLBACK');

    expect((await first).status).toBe(409);
    const { status, body } = await second;
    expect(status).toBe(200);
    expect(await tasks()).toEqual([{ id: body['data'] }]);
    expect((await again()).body).toEqual(body);
  });
});
