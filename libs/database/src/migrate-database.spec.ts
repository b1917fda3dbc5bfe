import { randomBytes, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';

import { FULL_ACCESS } from '#domain';
import { parseKeyring, projectRoot, StartError, Vault } from '#platform';

import { createTestDatabase, type TestDatabase } from '../../../test/support/test-database.js';
import { CredentialRepository } from './credentials/credential.repository.js';
import { Database } from './database.js';
import { migrateDatabase } from './migrate-database.js';
import { NO_FILTER, openSchemaEngine } from './schema-engine.js';

const MIGRATIONS = readdirSync(join(projectRoot, 'prisma', 'migrations'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

const scriptOf = (name: string) =>
  readFileSync(join(projectRoot, 'prisma', 'migrations', name, 'migration.sql'), 'utf8');

/** Objects that only the migrations make, since Prisma's schema cannot express them. */
const BEYOND_PRISMA = [
  'account_check_open',
  'account_document_open',
  'account_document_whole',
  'credential_name',
  'outbox_event_task_idx',
  'resource_list',
  'resource_list_by_name',
  'resource_list_by_native_id',
  'resource_list_by_region',
  'resource_list_by_type',
  'resource_list_by_type_and_region',
  'resource_pruned',
  'resource_tombstones',
  'schedule_identity',
  'schedule_of_settings',
  'sync_run_abandoned',
  'sync_run_active',
  'sync_run_pending',
  'sync_run_unplanned',
  'sync_task_ended',
  'sync_task_open',
  'sync_unit_handed_out',
  'sync_unit_open',
  'vendor_account_identity',
  'vendor_account_staleness',
  'vendor_account_to_clear',
];

/** A column, an index or a constraint, in Postgres' own words. */
interface DatabaseObject {
  relation: string;
  name: string;
  definition: string;
}

/**
 * Of all tables but partitions, which are of their table's making. That a table is partitioned at all is beyond
 * Prisma, and so left out here: an index of one is defined `ON ONLY` it.
 */
const OBJECTS = `
  SELECT * FROM (
    SELECT attrelid::regclass::text AS relation, attname::text AS name, concat_ws(' ',
      format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN 'NOT NULL' END,
      (SELECT 'DEFAULT ' || pg_get_expr(adbin, adrelid) FROM pg_attrdef
         WHERE adrelid = attrelid AND adnum = attnum)) AS definition
    FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT indrelid::regclass::text, indexrelid::regclass::text,
      replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ')
    FROM pg_index JOIN pg_class c ON c.oid = indrelid
    WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition
    UNION ALL
    SELECT conrelid::regclass::text, conname::text, pg_get_constraintdef(o.oid) FROM pg_constraint o
    JOIN pg_class c ON c.oid = conrelid
    WHERE connamespace = 'public'::regnamespace AND contype <> 'n' AND NOT c.relispartition
  ) AS object WHERE relation <> '_prisma_migrations' ORDER BY name COLLATE "C", relation COLLATE "C", definition`;

describe('migrateDatabase', () => {
  let test: TestDatabase;
  let url: string;

  beforeAll(async () => {
    test = await createTestDatabase();
  });
  afterAll(() => test.drop());

  const onServer = async (statement: string) => {
    const client = new pg.Client({ connectionString: test.url });
    await client.connect();
    await client.query(statement);
    await client.end();
  };
  const query = async <Row extends object>(text: string): Promise<Row[]> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query<Row>(text);
    await client.end();
    return rows;
  };

  /** An empty database beside the suite's own; its name begins as that of all of the run. */
  beforeEach(async () => {
    const named = new URL(test.url);
    const name = `${named.pathname.slice(1)}_${randomBytes(4).toString('hex')}`;
    await onServer(`CREATE DATABASE ${name}`);
    named.pathname = `/${name}`;
    url = named.href;
  });

  it('applies every migration to an empty database, once', async () => {
    expect(await migrateDatabase(url)).toEqual(MIGRATIONS);
    expect(await migrateDatabase(url)).toEqual([]);
    expect(await query('SELECT migration_name AS name FROM _prisma_migrations ORDER BY started_at')).toEqual(
      MIGRATIONS.map((name) => ({ name })),
    );
  });

  it('is safe to call from many processes at once', async () => {
    const applied = await Promise.all(Array.from({ length: 5 }, () => migrateDatabase(url)));
    expect(applied.filter((names) => names.length > 0)).toEqual([MIGRATIONS]);
    const rows = await query('SELECT 1 FROM _prisma_migrations WHERE finished_at IS NOT NULL');
    expect(rows).toHaveLength(MIGRATIONS.length);
  });

  it('leaves no session and no lock behind', async () => {
    await migrateDatabase(url);
    expect(
      await query(
        `SELECT application_name FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()`,
      ),
    ).toEqual([]);
  });

  it('makes just what schema.prisma says, and what Prisma cannot express', async () => {
    await migrateDatabase(url);
    const migrated = await query<DatabaseObject>(OBJECTS);
    const { engine, close } = await openSchemaEngine(url);
    const content = readFileSync(join(projectRoot, 'prisma', 'schema.prisma'), 'utf8');
    const { stdout } = await engine.diff({
      from: { tag: 'empty' },
      to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content }] },
      script: true,
      exitCode: null,
      filters: NO_FILTER,
    });
    await close();
    await query('DROP SCHEMA public CASCADE');
    await query(stdout ?? '');
    const declared = await query<DatabaseObject>(OBJECTS);

    const isBeyond = ({ name, definition }: DatabaseObject) =>
      BEYOND_PRISMA.includes(name) || definition.startsWith('CHECK ');
    expect(migrated.filter((object) => !isBeyond(object))).toEqual(declared);
    expect(declared.length).toBeGreaterThan(100);
    const beyond = migrated.filter((object) => isBeyond(object) && !object.definition.startsWith('CHECK '));
    expect(beyond.map(({ name }) => name)).toEqual(BEYOND_PRISMA);
  });

  it('partitions changes by month of UTC, with a place for whatever else', async () => {
    await migrateDatabase(url);
    const partitions = await query<{ name: string; bounds: string }>(
      `SELECT c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bounds
       FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
       WHERE inhparent = 'resource_change'::regclass ORDER BY name`,
    );
    const [now] = await query<{ month: Date }>(`SELECT date_trunc('month', now(), 'UTC') AS month`);
    const monthFrom = (offset: number) => {
      const month = new Date(now?.month ?? 0);
      month.setUTCMonth(month.getUTCMonth() + offset);
      return month.toISOString();
    };
    const partition = (offset: number) => ({
      name: `resource_change_${monthFrom(offset).slice(0, 7).replace('-', '_')}`,
      bounds: expect.stringMatching(/^FOR VALUES FROM \('.*'\) TO \('.*'\)$/),
    });
    expect(partitions).toEqual([
      partition(0),
      partition(1),
      { name: 'resource_change_default', bounds: 'DEFAULT' },
    ]);
    const times = [...(partitions[0]?.bounds ?? '').matchAll(/'([^']*)'/g)].map(([, time]) => time ?? '');
    expect(times.map((time) => new Date(time).toISOString())).toEqual([monthFrom(0), monthFrom(1)]);
  });

  it('moves the changes that were there before into their months', async () => {
    const before = MIGRATIONS.filter((name) => name < '0007');
    for (const name of before) await query(scriptOf(name));
    await query(
      `INSERT INTO resource_change (tenant_id, resource_id, task_id, kind, patch, after_hash, at)
       SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'UPDATED', '[{"op":"remove"}]', 'hash', at
       FROM unnest(ARRAY['1970-01-01', '2025-01-31 23:59:59.999+00', '2025-02-01 00:00+00', now(),
         '2222-02-02 02:22+00']::timestamptz[]) AS at`,
    );
    const all = 'SELECT * FROM resource_change ORDER BY id';
    const there = await query<{ at: Date }>(all);

    for (const name of MIGRATIONS.slice(before.length)) await query(scriptOf(name));

    expect(await query(all)).toEqual(there);
    const where = await query<{ name: string }>(
      'SELECT tableoid::regclass::text AS name FROM resource_change ORDER BY id',
    );
    expect(where.map(({ name }) => name)).toEqual(
      there.map(({ at }) => `resource_change_${at.toISOString().slice(0, 7).replace('-', '_')}`),
    );
    await query(
      `INSERT INTO resource_change (tenant_id, resource_id, kind)
       VALUES (gen_random_uuid(), gen_random_uuid(), 'CREATED')`,
    );
    expect((await query<{ id: string }>(all)).map(({ id }) => id)).toEqual(['1', '2', '3', '4', '5', '6']);
  });

  it('leaves the API keys of an older Muster valid, with every right', async () => {
    const at = MIGRATIONS.findIndex((name) => name.endsWith('_credentials'));
    const apply = async (names: readonly string[]) => {
      for (const name of names) {
        await query(readFileSync(join(projectRoot, 'prisma', 'migrations', name, 'migration.sql'), 'utf8'));
      }
    };
    await apply(MIGRATIONS.slice(0, at));
    const tenantId = randomUUID();
    await query(`INSERT INTO tenant (id, name) VALUES ('${tenantId}', 'default')`);
    for (const [name, revoked] of [
      ['first', 'NULL'],
      ['gone', 'now()'],
    ] as const) {
      await query(
        `INSERT INTO api_credential (id, tenant_id, name, key_hash, revoked_at)
         VALUES ('${randomUUID()}', '${tenantId}', '${name}', sha256('key ${name}'), ${revoked})`,
      );
    }
    await apply(MIGRATIONS.slice(at));

    const database = new Database({ url, poolSize: 1, applicationName: 'muster-test' });
    const vault = new Vault(parseKeyring(`1:${randomBytes(32).toString('base64')}`));
    const credentials = new CredentialRepository(database, vault);
    expect(await credentials.findByApiKey('key first')).toMatchObject({
      caller: { tenantId, policy: FULL_ACCESS },
    });
    expect(await credentials.findByApiKey('key gone')).toMatchObject({ refused: 'revoked' });
    await database.close();
  });

  it('says in one line what is wrong when Postgres cannot be reached, without the password', async () => {
    const nowhere = new URL(url);
    nowhere.port = '1';
    nowhere.password = 'hunter2';
    const error: unknown = await migrateDatabase(nowhere.href).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StartError);
    expect((error as Error).message).toMatch(
      /^DATABASE_URL: Postgres at 127\.0\.0\.1:1 cannot be used: .*ECONNREFUSED/,
    );
    expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain('hunter2');
  });

  it.each([
    ['a password that is wrong', (wrong: URL) => (wrong.password = 'hunter2')],
    ['a database that does not exist', (wrong: URL) => (wrong.pathname = '/nowhere')],
  ])('says so of %s', async (_what, change) => {
    const wrong = new URL(url);
    change(wrong);
    const error: unknown = await migrateDatabase(wrong.href).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StartError);
    expect((error as Error).message).toMatch(/^DATABASE_URL: Postgres at .* cannot be used: \w/);
    expect((error as Error).message).not.toContain('hunter2');
  });
});
