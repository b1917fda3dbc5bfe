import { randomBytes, randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';

import { SyncError } from '#domain';
import { startVsphereSimulator, type VsphereSimulator } from '#simulators';

import { eventually } from '../../../test/support/eventually.js';
import { queueBackends } from '../../../test/support/redis.js';
import { Scrape } from '../../../test/support/scrape.js';
import {
  pagesOf,
  scriptedAccount,
  type ScriptedConnection,
  ScriptedVendor,
} from '../../../test/support/scripted-vendor.js';
import { type Answer, TestMuster } from '../../../test/support/test-muster.js';
import { vcenterAccount } from '../../../test/support/vcenter-account.js';
import { administrationOf, issueAccessKey, issueApiKey, tenantId } from './support/issue-credential.js';
import { send, sign } from './support/signed-request.js';

/** Found by a grep for any part of it, however it is encoded: no character that JSON or a URL would escape. */
const PASSWORD = `Pa55-${randomBytes(12).toString('hex')}`;
const WRONG_PASSWORD = `Wr0ng-${randomBytes(12).toString('hex')}`;
const SYNC = '/v1/multicloud-resources/sync';
const USERNAME = 'sync-user@vsphere.local';
const REDIS_SCAN_COUNT = 1_000;
/** Longer than any check takes. */
const CHECK_MS = 120_000;
/**
 * Tables that are empty when all syncs are over: what pages saw is forgotten then, and no tombstone is old
 * enough yet to leave its name, type and native id behind.
 */
const EMPTY_TABLES = ['former_resource', 'sync_unit_page'];

/** A text as it looks in the base64 of a longer one, wherever it stands there: without what its ends share. */
function base64Of(text: string): string[] {
  return [0, 1, 2].map((shift) => {
    const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(text)]);
    const whole = bytes.subarray(0, bytes.length - (bytes.length % 3)).toString('base64');
    return shift === 0 ? whole : whole.slice(4);
  });
}

describe.each(queueBackends())('with its queue on %s, Muster', (backend) => {
  let muster: TestMuster;
  let vcenter: VsphereSimulator;
  const answers: Answer[] = [];
  /** What must be nowhere, by name. */
  let secrets: Record<string, string>;

  beforeAll(async () => {
    muster = await TestMuster.start({
      backend,
      accountCheckMs: CHECK_MS,
      metrics: { host: '127.0.0.1', port: 0, accounts: 10 },
    });
    vcenter = await startVsphereSimulator({
      preset: 'plain',
      tls: true,
      username: USERNAME,
      password: PASSWORD,
    });
    const masterKey = muster.settings.configuration.keyring.find(1)!.export();
    secrets = {
      password: PASSWORD,
      'wrong password': WRONG_PASSWORD,
      'API key': muster.apiKey,
      'master key, base64': masterKey.toString('base64'),
      'master key, base64url': masterKey.toString('base64url'),
      'master key, hex': masterKey.toString('hex'),
    };
    await callSigned();
    await callByToken();
    await syncAll();
  });

  afterAll(async () => {
    await muster.close();
    await vcenter.close();
  });

  /** Key pairs of all kinds, used rightly and wrongly. */
  async function callSigned(): Promise<void> {
    const pair = await issueAccessKey(muster, { name: 'signer' });
    const named = { tenantId: await tenantId(muster), name: 'signer' };
    const rotated = await administrationOf(muster).rotate(named, 60_000);
    const { id } = (await administrationOf(muster).list()).find(({ name }) => name === 'signer')!;
    const temporary = await administrationOf(muster).createTemporary(id, new Date(Date.now() + 600_000));
    if (rotated === 'unknown' || rotated === 'temporary' || rotated.kind !== 'access-key')
      throw new Error('It was not rotated.');
    if (temporary?.kind !== 'temporary') throw new Error('It was not made.');
    secrets['secret key'] = pair.secretKey;
    secrets['rotated secret key'] = rotated.secretKey;
    secrets['temporary secret key'] = temporary.secretKey;
    secrets['security token'] = temporary.securityToken;
    const list = { method: 'GET', path: '/v1/vendor-account', query: { limit: '1' } };
    for (const by of [pair, rotated, temporary]) {
      const request = sign(muster.api.url, by, list);
      for (const target of [request.target, `${request.target}&vendor=VMWARE`]) {
        answers.push(await send(muster.api.url, { ...request, target }));
      }
      answers.push(
        await send(muster.api.url, sign(muster.api.url, by, { ...list, date: '20260101T000000Z' })),
      );
    }
    expect(answers.map(({ status }) => status)).toEqual([200, 401, 401, 200, 401, 401, 200, 401, 401]);
    const write = { method: 'POST', path: '/v1/multicloud-resources/sync', body: { vendor: 'VMWARE' } };
    answers.push(await send(muster.api.url, sign(muster.api.url, pair, write)));
    const key = { apiKey: temporary.securityToken };
    answers.push(await muster.call('GET', '/v1/vendor-account?limit=1', key));
  }

  /** A token for an API key, used rightly and wrongly. */
  async function callByToken(): Promise<void> {
    const password = await issueApiKey(muster, { name: 'portal' });
    const user = { name: 'portal', password, domain: { name: 'default' } };
    const body = { auth: { identity: { methods: ['password'], password: { user } } } };
    // A key belongs to a caller, whom nobody knows here yet: this answer must not be kept for a repeat.
    const headers = { 'Idempotency-Key': randomUUID() };
    const signedIn = await muster.call('POST', '/v3/auth/tokens', { apiKey: '', body, headers });
    const token = signedIn.headers.get('x-subject-token')!;
    secrets['portal’s API key'] = password;
    secrets['token'] = token;
    const elsewhere = new Headers([...signedIn.headers].filter(([name]) => name !== 'x-subject-token'));
    answers.push({ ...signedIn, headers: elsewhere });
    for (const sent of [token, `${token}x`, password]) {
      const as = { apiKey: '', headers: { 'X-Auth-Token': sent } };
      answers.push(await muster.call('GET', '/v1/vendor-account?limit=1', as));
    }
    expect(answers.slice(-4).map(({ status }) => status)).toEqual([201, 200, 401, 401]);
  }

  /** Every POST with a key, so that what came of it is stored. */
  async function call(method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await muster.call(method, path, {
      ...(body === undefined ? {} : { body }),
      ...(method === 'POST' ? { headers: { 'Idempotency-Key': randomUUID() } } : {}),
    });
    answers.push(answer);
    return answer;
  }

  /** One account that works, one that is refused, and one whose password is put right; then every answer. */
  async function syncAll(): Promise<void> {
    const tls = { tls_fingerprint_sha256: vcenter.fingerprintSha256 };
    const ids: unknown[] = [];
    for (const [accountId, sk] of [
      ['right', PASSWORD],
      ['wrong', WRONG_PASSWORD],
      ['mended', WRONG_PASSWORD],
      ['stranger', PASSWORD],
    ] as const) {
      // The stranger's certificate is not trusted, so it must not get to see the password at all.
      const settings = accountId === 'stranger' ? {} : tls;
      const account = { ...vcenterAccount(vcenter, accountId, settings), sk };
      ids.push((await call('POST', '/v1/vendor-account', account)).body['data']);
    }
    for (const id of ids) await call('POST', `/v1/vendor-account/${String(id)}/verify`);
    await syncAndRead({ account_id: 'right' }, '?plan=true');
    for (const accountId of ['right', 'wrong', 'mended', 'stranger']) {
      if (accountId === 'mended') await call('PUT', `/v1/vendor-account/${String(ids[2])}`, { sk: PASSWORD });
      await syncAndRead({ account_id: accountId });
    }
    const [machine, ...others] = vcenter.inventory.virtualMachines();
    for (const one of others) vcenter.inventory.powerOff(one); // an update, with its patch
    vcenter.inventory.powerOff(machine!);
    vcenter.inventory.destroy(machine!);
    await syncAndRead({ account_id: 'right' }, '?plan=true');
    await syncAndRead({ account_id: 'right' });
    const failed = await syncAndRead({}); // one of its accounts cannot sign in
    await call('POST', `${SYNC}/${failed}/retry`);
    await muster.finishedTask(failed);
    await call('POST', `${SYNC}/${failed}/cancel`);
    for (const id of ids) await call('GET', `/v1/accounts/${String(id)}/coverage`);
    await call('GET', '/v1/vendor-account?limit=500');
    await call('GET', '/v1/audit-log?limit=500');
    await call('GET', '/v1/multicloud-resources?vendor=VMWARE&limit=500');
    await call('POST', '/v1/vendor-account', vcenterAccount(vcenter, 'right'));
    await call('POST', '/v1/vendor-account', `{"sk": "${PASSWORD}" "ak": "${WRONG_PASSWORD}"}`);
    await call('POST', '/v1/vendor-account', { sk: PASSWORD, [PASSWORD]: 1 }).then(() => answers.pop());
    await call('POST', '/v1/vendor-account', { ...vcenterAccount(vcenter), sk: `${PASSWORD}\0` });
    await call('PUT', `/v1/vendor-account/${String(ids[0])}`, { sk: PASSWORD.repeat(5) });
    await call('DELETE', `/v1/vendor-account/${String(ids[1])}`);
    await runSchedule();
    await tellWebhook();
    await syncState();
    await addByFile();
  }

  /** An OpenStack by a clouds.yaml, which has the password in it; and files that are refused. */
  async function addByFile(): Promise<void> {
    const fileOf = (password: string, more = '') =>
      `clouds:\n  main:\n    auth:\n      auth_url: http://127.0.0.1:9/v3\n      username: user\n` +
      `      password: ${password}\n${more}`;
    const account = { vendor: 'OPENSTACK', account_id: 'by file', account_name: 'By file', ak: 'main' };
    const add = (sk: string) => call('POST', '/v1/vendor-account', { ...account, sk });
    const { body } = await add(fileOf(PASSWORD));
    await call('PUT', `/v1/vendor-account/${String(body['data'])}`, { sk: fileOf(WRONG_PASSWORD) });
    for (const more of [
      `    ${PASSWORD}`,
      '    verify: false',
      `    auth_type: ${PASSWORD}`,
      `    x: *${PASSWORD}`,
    ])
      await add(fileOf(PASSWORD, more));
    await add(fileOf(PASSWORD.repeat(10)));
    await call('GET', '/v1/vendor-account?vendor=OPENSTACK&limit=9');
    const statuses = answers.slice(-8).map(({ status }) => status);
    expect(statuses).toEqual([200, 200, 400, 400, 400, 400, 400, 200]);
  }

  async function runSchedule(): Promise<void> {
    const { body } = await call('POST', '/v1/schedules', {
      vendor: 'VMWARE',
      account_id: 'right',
      cron: '0 3 * * *',
    });
    const path = `/v1/schedules/${String(body['data'])}`;
    const run = await call('POST', `${path}/run`);
    await muster.finishedTask(run.body['data'] as string);
    for (const part of ['', '/runs?limit=9']) await call('GET', `${path}${part}`);
  }

  /** With a receiver that takes nothing, so that there is a dead letter, and a former secret beside the present one. */
  async function tellWebhook(): Promise<void> {
    const { body } = await call('POST', '/v1/webhooks', { name: 'Nobody', url: 'http://127.0.0.1:9/' });
    const path = `/v1/webhooks/${String(body['data'])}`;
    await rememberSecret('former secret of a webhook', `${path}/secret`);
    await call('POST', `${path}/secret/rotate`);
    await rememberSecret('secret of a webhook', `${path}/secret`);
    await muster.sync({ vendor: 'VMWARE', account_id: 'right' });
    await eventually('a message is given up', async () => {
      const letters = await call('GET', `${path}/dead-letters?limit=1`);
      return (letters.body['data'] as unknown[]).length > 0;
    });
    await call('GET', path);
  }

  /** What this answer shows, on purpose, no other may. */
  async function rememberSecret(name: string, path: string): Promise<void> {
    const { status, body } = await muster.call<{ data: string }>('GET', path);
    expect([status, body.data]).toEqual([200, expect.stringMatching(/^whsec_/)]);
    secrets[name] = body.data.replace('whsec_', '');
  }

  /** A Terraform state has passwords in plain text. */
  async function syncState(): Promise<void> {
    const settings = { connector: { version: 1, format: 'terraform_state' } };
    const account = {
      vendor: 'OTHER',
      account_id: 'state',
      account_name: 'State',
      ak: '-',
      sk: '-',
      settings,
    };
    const { body } = await call('POST', '/v1/vendor-account', account);
    const path = `/v1/vendor-account/${String(body['data'])}`;
    const attributes = { arn: 'arn:aws:rds:eu-central-1:1:db:main', id: 'main', password: PASSWORD };
    const provider = 'provider["registry.terraform.io/hashicorp/aws"]';
    const managed = {
      mode: 'managed',
      type: 'aws_db_instance',
      name: 'main',
      provider,
      instances: [{ attributes }],
    };
    const content = JSON.stringify({ version: 4, resources: [managed] });
    for (const upload_id of [randomUUID(), randomUUID()]) {
      await call('PUT', `${path}/document`, { upload_id, part: 0, content, last: true });
    }
    await call('PUT', `${path}/document`, { upload_id: randomUUID(), part: 1, content });
    await call('POST', `${path}/preview`);
    const task = await call('POST', SYNC, { vendor: 'OTHER' });
    await muster.finishedTask(task.body['data'] as string);
    await call('GET', '/v1/multicloud-resources?vendor=OTHER&limit=500');
    expect(answers.slice(-7).map(({ status }) => status)).toEqual([200, 200, 200, 409, 200, 200, 200]);
  }

  /** Syncs, and reads all that there is to read of it. */
  async function syncAndRead(of: object, options = ''): Promise<string> {
    const { body } = await call('POST', `${SYNC}${options}`, { vendor: 'VMWARE', ...of });
    const taskId = body['data'] as string;
    await muster.finishedTask(taskId);
    for (const part of ['', '/plan?limit=500', '/changes?limit=500', '/transitions?limit=500']) {
      await call('GET', `${SYNC}/${taskId}${part}`);
    }
    return taskId;
  }

  /** Every row of every table, as text: `bytea` in hex, JSON as it is. */
  async function databaseText(of = muster): Promise<string> {
    const { rows: tables } = await of.sql.query<{ name: string }>(
      `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
       WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`,
    );
    expect(tables.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['public.vendor_account', 'public.resource', 'public.sync_unit']),
    );
    if (backend === 'postgres') expect(tables.map(({ name }) => name)).toContain('bullmq.job');
    const texts: string[] = [];
    for (const { name } of tables) {
      const { rows } = await of.sql.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`);
      texts.push(...rows.map(({ row }) => `${name}: ${row}`));
    }
    return texts.join('\n');
  }

  /** Every key of Redis, dumped as it is stored. */
  async function redisText(of: TestMuster): Promise<string> {
    if (backend !== 'redis') return '';
    const redis = new Redis(of.settings.configuration.queue.url);
    const texts: string[] = [];
    for await (const keys of redis.scanStream({ count: REDIS_SCAN_COUNT })) {
      for (const key of keys as string[]) {
        // RDB's compression would hide what a grep looks for.
        const type = await redis.type(key);
        if (type === 'hash') texts.push(key, JSON.stringify(await redis.hgetall(key)));
        else if (type === 'stream') texts.push(key, JSON.stringify(await redis.xrange(key, '-', '+')));
        else if (type === 'string') texts.push(key, (await redis.get(key)) ?? '');
        else if (type === 'list') texts.push(key, ...(await redis.lrange(key, 0, -1)));
        else if (type === 'zset') texts.push(key, ...(await redis.zrange(key, '0', '-1')));
        else if (type === 'set') texts.push(key, ...(await redis.smembers(key)));
        else throw new Error(`Redis has a ${type} that this test does not read: ${key}`);
      }
    }
    await redis.quit();
    return texts.join('\n');
  }

  function expectNoSecret(text: string): void {
    for (const [name, secret] of Object.entries(secrets)) {
      for (const encoded of [secret, Buffer.from(secret).toString('hex'), ...base64Of(secret)]) {
        // Not `not.toContain`: a failure must not print the whole database.
        const at = text.indexOf(encoded);
        const around = at < 0 ? '' : text.slice(Math.max(0, at - 120), at + 20);
        expect([name, around]).toEqual([name, '']);
      }
    }
  }

  it('has done what could have leaked', async () => {
    const { body } = await muster.call<{ data: { account_id: string; sync_status: string }[] }>(
      'GET',
      '/v1/vendor-account?limit=9',
    );
    expect(Object.fromEntries(body.data.map((account) => [account.account_id, account.sync_status]))).toEqual(
      {
        right: 'success',
        mended: 'success',
        stranger: 'failed',
        state: 'success',
        'by file': 'failed',
      },
    );
    expect(vcenter.counters.requests['Login']).toBeGreaterThanOrEqual(4);
    expect((await muster.listAll('VMWARE')).length).toBeGreaterThan(20);
  });

  it('shows operators no secret', async () => {
    const { text, samples } = await Scrape.of(muster);
    expect(samples.length).toBeGreaterThan(100);
    expectNoSecret(text);
  });

  it('has filled every table that there is, and so searches it', async () => {
    const { rows } = await muster.sql.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace
       AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> '_prisma_migrations' ORDER BY 1`,
    );
    const empty: string[] = [];
    for (const { name } of rows) {
      const { rowCount } = await muster.sql.query(`SELECT 1 FROM ${name} LIMIT 1`);
      if (rowCount === 0) empty.push(name);
    }
    // A new table wants something in syncAll() that fills it.
    expect(empty).toEqual(EMPTY_TABLES);
  });

  it('answers without a secret', () => {
    const text = JSON.stringify(answers.map(({ headers, body }) => [[...headers], body]));
    expect(text).toContain(USERNAME);
    expect(text).toContain('"failure_msg"');
    expectNoSecret(text);
  });

  it('logs without a secret', () => {
    const text = muster.logs.join('');
    expect(muster.logs.length).toBeGreaterThan(20);
    expect(text).toContain('"level":"info"');
    // Who signs in is no secret, but no business of the log either.
    expect(text).not.toContain(USERNAME);
    expectNoSecret(text);
  });

  it('stores no secret but sealed', async () => {
    const text = await databaseText();
    expect(text).toContain(USERNAME);
    expect(text).toContain(Buffer.from(vcenter.instanceUuid).toString('utf8'));
    expectNoSecret(text);
  });

  it('queues no secret', async () => {
    expectNoSecret(await redisText(muster));
    // Without workers, what is queued stays to be looked at.
    const idle = await TestMuster.start({ backend, workers: false, accountCheckMs: 1 });
    await idle.addAccount(vcenterAccount(vcenter, 'right'));
    await idle.requestSync({ vendor: 'VMWARE' });

    const text = backend === 'redis' ? await redisText(idle) : await databaseText(idle);

    const { rows } = await idle.sql.query<{ id: string }>(
      'SELECT id FROM sync_run UNION ALL SELECT id FROM account_check',
    );
    expect(rows.map(({ id }) => text.includes(id))).toEqual([true, true]);
    expectNoSecret(text.replaceAll(idle.apiKey, muster.apiKey));
    await idle.close();
  });

  it('is searched by a grep that bites', async () => {
    for (const user of ['', 'u', 'us', 'use']) {
      const text = `Basic ${Buffer.from(`${user}${PASSWORD}:more`).toString('base64')}`;
      expect(() => {
        expectNoSecret(text);
      }).toThrow('password');
    }
    await muster.sql.query(`UPDATE vendor_account SET failure_msg = $1 WHERE account_id = 'right'`, [
      PASSWORD,
    ]);
    const text = await databaseText();
    expect(() => {
      expectNoSecret(text);
    }).toThrow('password');
    await muster.sql.query(
      `UPDATE vendor_account SET failure_msg = '', sealed_sk = convert_to($1, 'UTF8') WHERE account_id = 'right'`,
      [PASSWORD],
    );
    const asBytes = await databaseText();
    expect(() => {
      expectNoSecret(asBytes);
    }).toThrow('password');
  });
});

describe('a vendor’s client that quotes the secret in its errors', () => {
  let muster: TestMuster;
  const vendor = new ScriptedVendor();

  beforeAll(async () => {
    muster = await TestMuster.start({ adapters: vendor.adapters, accountCheckMs: CHECK_MS });
  });
  afterAll(() => muster.close());

  /** As a client fails: with the request that it made hanging on. */
  const failureOf = (sk: string) =>
    Object.assign(new TypeError(`cannot sign in with ${sk}`), {
      config: { headers: { Authorization: `Basic ${Buffer.from(`user:${sk}`).toString('base64')}` } },
      request: { body: JSON.stringify({ client_secret: sk }) },
      cause: new Error(`${sk} is refused`),
    });

  it('gets it nowhere: not into the log, an answer or the database', async () => {
    const answers: Answer[] = [];
    const call = async (method: string, path: string, body?: object) => {
      answers.push(await muster.call(method, path, body === undefined ? {} : { body }));
    };
    vendor.scripts['hosts'] = pagesOf([['x']], (_page, { connection }) => {
      throw failureOf((connection as ScriptedConnection).sk);
    });
    vendor.scripts['folders'] = pagesOf([['x']], (_page, { connection }) => {
      const { sk } = connection as ScriptedConnection;
      const details = { vendorCode: sk, cause: failureOf(sk) };
      throw new SyncError('permission', `${sk} may not list folders.`, details);
    });
    const id = await muster.addAccount({ ...scriptedAccount('a'), sk: PASSWORD });
    const task = await muster.sync({ vendor: 'VMWARE' });
    expect(task.accounts[0]?.units.map(({ error }) => error?.kind).sort()).toEqual(['bug', 'permission']);

    vendor.connecting = (sk) => {
      throw failureOf(sk);
    };
    await call('PUT', `/v1/vendor-account/${id}`, { ak: 'user' });
    await call('POST', `/v1/vendor-account/${id}/verify`);
    const failed = await muster.sync({ vendor: 'VMWARE' });
    expect(failed.accounts[0]?.error).toMatchObject({ kind: 'bug' });
    for (const { task_id } of [task, failed]) await call('GET', `${SYNC}/${task_id}`);
    await call('GET', '/v1/vendor-account?limit=9');

    const tables = await muster.sql.query<{ text: string }>(
      `SELECT string_agg(text, ' ') AS text FROM (SELECT t::text AS text FROM sync_unit t
         UNION ALL SELECT t::text FROM sync_run t UNION ALL SELECT t::text FROM account_check t
         UNION ALL SELECT t::text FROM vendor_account t UNION ALL SELECT t::text FROM outbox_event t) AS row`,
    );
    const texts = {
      answers: JSON.stringify(answers.map(({ body }) => body)),
      logs: muster.logs.join(''),
      tables: tables.rows[0]!.text,
    };
    for (const [where, text] of Object.entries(texts)) {
      for (const form of [PASSWORD, Buffer.from(`user:${PASSWORD}`).toString('base64')]) {
        expect([where, text.includes(form)]).toEqual([where, false]);
      }
    }
    expect(texts.logs).toContain('cannot sign in with [secret]');
    expect(texts.answers).toContain('[secret] may not list folders.');
  });
});
