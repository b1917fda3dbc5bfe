import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';

import { type EmbeddedPostgres, startEmbeddedPostgres } from '#platform';

import { eventually } from '../../../test/support/eventually.js';
import { createTestDatabase, type TestDatabase } from '../../../test/support/test-database.js';
import { openTestPool } from '../../../test/support/test-pool.js';
import { Database } from './database.js';
import { isDatabaseUnavailable, isUniqueViolation, LeaseLostError } from './errors.js';

const reasonOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => new Error('It worked.'),
    (error: unknown) => error,
  );

/** Every way in which the code asks a database. */
const WAYS: [string, (database: Database) => Promise<unknown>][] = [
  ['a query', (database) => database.pool.query('SELECT 1')],
  ['a transaction', (database) => database.transaction((client) => client.query('SELECT 1'))],
  ['Prisma', (database) => database.prisma.tenant.count()],
  ['a Prisma transaction', (database) => database.prisma.$transaction([database.prisma.tenant.count()])],
];

/** Shows the error when it isn't known as the database's. */
function expectUnavailable(error: unknown): void {
  expect(isDatabaseUnavailable(error) ? 'unavailable' : error).toBe('unavailable');
}

const open = (url: string) => new Database({ url, poolSize: 4, applicationName: 'muster-test' });

describe('isDatabaseUnavailable, of a server that stops', () => {
  let folder: string;
  let server: EmbeddedPostgres;
  let database: Database;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'muster-errors-'));
    const dataDirectory = join(folder, 'postgres');
    server = await startEmbeddedPostgres({ dataDirectory, settings: { fsync: 'off' } });
    database = open(server.url('postgres'));
  });
  afterAll(async () => {
    await database.close();
    await server.remove();
    await rm(folder, { recursive: true, force: true });
  });

  it('knows what statements say that it interrupts, and what all say from then on', async () => {
    const blocker = await database.pool.connect();
    blocker.on('error', () => undefined);
    await blocker.query('CREATE TABLE tenant (id uuid, name text, created_at timestamptz)');
    await blocker.query('BEGIN; LOCK TABLE tenant IN ACCESS EXCLUSIVE MODE');
    const pending = [
      database.pool.query('SELECT pg_sleep(60)'),
      database.transaction((client) => client.query('SELECT pg_sleep(60)')),
      database.prisma.tenant.count(),
    ].map(reasonOf);
    await eventually('the statements run', async () => {
      await blocker.query('SELECT pg_stat_clear_snapshot()'); // else a transaction sees it as it was
      const { rows } = await blocker.query<{ running: number }>(
        `SELECT count(*)::int AS running FROM pg_stat_activity
         WHERE state = 'active' AND (query ILIKE '%tenant%' OR query LIKE 'SELECT pg_sleep%')
           AND pid <> pg_backend_pid()`,
      );
      return rows[0]?.running === pending.length;
    });

    await server.stop();

    const errors = await Promise.all(pending);
    blocker.release(true);
    for (const error of errors) expectUnavailable(error);
    for (const [, ask] of WAYS) expectUnavailable(await reasonOf(ask(database)));
  });
});

describe('isDatabaseUnavailable', () => {
  let test: TestDatabase;
  let database: Database;

  beforeAll(async () => {
    test = await createTestDatabase();
    database = open(test.url);
  });
  afterAll(async () => {
    await database.close();
    await test.drop();
  });

  const urlOf = (change: (url: URL) => void) => {
    const url = new URL(test.url);
    change(url);
    return url.href;
  };

  it.each(WAYS)('knows a port where nobody listens (%s)', async (_way, ask) => {
    const nowhere = open(urlOf((url) => (url.port = '1')));
    expectUnavailable(await reasonOf(ask(nowhere)));
    await nowhere.close();
  });

  it('knows a name of two addresses where nobody listens', async () => {
    const nowhere = open(urlOf((url) => (url.host = 'localhost:1')));
    expectUnavailable(await reasonOf(nowhere.pool.query('SELECT 1')));
    await nowhere.close();
  });

  it.each([
    ['a name that does not exist', 'ENOTFOUND'],
    ['a name server that does not answer', 'EAI_AGAIN'],
    ['a network that is down', 'ENETUNREACH'],
  ])('knows %s', (_what, code) => {
    const error = Object.assign(new Error(`getaddrinfo ${code} db`), { code });
    expectUnavailable(error);
    expectUnavailable(new Error('wrapped', { cause: error }));
  });

  it('knows a server that accepts and says nothing, or hangs up', async () => {
    for (const hangUp of [false, true]) {
      const silent: Server = createServer((socket) => (hangUp ? socket.destroy() : socket.resume()));
      silent.listen(0, '127.0.0.1');
      await once(silent, 'listening');
      const { port } = silent.address() as AddressInfo;
      const pool = new pg.Pool({
        connectionString: `postgres://u:p@127.0.0.1:${String(port)}/x`,
        connectionTimeoutMillis: 100,
      });
      expectUnavailable(await reasonOf(pool.query('SELECT 1')));
      await pool.end();
      silent.close();
      await once(silent, 'close');
    }
  });

  it('knows a pool that has no connection left', async () => {
    const pool = openTestPool(test.url, 1);
    const client = await pool.connect();
    pool.options.connectionTimeoutMillis = 50; // only now: a busy machine takes longer to connect
    expectUnavailable(await reasonOf(pool.query('SELECT 1')));
    client.release();
    await pool.end();
  });

  it('does not take for that what would fail again', async () => {
    const errors = await Promise.all(
      [
        database.pool.query('SELECT * FROM no_such_table'),
        database.pool.query('SELECT 1/0'),
        database.pool.query('SELECT $1::int', ['x']),
        database.transaction(async (client) => {
          await client.query('SET LOCAL statement_timeout = 1');
          await client.query('SELECT pg_sleep(10)');
        }),
        database.prisma.tenant.create({ data: { id: 'no uuid', name: 'x' } }),
        database.prisma.$queryRaw`SELECT * FROM no_such_table`,
      ].map(reasonOf),
    );
    const ours = [
      new LeaseLostError('Unit 1'),
      new Error('Something else.'),
      new TypeError('x is undefined'),
      Object.assign(new Error('file'), { code: 'ENOENT' }),
      'ECONNREFUSED',
      undefined,
      null,
    ];
    for (const error of [...errors, ...ours]) {
      expect(isDatabaseUnavailable(error) ? error : undefined).toBeUndefined();
    }
  });

  it('ends at causes that go round', () => {
    const error = new Error('one');
    error.cause = new Error('two', { cause: error });
    expect(isDatabaseUnavailable(error)).toBe(false);
  });
});

describe('isUniqueViolation', () => {
  it('knows a second tenant of one name, from SQL and from Prisma', async () => {
    const test = await createTestDatabase();
    const database = open(test.url);
    const id = () => crypto.randomUUID();
    await database.prisma.tenant.create({ data: { id: id(), name: 'twice' } });

    const fromPrisma = await reasonOf(database.prisma.tenant.create({ data: { id: id(), name: 'twice' } }));
    const fromSql = await reasonOf(
      database.pool.query('INSERT INTO tenant (id, name) VALUES ($1, $2)', [id(), 'twice']),
    );
    const other = await reasonOf(database.pool.query('SELECT 1/0'));

    expect([fromPrisma, fromSql, other, null, 'P2002'].map(isUniqueViolation)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
    await database.close();
    await test.drop();
  });
});
