import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type pg from 'pg';

import { createTestDatabase, type TestDatabase } from '../../../test/support/test-database.js';
import { openTestPool } from '../../../test/support/test-pool.js';
import { QueueSchema } from './queue-schema.js';

/** What Postgres says when a table is gone. */
const LOST = Object.assign(new Error('relation "job" does not exist'), { code: '42P01' });
const REPAIRED = "The queue's tables were lost in part or whole; they were made anew.";

describe('QueueSchema', () => {
  let database: TestDatabase;
  let sql: pg.Pool;
  let events: string[];

  beforeEach(async () => {
    database = await createTestDatabase();
    sql = openTestPool(database.url);
    events = [];
  });
  afterEach(async () => {
    await sql.end();
    await database.drop();
  });

  const open = () =>
    new QueueSchema({
      url: database.url,
      onEvent: ({ message, cause }) =>
        events.push(cause instanceof Error ? `${message} ${cause.message}` : message),
    });
  const prepared = async () => {
    const schema = open();
    await schema.prepare();
    return schema;
  };
  /** What is in the schema, by name. */
  const contents = async () => {
    const { rows } = await sql.query<{ name: string }>(
      `SELECT relname::text AS name FROM pg_class WHERE relnamespace = to_regnamespace('bullmq')
       UNION ALL SELECT proname::text FROM pg_proc WHERE pronamespace = to_regnamespace('bullmq') ORDER BY 1`,
    );
    return rows.map(({ name }) => name);
  };
  const oid = async () => {
    const { rows } = await sql.query<{ oid: string | null }>(`SELECT to_regnamespace('bullmq')::oid AS oid`);
    return rows[0]?.oid;
  };

  it.each([
    ['the schema', 'DROP SCHEMA bullmq CASCADE'],
    ['a table', 'DROP TABLE bullmq.job CASCADE'],
    ['the ledger of migrations', 'DROP TABLE bullmq.migration'],
    ['a type', 'DROP TYPE bullmq.job_state CASCADE'],
    ['a function', 'DROP FUNCTION bullmq.move_to_active CASCADE'],
    ['an index that conflicts are found by', 'ALTER TABLE bullmq.job DROP CONSTRAINT job_pkey CASCADE'],
  ])('is whole again after %s was lost', async (_what, statement) => {
    const schema = await prepared();
    const whole = await contents();
    expect(whole).toContain('job');
    await sql.query(statement);

    expect(await schema.mendAfter(LOST)).toBe(true);

    expect(await contents()).toEqual(whole);
    expect(events).toEqual([REPAIRED]);
  });

  it('is made anew at the start when it is half there', async () => {
    await prepared();
    const whole = await contents();
    await sql.query('DROP TABLE bullmq.migration');
    await prepared();
    expect(await contents()).toEqual(whole);
  });

  it('is made once, however many processes and statements notice', async () => {
    const processes = await Promise.all(Array.from({ length: 4 }, prepared));
    await sql.query('DROP TABLE bullmq.job CASCADE');

    const mended = await Promise.all(
      processes.flatMap((schema) => [schema.mendAfter(LOST), schema.mendAfter(LOST)]),
    );

    expect(mended).toEqual(Array.from({ length: 8 }, () => true));
    const { rows } = await sql.query<{ name: string; lost: boolean }>(
      `SELECT nspname::text AS name, to_regclass(nspname || '.job') IS NULL AS lost FROM pg_namespace
       WHERE nspname LIKE 'bullmq%' ORDER BY 1`,
    );
    // Had one of them replaced what another had just made, the one set aside would have the table.
    expect(rows).toEqual([
      { name: 'bullmq', lost: false },
      { name: 'bullmq_set_aside', lost: true },
    ]);
  });

  it('is not made anew for what was under way before, but for a second loss', async () => {
    const schema = await prepared();
    await sql.query('DROP TABLE bullmq.job CASCADE');
    await schema.mendAfter(LOST);
    const first = await oid();

    expect(await schema.mendAfter(LOST)).toBe(true);
    expect(await oid()).toBe(first);

    const restarted = await prepared();
    await sql.query('DROP TABLE bullmq.meta CASCADE');
    expect(await restarted.mendAfter(LOST)).toBe(true);
    expect(await oid()).not.toBe(first);
  });

  it('is left alone for any other error', async () => {
    const schema = await prepared();
    const before = await oid();
    for (const code of ['57P01', 'ECONNREFUSED', '40P01', 'BM001', undefined]) {
      expect(await schema.mendAfter(Object.assign(new Error('no'), { code }))).toBe(false);
    }
    expect(await schema.mendAfter(undefined)).toBe(false);
    expect(await oid()).toBe(before);
    expect(events).toEqual([]);
  });

  it('is left alone when a newer BullMQ made it', async () => {
    const schema = await prepared();
    const before = await oid();
    await sql.query(
      `INSERT INTO bullmq.migration (version, name, min_client_version) VALUES (999, 'next', 6)`,
    );

    expect(await schema.mendAfter(LOST)).toBe(false);

    expect(await oid()).toBe(before);
    expect(events).toEqual([expect.stringContaining('A newer BullMQ made them, in version 999')]);
  });

  it('says so when it cannot be made', async () => {
    const schema = await prepared();
    await database.drop();
    expect(await schema.mendAfter(LOST)).toBe(false);
    expect(events).toEqual([expect.stringContaining("The queue's tables could not be made anew.")]);
  });
});
