import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { eventually } from '../../../test/support/eventually.js';
import { createTestDatabase, type TestDatabase } from '../../../test/support/test-database.js';
import { Database, type Querier } from './database.js';
import { isDatabaseUnavailable } from './errors.js';

describe('Database', () => {
  let test: TestDatabase;
  let database: Database;
  const idleErrors: Error[] = [];

  beforeAll(async () => {
    test = await createTestDatabase();
    database = new Database({
      url: test.url,
      poolSize: 3,
      applicationName: 'muster-test',
      onIdleError: (error) => idleErrors.push(error),
    });
    await database.pool.query('CREATE TABLE note (text text NOT NULL)');
  });
  afterAll(async () => {
    await database.close();
    await test.drop();
  });

  const notes = async () =>
    (await database.pool.query<{ text: string }>('SELECT text FROM note ORDER BY text')).rows.map(
      ({ text }) => text,
    );
  const write = (client: Querier, text: string) => client.query('INSERT INTO note VALUES ($1)', [text]);
  const backendOf = async (client: Querier) =>
    (await client.query<{ id: number }>('SELECT pg_backend_pid() AS id')).rows[0]!.id;
  const terminate = (backend: number) =>
    database.pool.query('SELECT pg_terminate_backend($1, 5000)', [backend]);

  it('commits what returns, and returns it', async () => {
    const result = await database.transaction(async (client) => {
      await write(client, 'committed');
      return 42;
    });
    expect(result).toBe(42);
    expect(await notes()).toEqual(['committed']);
  });

  it('rolls back what throws, by itself or in SQL, and throws it on', async () => {
    const mine = new Error('mine');
    const failed = database.transaction(async (client) => {
      await write(client, 'lost');
      throw mine;
    });
    await expect(failed).rejects.toBe(mine);
    const refused = database.transaction(async (client) => {
      await write(client, 'lost');
      await client.query('SELECT 1/0');
    });
    await expect(refused).rejects.toThrow('division by zero');
    expect(await notes()).toEqual(['committed']);
  });

  it('gives every connection back, and no transaction with it', async () => {
    const work = (index: number) =>
      database.transaction(async (client) => {
        if (index % 2 === 0) throw new Error('even');
        const { rows } = await client.query<{ now: Date }>('SELECT now() AS now');
        return rows[0]?.now;
      });
    await Promise.allSettled(Array.from({ length: 20 }, (_, index) => work(index)));
    expect(database.pool.waitingCount).toBe(0);
    expect(database.pool.idleCount).toBe(database.pool.totalCount);
  });

  it('survives the loss of its connection between two statements', async () => {
    const lost = database.transaction(async (client) => {
      await write(client, 'lost');
      await terminate(await backendOf(client));
      await eventually('the connection to be closed', async () =>
        client.query('SELECT 1').then(
          () => false,
          () => true,
        ),
      );
      await write(client, 'lost, too');
    });
    const error: unknown = await lost.catch((reason: unknown) => reason);
    expect(isDatabaseUnavailable(error)).toBe(true);
    expect(await notes()).toEqual(['committed']);
    expect(idleErrors).toEqual([]);
  });

  it('survives the loss of its connection during a statement', async () => {
    const lost = database.transaction(async (client) => {
      const backend = await backendOf(client);
      const slow = client.query('SELECT pg_sleep(60)');
      await Promise.all([slow, terminate(backend)]);
    });
    const error: unknown = await lost.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: '57P01' });
    expect(isDatabaseUnavailable(error)).toBe(true);
    expect(await notes()).toEqual(['committed']);
  });

  it('tells of a connection that breaks while idle, and replaces it', async () => {
    const client = await database.pool.connect();
    const backend = await backendOf(client);
    client.release();
    const other = await database.pool.connect(); // an idle pool hands out its newest: maybe just that one
    const killer = (await backendOf(other)) === backend ? await database.pool.connect() : other;
    if (killer !== other) other.release();
    await killer.query('SELECT pg_terminate_backend($1, 5000)', [backend]);
    await eventually('the pool to notice', () => idleErrors.length > 0);
    killer.release();
    expect(await notes()).toEqual(['committed']);
  });
});
