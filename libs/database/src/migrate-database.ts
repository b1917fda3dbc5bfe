import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import pg from 'pg';

import { projectRoot, StartError } from '#platform';

import type { Database } from './database.js';
import { ensureTenantRole } from './ensure-tenant-role.js';
import { NO_FILTER, openSchemaEngine } from './schema-engine.js';

/** Serializes migrations between processes that start together; the number spells MUST. */
const MIGRATION_LOCK = 0x4d555354;

/**
 * Brings a database up to date with `prisma/migrations`, exactly as `prisma migrate deploy` would, and
 * returns the names of the migrations it applied. Safe to call from many processes at once.
 * @throws {StartError} when the database cannot be reached, or our role may not set it up.
 * @throws {Error} when a migration fails or the history in the database isn't ours; the message names it.
 */
export async function migrateDatabase(databaseUrl: string): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on('error', () => undefined); // the statements fail by themselves; unheard, it would end the process
  try {
    await client.connect();
  } catch (error) {
    throw new StartError(
      `DATABASE_URL: Postgres at ${client.host}:${String(client.port)} cannot be used: ${reason(error)}`,
    );
  }
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await ensureTenantRole(client);
    const { engine, close } = await openSchemaEngine(databaseUrl);
    try {
      const migrationsList = await readMigrations();
      const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList, filters: NO_FILTER });
      return appliedMigrationNames;
    } finally {
      await close();
    }
  } finally {
    await client.end(); // ends the session, and with it the lock
  }
}

/** Node gives refused connections of a name with two addresses no message of their own. */
function reason(error: unknown): string {
  const [first] = error instanceof AggregateError ? (error.errors as unknown[]) : [error];
  return first instanceof Error ? first.message : String(first);
}

const MIGRATIONS = join(projectRoot, 'prisma', 'migrations');

/** The names of this build's migrations, in their order. */
async function listMigrations(): Promise<string[]> {
  const entries = await readdir(MIGRATIONS, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/**
 * Whether all of this build's migrations are in the database; those of a newer build may be, too.
 * @throws when the database does not answer
 */
export async function isMigrated({ pool }: Pick<Database, 'pool'>): Promise<boolean> {
  const names = await listMigrations();
  const { rows } = await pool.query<{ applied: number }>(
    `SELECT count(DISTINCT migration_name)::int AS applied FROM _prisma_migrations
     WHERE migration_name = ANY($1) AND finished_at IS NOT NULL AND rolled_back_at IS NULL`,
    [names],
  );
  return rows[0]?.applied === names.length;
}

async function readMigrations() {
  const baseDir = MIGRATIONS;
  return {
    baseDir,
    lockfile: {
      path: 'migration_lock.toml',
      content: await readFile(join(baseDir, 'migration_lock.toml'), 'utf8'),
    },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(
      (await listMigrations()).map(async (name) => ({
        path: name,
        migrationFile: {
          path: 'migration.sql',
          content: {
            tag: 'ok' as const,
            value: await readFile(join(baseDir, name, 'migration.sql'), 'utf8'),
          },
        },
      })),
    ),
  };
}
