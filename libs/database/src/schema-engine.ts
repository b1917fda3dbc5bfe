import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory, type SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import type { SchemaEngine, SchemaFilter } from '@prisma/schema-engine-wasm';
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg';
import pg from 'pg';

/** Nothing in our schema is somebody else's: BullMQ's tables are in a schema of their own. */
export const NO_FILTER: SchemaFilter = { externalTables: [], externalEnums: [] };

/** A schema engine at work on a database. */
export interface OpenSchemaEngine {
  engine: SchemaEngine;
  close: () => Promise<void>;
}

/**
 * Starts Prisma's own schema engine, in WASM, on a database. The CLI would download a native engine, which
 * machines that reach only the npm registry cannot; this one comes inside a package
 * (docs/decisions/0003-migrations-in-process.md).
 */
export async function openSchemaEngine(databaseUrl: string): Promise<OpenSchemaEngine> {
  loaded ??= load();
  await loaded;
  // A pool of ours, because freeing the engine leaves its connections open.
  const pool = new pg.Pool({ connectionString: databaseUrl });
  pool.on('error', () => undefined); // the statements fail by themselves; unheard, it would end the process
  const adapter = bindMigrationAwareSqlAdapterFactory(new WholeScripts(pool));
  const engine = await bindings.SchemaEngine.new({ datamodels: undefined }, () => undefined, adapter);
  return {
    engine,
    close: async () => {
      engine.free();
      await pool.end();
    },
  };
}

/**
 * Sends a migration to Postgres as a whole, as Prisma's native engine does: it is then one transaction. The
 * adapter's own way cuts it at every `;`, also at those within a function's body.
 */
class WholeScripts extends PrismaPg {
  override async connect(): ReturnType<PrismaPg['connect']> {
    const adapter = await super.connect();
    const whole: Pick<SqlDriverAdapter, 'executeScript'> = {
      executeScript: async (sql) => {
        await adapter.executeRaw({ sql, args: [], argTypes: [] });
      },
    };
    return Object.assign(adapter, whole);
  }
}

/** Once per process: the bindings know one instance, and a second would break the first's callbacks. */
let loaded: Promise<void> | undefined;

async function load(): Promise<void> {
  const entry = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm');
  const wasm = await readFile(join(dirname(entry), 'schema_engine_bg.wasm'));
  const imports = Object.fromEntries(Object.entries(bindings).map(keepNoProcessAlive));
  const { instance } = await WebAssembly.instantiate(wasm, { './schema_engine_bg.js': imports });
  bindings.__wbg_set_wasm(instance.exports);
  (instance.exports['__wbindgen_start'] as () => void)();
}

/** The engine leaves the 10 s timer of its lock behind when it is done; nobody should have to wait for it. */
function keepNoProcessAlive([name, value]: [string, unknown]): [string, unknown] {
  if (!name.startsWith('__wbg_setTimeout_')) return [name, value];
  const start = value as (...parameters: unknown[]) => NodeJS.Timeout;
  return [name, (...parameters: unknown[]) => start(...parameters).unref()];
}
