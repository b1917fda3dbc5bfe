import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import { type ClientProxy, ClientProxyFactory, Transport } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';

import { MusterError } from '#client';
import { createLogger } from '#platform';

import { startApi } from '../apps/api/src/start-api.js';
import { issueApiKey } from '../apps/api/test/support/issue-credential.js';
import {
  MusterRpc,
  MusterRpcModule,
  type ResourceFilter,
  type ResourceQuery,
} from '../libs/client/src/nest/index.js';
import { eventually } from './support/eventually.js';
import { gate } from './support/gate.js';
import { startNats } from './support/nats.js';
import { queueBackends, startRedis } from './support/redis.js';
import { items, pagesOf, scriptedAccount, ScriptedVendor } from './support/scripted-vendor.js';
import { TestMuster } from './support/test-muster.js';

const SYNC = { vendor: 'VMWARE', account_id: 'a' } as const;
/** As long as anything may take on a busy machine. */
const PATIENCE_MS = 600_000;

class Service {}

/** Redis and NATS are servers that a machine may not have: tested where the queues are tested on Redis. */
function transports(): ('tcp' | 'redis' | 'nats')[] {
  return queueBackends().includes('redis') ? ['tcp', 'redis', 'nats'] : ['tcp'];
}

describe.each(transports())('calls by message over %s', (transport) => {
  let peer: { url: string; stop(): Promise<void> } | undefined;
  let muster: TestMuster;
  let vendor: ScriptedVendor;
  let rpc: MusterRpc;
  let url: string;
  const closers: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    vendor = new ScriptedVendor();
    if (transport !== 'tcp') peer = await (transport === 'redis' ? startRedis() : startNats());
    muster = await TestMuster.start({
      adapters: vendor.adapters,
      rpcUrl: peer?.url ?? 'tcp://127.0.0.1:0',
    });
    url = muster.api.rpcUrl ?? '';
    rpc = await clientWith(muster.apiKey);
  });
  afterAll(async () => {
    for (const close of closers) await close();
    const faults = muster.logs.filter((line) => /"level":"(error|fatal)"/.test(line));
    await muster.close();
    await peer?.stop();
    expect(faults).toEqual([]);
  });
  beforeEach(async () => {
    vendor.scripts['things'] = pagesOf([items('t', 3)]);
    for (const { id } of await muster.listAccounts()) await muster.removeAccount(id);
    await muster.addAccount(scriptedAccount('a'));
  });

  /** As another Nest service has it. */
  async function clientWith(apiKey: string): Promise<MusterRpc> {
    const service = await NestFactory.createApplicationContext(
      {
        module: Service,
        imports: [MusterRpcModule.forRoot({ url, apiKey, timeoutMs: PATIENCE_MS })],
      },
      { logger: false },
    );
    closers.push(() => service.close());
    return service.get(MusterRpc);
  }
  /** Nest's own client, for what ours does not send. */
  const rawProxy = (): ClientProxy => {
    const { hostname: host, port, username: user, password } = new URL(url);
    const options = { host, port: Number(port) };
    const proxies = {
      tcp: () => ClientProxyFactory.create({ transport: Transport.TCP, options }),
      redis: () => ClientProxyFactory.create({ transport: Transport.REDIS, options }),
      nats: () =>
        ClientProxyFactory.create({
          transport: Transport.NATS,
          options: { servers: `${host}:${port}`, user, pass: decodeURIComponent(password) },
        }),
    };
    const proxy = proxies[transport]();
    closers.push(async () => {
      await proxy.close();
    });
    return proxy;
  };
  const failure = async (request: Promise<unknown>) => {
    const error = await request.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof MusterError)) throw new Error('It was not refused.', { cause: error });
    return error;
  };

  it('start a sync, follow it, and list and count what it found', async () => {
    const taskId = await rpc.requestSync(SYNC);
    const task = await eventually('it is over', async () => {
      const now = await rpc.showTask(taskId);
      return now.state === 'SUCCEEDED' && now;
    });
    expect(task).toEqual(await muster.showTask(taskId));
    expect(task).toMatchObject({ trigger: 'rpc', counts: { created: 3 } });
    const query: ResourceQuery = { vendor: 'VMWARE', limit: 500, name_list: ['t0', 't2'] };
    const listed = await rpc.listResources(query);
    expect(listed).toEqual((await muster.client.get('/v1/multicloud-resources', { params: { query } })).data);
    expect(listed.map(({ name }) => name)).toEqual(['t0', 't2']);
    expect(await rpc.countResources({ vendor: 'VMWARE' })).toBe(3);
  });

  it('cancel a sync', async () => {
    const { opened, open } = gate();
    vendor.scripts['things'] = pagesOf([items('t', 3)], () => opened);
    const taskId = await rpc.requestSync(SYNC, { force: true });
    expect(await rpc.requestSync(SYNC)).toBe(taskId);
    expect(await rpc.cancelTask(taskId)).toBe(taskId);
    open();
    expect((await rpc.showTask(taskId)).state).toBe('CANCELLED');
    expect(await failure(rpc.cancelTask(taskId))).toMatchObject({
      code: 'COC.00101202',
      status: 409,
      retryable: false,
      operation: 'muster.sync.cancel',
    });
  });

  it('fail as over HTTP: same code, message and status, with a request id of their own', async () => {
    const missing = randomUUID();
    const nope = { ...SYNC, account_id: 'nope' };
    const odd = { vendor: 'NOPE', extra: 1 };
    const http = (method: string, path: string, body?: object) => () =>
      muster.call(method, `/v1/multicloud-resources${path}`, body === undefined ? {} : { body });
    const pairs: [() => Promise<unknown>, ReturnType<typeof http>][] = [
      [() => rpc.requestSync(nope), http('POST', '/sync', nope)],
      [() => rpc.requestSync(odd as unknown as typeof SYNC), http('POST', '/sync', odd)],
      [
        () => rpc.requestSync(SYNC, { force: 'maybe' as unknown as boolean }),
        http('POST', '/sync?force=maybe', SYNC),
      ],
      [() => rpc.showTask(missing), http('GET', `/sync/${missing}`)],
      [() => rpc.listResources({ vendor: 'VMWARE' } as ResourceQuery), http('GET', '?vendor=VMWARE')],
      [
        () => rpc.countResources({ vendor: 'VMWARE', what: 'x' } as unknown as ResourceFilter),
        http('GET', '/count?vendor=VMWARE&what=x'),
      ],
    ];
    for (const [byMessage, overHttp] of pairs) {
      const { status, body } = await overHttp();
      const error = await failure(byMessage());
      expect([error.status, error.code, error.message]).toEqual([
        status,
        body['error_code'],
        body['error_msg'],
      ]);
      expect(error.requestId).toMatch(/^[0-9a-f]{32}$/);
      expect(error.retryable).toBe(false);
    }
  });

  it('let in whom HTTP lets in, and let them do what their policy allows', async () => {
    const unknown = await clientWith('no-key-of-anybody');
    expect(await failure(unknown.countResources({ vendor: 'VMWARE' }))).toMatchObject({
      status: 401,
      code: 'APIGW.0301',
      message: expect.stringContaining('the API key is unknown or revoked'),
    });
    const policy = {
      Version: '5.0',
      Statement: [{ Effect: 'Allow', Action: ['coc:instance:countResources'] }],
    } as const;
    const counting = await clientWith(await issueApiKey(muster, { policy: structuredClone(policy) }));
    expect(await counting.countResources({ vendor: 'VMWARE' })).toBe(0);
    expect(await failure(counting.requestSync(SYNC))).toMatchObject({
      status: 403,
      code: 'COC.00010403',
      message: expect.stringContaining('coc:instance:syncResources'),
    });
    const stranger = await clientWith(await issueApiKey(muster, { tenant: 'other' }));
    expect(await failure(stranger.requestSync(SYNC))).toMatchObject({ code: 'COC.00101102' });
  });

  it('have their effect once with an idempotency key, and are in the audit log', async () => {
    const idempotencyKey = randomUUID();
    const before = await muster.sql.query('SELECT id FROM sync_task');
    const [first, again] = [
      await rpc.requestSync(SYNC, { force: true, idempotencyKey }),
      await rpc.requestSync(SYNC, { force: true, idempotencyKey }),
    ];
    expect(again).toBe(first);
    const after = await muster.sql.query('SELECT id FROM sync_task');
    expect(after.rowCount).toBe((before.rowCount ?? 0) + 1);
    expect(await failure(rpc.requestSync({ vendor: 'VMWARE' }, { idempotencyKey }))).toMatchObject({
      code: 'COC.00010422',
    });
    expect(await failure(rpc.requestSync(SYNC, { idempotencyKey: 'ü' }))).toMatchObject({
      code: 'COC.00010002',
      message: expect.stringContaining('idempotency_key must be'),
    });
    const { rows } = await muster.sql.query(
      `SELECT action, client_address FROM audit_entry WHERE action = 'coc:instance:syncResources'
       ORDER BY id DESC LIMIT 1`,
    );
    expect(rows).toEqual([{ action: 'coc:instance:syncResources', client_address: '127.0.0.1' }]);
  });

  it.each<[string, string, unknown, string]>([
    ['no object', 'muster.sync.get', 'text', 'The message must be an object'],
    ['a list', 'muster.sync.get', [], 'The message must be an object'],
    ['no task', 'muster.sync.get', { api_key: 'x' }, "task_id must be a task's id"],
    ['a path', 'muster.sync.get', { task_id: '../count' }, "task_id must be a task's id"],
    [
      'what is not known',
      'muster.sync.get',
      { task_id: 'x', id: 1 },
      'id is not known here (known: api_key, task_id, traceparent)',
    ],
    ['a body that is none', 'muster.sync.request', { body: 'x' }, 'body must be an object'],
    ['a query that is none', 'muster.resources.count', { query: [] }, 'query must be an object'],
    ['a nested query', 'muster.resources.count', { query: { vendor: {} } }, 'query.vendor must be a text'],
  ])('refuse a message of %s', async (_what, pattern, message, expected) => {
    const error: unknown = await firstValueFrom(rawProxy().send(pattern, message)).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({
      error_code: 'COC.00010002',
      error_msg: expect.stringContaining(expected),
      request_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      status: 400,
      retryable: false,
    });
  });

  it('are refused without a key, and one that is no header', async () => {
    for (const apiKey of [undefined, 7, 'a b', `x\r\nX-Domain-Id: y`]) {
      const answer = firstValueFrom(
        rawProxy().send('muster.resources.count', { api_key: apiKey, query: { vendor: 'VMWARE' } }),
      );
      await expect(answer).rejects.toMatchObject({ error_code: 'APIGW.0301', status: 401 });
    }
  });

  if (transport === 'tcp') {
    it('answer an unknown pattern as HTTP does an unknown path', async () => {
      await expect(firstValueFrom(rawProxy().send('muster.nope', {}))).rejects.toMatchObject({
        error_code: 'APIGW.0101',
        status: 404,
        retryable: false,
      });
    });

    it('end a connection that sends too much, and answer the others', async () => {
      const huge = { vendor: 'x'.repeat(1_200_000) } as unknown as typeof SYNC;
      const bulky = await clientWith(muster.apiKey);
      expect(await failure(bulky.requestSync(huge))).toMatchObject({ code: 'UNREACHABLE', retryable: true });
      expect(await rpc.countResources({ vendor: 'VMWARE' })).toBe(0);
      muster.logs.splice(0); // Nest has told of it
    });

    it('end a connection that sends no messages, and answer the others', async () => {
      const { hostname, port } = new URL(url);
      for (const bytes of ['GET / HTTP/1.1\r\n\r\n#', 'x#{}', '3#{{{']) {
        const socket = connect(Number(port), hostname);
        socket.on('error', () => undefined);
        await once(socket, 'connect');
        const closed = once(socket, 'close');
        socket.write(bytes);
        socket.resume();
        await closed;
      }
      expect(await rpc.countResources({ vendor: 'VMWARE' })).toBe(0);
      muster.logs.splice(0);
    });

    it('say when nobody is there', async () => {
      const nobody = new MusterRpc({ url: 'tcp://127.0.0.1:1', apiKey: 'x' });
      expect(await failure(nobody.countResources({ vendor: 'VMWARE' }))).toMatchObject({
        code: 'UNREACHABLE',
      });
      await nobody.onModuleDestroy();
      expect(() => new MusterRpc({ url: 'http://127.0.0.1', apiKey: 'x' })).toThrow(
        "url must be Muster's RPC_URL",
      );
    });

    it('need a port of their own', async () => {
      const { configuration } = muster.settings;
      const logger = createLogger({ level: 'silent', format: 'json' });
      const again = startApi({
        configuration: { ...configuration, rpcUrl: url },
        logger,
        applicationName: 'again',
      });
      await expect(again).rejects.toThrow(/^RPC_URL: 127\.0\.0\.1:\d+ cannot be listened on: .*EADDRINUSE/);
    });
  }

  if (transport !== 'tcp') {
    it('are answered by one of several APIs', async () => {
      const { configuration } = muster.settings;
      const logger = createLogger({ level: 'silent', format: 'json' });
      const second = await startApi({
        configuration: { ...configuration, rpcUrl: url },
        logger,
        applicationName: 'second',
      });
      closers.unshift(() => second.app.close());
      const count = async () =>
        (
          await muster.sql.query<{ n: number }>(
            `SELECT count(*)::int AS n FROM audit_entry e JOIN audit_outcome o ON o.entry_id = e.id
           WHERE e.action = 'coc:instance:syncResources'`,
          )
        ).rows[0]?.n ?? 0;
      const before = await count();
      for (let message = 0; message < 5; message += 1) await rpc.requestSync(SYNC);
      await eventually('all are in the log', async () => (await count()) >= before + 5);
      expect(await count()).toBe(before + 5);
    });
  }

  if (transport === 'nats') {
    it('say when an answer is longer than NATS carries, and answer the next', async () => {
      const long = items('long', 60).map((item) => `${item}=${'x'.repeat(20_000)}`);
      vendor.scripts['things'] = pagesOf([long]);
      const taskId = await rpc.requestSync(SYNC);
      await eventually('it is over', async () => (await rpc.showTask(taskId)).state === 'SUCCEEDED');
      expect(await failure(rpc.listResources({ vendor: 'VMWARE', limit: 500 }))).toMatchObject({
        code: 'COC.00010002',
        message: expect.stringContaining('max_payload'),
      });
      expect(await rpc.listResources({ vendor: 'VMWARE', limit: 10 })).toHaveLength(10);
    });

    it('stop the start when NATS refuses the password, without showing it', async () => {
      const { configuration } = muster.settings;
      const logger = createLogger({ level: 'silent', format: 'json' });
      const wrong = startApi({
        configuration: { ...configuration, rpcUrl: url.replace('p%40ss', 'wrong-word') },
        logger,
        applicationName: 'again',
      });
      await expect(wrong).rejects.toThrow(
        /^RPC_URL: 127\.0\.0\.1:\d+ cannot be reached: (?!.*wrong-word).*uthorization/,
      );
    });
  }
});
