import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { READ_ONLY, SyncError } from '#domain';

import { eventually } from '../../../test/support/eventually.js';
import {
  failing,
  items,
  pagesOf,
  scriptedAccount,
  ScriptedVendor,
} from '../../../test/support/scripted-vendor.js';
import { type Answer, type CallOptions, TestMuster } from '../../../test/support/test-muster.js';
import { type ExpectedError, expectError } from './support/expect-error.js';
import { administrationOf, issueAccessKey, issueApiKey, tenantId } from './support/issue-credential.js';
import { send, sign } from './support/signed-request.js';
import { vmwareAccount } from './support/vmware-account.js';

const ACCOUNTS = '/v1/vendor-account';
const SYNC = '/v1/multicloud-resources/sync';
const LOG = '/v1/audit-log';
const UUID = expect.stringMatching(/^[0-9a-f-]{36}$/);

interface Entry {
  id: string;
  at: string;
  source: string;
  actor: string;
  credential_id: string | null;
  action: string;
  outcome: string;
  status: number | null;
  error_code: string | null;
  targets: string[];
  result_id: string | null;
  method: string | null;
  path: string | null;
  client_address: string | null;
  user_agent: string | null;
  request_id: string | null;
}

let muster: TestMuster;

beforeAll(async () => {
  muster = await TestMuster.start({ workers: false, trustedProxies: ['127.0.0.1'] });
});
afterAll(() => muster.close());

const list = async (query = '', options: CallOptions = {}): Promise<Entry[]> => {
  const path = `${LOG}?limit=500${query}`;
  const { status, body } = await muster.call<{ data: Entry[] }>('GET', path, options);
  expect(status).toBe(200);
  return body.data;
};

/** The entry of a request, once what came of it has been written, behind the answer. */
const entryOf = async ({ headers }: { headers: Headers }, options: CallOptions = {}): Promise<Entry> =>
  eventually('the outcome is in the audit log', async () =>
    (await list('', options)).find(
      ({ request_id, outcome }) => request_id === headers.get('x-request-id') && outcome !== 'UNKNOWN',
    ),
  );

let added = 0;
const addAccount = async () => {
  added += 1;
  return muster.addAccount(vmwareAccount(`audited-${String(added)}`));
};

describe('a write', () => {
  it('is in the log: who, what, about what, what came of it, when, and from where', async () => {
    const began = Date.now();
    const headers = { 'User-Agent': 'terraform/1.9', 'X-Forwarded-For': '203.0.113.9' };
    const answer = await muster.call('POST', ACCOUNTS, { body: vmwareAccount('who'), headers });
    const entry = await entryOf(answer);
    expect(entry).toEqual({
      id: UUID,
      at: expect.any(String),
      source: 'api',
      actor: 'first',
      credential_id: UUID,
      action: 'coc:vendorAccount:create',
      outcome: 'SUCCEEDED',
      status: 200,
      error_code: null,
      targets: [],
      result_id: answer.body['data'],
      method: 'POST',
      path: ACCOUNTS,
      client_address: '203.0.113.9',
      user_agent: 'terraform/1.9',
      request_id: answer.headers.get('x-request-id'),
    });
    expect(Date.parse(entry.at)).toBeGreaterThanOrEqual(began);
    expect(Date.parse(entry.at)).toBeLessThanOrEqual(Date.now());
  });

  it('names what it is about', async () => {
    const id = await addAccount();
    const answer = await muster.call('PUT', `${ACCOUNTS}/${id}?x=1`, { body: { account_name: 'new' } });
    expect(await entryOf(answer)).toMatchObject({
      action: 'coc:vendorAccount:update',
      targets: [id],
      path: `${ACCOUNTS}/${id}`,
    });
    const removal = await muster.call('DELETE', `${ACCOUNTS}/${id}`);
    expect(await entryOf(removal)).toMatchObject({ action: 'coc:vendorAccount:delete', targets: [id] });
  });

  it('that wrote nothing is in it all the same', async () => {
    await addAccount();
    const first = await muster.call('POST', SYNC, { body: { vendor: 'VMWARE' } });
    const again = await muster.call('POST', SYNC, { body: { vendor: 'VMWARE' } });
    expect(again.body).toEqual(first.body);
    for (const answer of [first, again]) {
      expect(await entryOf(answer)).toMatchObject({
        action: 'coc:instance:syncResources',
        outcome: 'SUCCEEDED',
        result_id: first.body['data'],
      });
    }
    await muster.call('POST', `${SYNC}/${String(first.body['data'])}/cancel`);
  });

  it('that went wrong is in it, with its error, and nothing of what was sent', async () => {
    const secret = `hunter2-${randomUUID()}`;
    const answer = await muster.call('POST', `${ACCOUNTS}?sk=${secret}`, {
      body: { ...vmwareAccount('x'), sk: secret, nope: secret },
    });
    const entry = await entryOf(answer);
    expect(entry).toMatchObject({
      outcome: 'FAILED',
      status: 400,
      error_code: 'COC.00010002',
      result_id: null,
    });
    expect(JSON.stringify(entry)).not.toContain('hunter2');
  });

  it('of any length and any characters is kept, cut and mended', async () => {
    const long = 'x'.repeat(4_000);
    const headers = { 'User-Agent': long };
    const answer = await muster.call('DELETE', `${ACCOUNTS}/${'y'.repeat(90)}%00%F0%9F%98%80`, { headers });
    const { user_agent, targets, outcome } = await entryOf(answer);
    expect([user_agent, targets, outcome]).toEqual([
      'x'.repeat(256),
      [`${'y'.repeat(90)}\uFFFD\u{1F600}`],
      'FAILED',
    ]);
  });

  it('is not in it when it is a read', async () => {
    const answers = [
      await muster.call('GET', `${ACCOUNTS}?limit=1`),
      await muster.call('GET', '/nope'),
      await muster.call('POST', '/nope', { body: {} }),
      await muster.call('POST', ACCOUNTS, { body: {}, apiKey: 'wrong' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 404, 401]);
    await entryOf(await muster.call('DELETE', `${ACCOUNTS}/none`)); // written after what was asked before
    const logged = new Set((await list()).map(({ request_id }) => request_id));
    expect(answers.map(({ headers }) => logged.has(headers.get('x-request-id') ?? ''))).toEqual(
      answers.map(() => false),
    );
  });
});

describe('who is refused', () => {
  it('for want of a right is in the log', async () => {
    const apiKey = await issueApiKey(muster, { name: 'reader', policy: READ_ONLY });
    const answer = await muster.call('POST', ACCOUNTS, { apiKey, body: vmwareAccount('refused') });
    expect(answer.status).toBe(403);
    expect(await entryOf(answer)).toMatchObject({
      actor: 'reader',
      action: 'coc:vendorAccount:create',
      outcome: 'REFUSED',
      status: 403,
      error_code: 'COC.00010403',
    });
  });

  it('since the credential is over, or the signature another, is in it', async () => {
    const apiKey = await issueApiKey(muster, { name: 'revoked' });
    await administrationOf(muster).revoke({ tenantId: await tenantId(muster), name: 'revoked' });
    const answer = await muster.call('POST', ACCOUNTS, { apiKey, body: vmwareAccount('refused') });
    expect(answer.status).toBe(401);
    expect(await entryOf(answer)).toMatchObject({ actor: 'revoked', outcome: 'REFUSED', status: 401 });

    const pair = await issueAccessKey(muster, { name: 'signer' });
    const write = sign(muster.api.url, pair, { method: 'POST', path: SYNC, body: { vendor: 'VMWARE' } });
    const forged = await send(muster.api.url, { ...write, body: '{"vendor":"AWS"}' });
    expect(forged.status).toBe(401);
    expect(await entryOf(forged)).toMatchObject({
      actor: 'signer',
      action: 'coc:instance:syncResources',
      outcome: 'REFUSED',
      error_code: 'APIGW.0301',
    });
  });

  it('for sending too many requests is not in it, which they would fill', async () => {
    const limited = await TestMuster.start({ workers: false, rateLimits: { caller: 2 } });
    const statuses: number[] = [];
    while (!statuses.includes(429)) {
      statuses.push((await limited.call('DELETE', `${ACCOUNTS}/none`)).status);
    }
    await limited.stopApp();
    const { rows } = await limited.sql.query('SELECT status FROM audit_outcome');
    expect(rows).toEqual(statuses.slice(0, -1).map((status) => ({ status })));
    expect((await limited.sql.query('SELECT FROM audit_entry')).rowCount).toBe(rows.length);
    await limited.close();
  });

  it('and who signs in, with whatever password, is in it', async () => {
    const password = await issueApiKey(muster, { name: 'portal' });
    const signIn = (secret: string) => {
      const user = { name: 'portal', password: secret, domain: { name: 'default' } };
      const body = { auth: { identity: { methods: ['password'], password: { user } } } };
      return muster.call('POST', '/v3/auth/tokens', { apiKey: '', body });
    };
    const right = await signIn(password);
    expect(await entryOf(right)).toMatchObject({
      actor: 'portal',
      action: 'iam:tokens:create',
      outcome: 'SUCCEEDED',
      status: 201,
      result_id: null,
    });
    // Of a wrong password nobody knows whose it was.
    expect((await signIn('wrong')).status).toBe(401);
    await administrationOf(muster).revoke({ tenantId: await tenantId(muster), name: 'portal' });
    const refused = await signIn(password);
    expect(await entryOf(refused)).toMatchObject({ actor: 'portal', outcome: 'REFUSED', status: 401 });
  });
});

describe('an entry', () => {
  /** The transactions that wrote an entry, and a row of what the request was to change. */
  const transactions = async (requestId: string | null, table: string, where: string) => {
    const { rows } = await muster.sql.query<{ entry: string; row: string }>(
      `SELECT (SELECT xmin::text FROM audit_entry WHERE request_id = $1) AS entry,
         (SELECT xmin::text FROM ${table} WHERE ${where}) AS row`,
      [requestId],
    );
    return rows[0]!;
  };

  it('is committed by the transaction of the write itself', async () => {
    const id = await addAccount();
    const account = `id = '${id}'`;
    const task = async () => {
      const { rows } = await muster.sql.query<{ id: string }>(
        'SELECT id FROM sync_task ORDER BY id DESC LIMIT 1',
      );
      return `id = '${rows[0]?.id ?? ''}'`;
    };
    const accountId = `audited-${String(added)}`;
    const password = await issueApiKey(muster, { name: 'token user' });
    const user = { name: 'token user', password, domain: { name: 'default' } };
    const tokenRequest = { auth: { identity: { methods: ['password'], password: { user } } } };
    const newest = `created_at = (SELECT max(created_at) FROM session_token)`;
    const writes: [
      call: () => ReturnType<TestMuster['call']>,
      table: string,
      where: () => Promise<string>,
    ][] = [
      [
        () => muster.call('PUT', `${ACCOUNTS}/${id}`, { body: { account_name: 'other' } }),
        'vendor_account',
        async () => account,
      ],
      [
        () => muster.call('POST', SYNC, { body: { vendor: 'VMWARE', account_id: accountId } }),
        'sync_task',
        task,
      ],
      [async () => muster.call('POST', `${SYNC}/${(await task()).slice(6, -1)}/cancel`), 'sync_task', task],
      [() => muster.call('DELETE', `${ACCOUNTS}/${id}`), 'vendor_account', async () => account],
      [
        () => muster.call('POST', ACCOUNTS, { body: vmwareAccount('another') }),
        'vendor_account',
        async () => `account_id = 'another'`,
      ],
      [
        () => muster.call('POST', '/v3/auth/tokens', { apiKey: '', body: tokenRequest }),
        'session_token',
        async () => newest,
      ],
    ];
    for (const [call, table, where] of writes) {
      const answer = await call();
      expect(answer.status).toBeLessThan(300);
      const { entry, row } = await transactions(answer.headers.get('x-request-id'), table, await where());
      expect([table, entry]).toEqual([table, row]);
    }
  });

  it('is committed by what is decided about a finished sync', async () => {
    const vendor = new ScriptedVendor();
    const syncing = await TestMuster.start({ adapters: vendor.adapters });
    /** Whether the request's entry is of the transaction that wrote such a row. */
    const isOfOne = async ({ headers, status }: Answer, rows: string) => {
      expect(status).toBeLessThan(300);
      const found = await syncing.sql.query(
        `SELECT FROM audit_entry AS entry JOIN ${rows} AND written.xmin = entry.xmin WHERE request_id = $1`,
        [headers.get('x-request-id')],
      );
      return found.rowCount !== 0;
    };
    try {
      await syncing.addAccount(scriptedAccount('a'));
      vendor.scripts['things'] = pagesOf([items('t', 40)]);
      vendor.scripts['others'] = failing(new SyncError('permission', 'No.'));
      const { task_id: failed } = await syncing.sync({ vendor: 'VMWARE' });
      const retried = await syncing.call('POST', `${SYNC}/${failed}/retry`);
      const transitions = `sync_transition AS written ON written.task_id = '${failed}'`;
      expect(await isOfOne(retried, transitions)).toBe(true);
      await syncing.finishedTask(failed);

      vendor.scripts['things'] = pagesOf([items('t', 5)]);
      const { task_id: held, accounts } = await syncing.sync({ vendor: 'VMWARE' });
      const unit = accounts[0]?.units.find(({ type }) => type === 'things')?.id ?? '';
      const prune = `${SYNC}/${held}/units/${unit}/prune`;
      const approved = await syncing.call('POST', prune, { body: { decision: 'approve' } });
      expect(await isOfOne(approved, `resource_change AS written ON kind = 'DELETED'`)).toBe(true);
      const undone = await syncing.call('POST', `${prune}/undo`);
      expect(await isOfOne(undone, `resource_change AS written ON kind = 'RESTORED'`)).toBe(true);
    } finally {
      await syncing.close();
    }
  });

  it('is there though its process died before the answer, with an unknown outcome', async () => {
    await muster.sql.query('ALTER TABLE audit_outcome RENAME TO audit_outcome_gone');
    const answer = await muster.call('POST', ACCOUNTS, { body: vmwareAccount('died') });
    const { rows } = await muster.sql.query('SELECT action FROM audit_entry WHERE request_id = $1', [
      answer.headers.get('x-request-id'),
    ]);
    expect(rows).toEqual([{ action: 'coc:vendorAccount:create' }]);
    await muster.sql.query('ALTER TABLE audit_outcome_gone RENAME TO audit_outcome');
    // It is tried again, so that a Postgres that was away costs no outcome either.
    expect(await entryOf(answer)).toMatchObject({ outcome: 'SUCCEEDED', result_id: answer.body['data'] });

    const unanswered = randomUUID();
    await muster.sql.query(
      `INSERT INTO audit_entry (id, tenant_id, at, source, actor, action, targets)
       VALUES ($1, $2, now(), 'api', 'first', 'coc:prune:undo', '{}')`,
      [unanswered, await tenantId(muster)],
    );
    const found = (await list()).find(({ id }) => id === unanswered);
    expect(found).toMatchObject({ outcome: 'UNKNOWN', status: null });
  });

  it('that cannot be written keeps the write from being made', async () => {
    await muster.sql.query(
      `ALTER TABLE audit_entry ADD CONSTRAINT full_disk CHECK (action <> 'coc:vendorAccount:create') NOT VALID`,
    );
    const answer = await muster.call('POST', ACCOUNTS, { body: vmwareAccount('unaudited') });
    await muster.sql.query('ALTER TABLE audit_entry DROP CONSTRAINT full_disk');
    expect(answer.status).toBe(500);
    const { rowCount } = await muster.sql.query(`SELECT FROM vendor_account WHERE account_id = 'unaudited'`);
    expect(rowCount).toBe(0);
    expect(await entryOf(answer)).toMatchObject({
      outcome: 'FAILED',
      status: 500,
      error_code: 'COC.00010500',
    });
  });

  it('is neither changed nor removed, not by the owner of the tables either', async () => {
    for (const statement of [
      `UPDATE audit_entry SET actor = 'somebody else'`,
      'DELETE FROM audit_entry',
      'TRUNCATE audit_entry CASCADE',
      `UPDATE audit_outcome SET outcome = 'FAILED'`,
      'DELETE FROM audit_outcome',
      'TRUNCATE audit_outcome',
    ]) {
      await expect(muster.sql.query(statement)).rejects.toThrow('The audit log is only added to');
    }
  });

  it('of a request that is still answered when Muster is stopped, is whole', async () => {
    const stopped = await TestMuster.start({ workers: false });
    const answer = await stopped.call('POST', ACCOUNTS, { body: vmwareAccount('last') });
    await stopped.stopApp();
    const { rows } = await stopped.sql.query(
      `SELECT o.status FROM audit_entry e JOIN audit_outcome o ON o.entry_id = e.id WHERE e.request_id = $1`,
      [answer.headers.get('x-request-id')],
    );
    expect(rows).toEqual([{ status: 200 }]);
    await stopped.close();
  });
});

describe('the list', () => {
  let other: string;
  let entries: Entry[];

  beforeAll(async () => {
    other = await issueApiKey(muster, { tenant: 'another', name: 'theirs' });
    for (let made = 0; made < 5; made += 1) {
      await entryOf(await muster.call('DELETE', `${ACCOUNTS}/theirs-${String(made)}`, { apiKey: other }), {
        apiKey: other,
      });
    }
  });
  beforeEach(async () => {
    entries = await list('', { apiKey: other });
  });

  it('shows a tenant its own entries only, newest first', async () => {
    expect(entries.map(({ targets }) => targets)).toEqual(
      [4, 3, 2, 1, 0].map((made) => [`theirs-${String(made)}`]),
    );
    expect((await list()).filter(({ actor }) => actor === 'theirs')).toEqual([]);
  });

  it('comes in pages', async () => {
    const paged: Entry[] = [];
    for (;;) {
      const marker = paged.at(-1)?.id;
      const path = `${LOG}?limit=2${marker === undefined ? '' : `&marker=${marker}`}`;
      const { body } = await muster.call<{ data: Entry[] }>('GET', path, { apiKey: other });
      expect(body.data.length).toBeLessThanOrEqual(2);
      if (body.data.length === 0) break;
      paged.push(...body.data);
    }
    expect(paged).toEqual(entries);
  });

  it('is filtered by action, credential and time', async () => {
    const get = (query: string) => list(`&${query}`, { apiKey: other });
    expect(await get('action=coc:vendorAccount:delete')).toEqual(entries);
    expect(await get('action=coc:vendorAccount:create')).toEqual([]);
    expect(await get(`credential_id=${entries[0]!.credential_id ?? ''}`)).toEqual(entries);
    expect(await get(`credential_id=${randomUUID()}`)).toEqual([]);
    const middle = entries[2]!;
    const later = entries.filter(({ at }) => at >= middle.at);
    expect(await get(`since=${middle.at}`)).toEqual(later);
    expect(await get(`until=${middle.at}`)).toEqual(entries.filter((entry) => !later.includes(entry)));
    expect(await get(`since=${middle.at}&until=${middle.at}`)).toEqual([]);
    expect(await get('until=1970-01-01T00:00:00Z')).toEqual([]);
    expect(await get('action=&credential_id=&since=&until=&marker=')).toEqual(entries);
  });

  it.each([
    ['', 'limit is missing'],
    ['limit=501', 'limit must be'],
    ['limit=1&marker=5', 'marker must be the id of the last item'],
    ['limit=1&action=%00', 'action holds a character'],
    [`limit=1&action=${'x'.repeat(129)}`, 'action must be'],
    ['limit=1&credential_id=first', 'credential_id must be the credential_id of an entry'],
    ['limit=1&since=yesterday', 'since must be a time in RFC 3339'],
    ['limit=1&until=2026-02-30T00:00:00Z', 'until must be a time in RFC 3339'],
    ...[
      '2020',
      '2020-W01',
      '2020-W01-1',
      '2020-366',
      '20200101',
      '2020-01-01T00',
      '2020-01-01T00:00:00,5Z',
    ].map((time): [string, string] => [`limit=1&since=${time}`, 'since must be a time in RFC 3339']),
    ['limit=1&offset=1', 'offset is not known here'],
  ])('refuses ?%.40s', async (query, message) => {
    const expected: ExpectedError = { status: 400, code: 'COC.00010002', message };
    expectError(await muster.call('GET', `${LOG}?${query}`), expected);
  });
});
