import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';

import { actFor, beginStretch } from './acting-tenant.js';
import type { Database } from './database.js';
import { migrateDatabase } from './migrate-database.js';
import { resourceOf, SyncFixture } from './testing/sync-fixture.js';

/** Runs `work` as what is done for a tenant. */
function asTenant<T>(tenantId: string, work: () => Promise<T>): Promise<T> {
  return beginStretch(() => {
    actFor(tenantId);
    return work().then((result) => result); // a query of Prisma's begins when it is awaited
  });
}

/** What tenants may not see at all, and what is nobody's. */
const HIDDEN = ['credential_secret', 'fleet_snapshot', 'session_token', 'used_signature'];
const COMMON = ['outbox_horizon', 'sync_transition_rule', '_prisma_migrations'];

describe('TenantPool', () => {
  let sync: SyncFixture;
  let other: string;
  let database: Database;

  beforeAll(async () => {
    sync = await SyncFixture.open();
    other = randomUUID();
    await sync.rows(`INSERT INTO tenant (id, name) VALUES ($1, 'other')`, [other]);
    await sync.addAccount('a');
    await sync.sync('a', [[resourceOf('x'), resourceOf('y')]]);
    database = sync.connect(2);
  });
  afterAll(async () => {
    await database.close();
    await sync.close();
  });

  const count = async (table: string) => {
    const { rows } = await database.pool.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM ${pg.escapeIdentifier(table)}`,
    );
    return rows[0]?.n;
  };
  const tables = async () => {
    const rows = await sync.rows<{ name: string; secured: boolean }>(
      `SELECT relname AS name, relrowsecurity AS secured FROM pg_class
       WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
       ORDER BY relname`,
    );
    return rows.filter(({ name }) => !COMMON.includes(name));
  };

  it('has every table behind row-level security', async () => {
    expect((await tables()).filter(({ secured }) => !secured)).toEqual([]);
  });

  it("shows a tenant its own rows of every table, and none of another's", async () => {
    const filled = [];
    for (const { name } of await tables()) {
      const all = (await count(name)) ?? 0;
      if (HIDDEN.includes(name)) {
        await expect(asTenant(sync.tenantId, () => count(name))).rejects.toThrow('permission denied');
        continue;
      }
      const own = name === 'tenant' ? 1 : all;
      expect([name, await asTenant(sync.tenantId, () => count(name))]).toEqual([name, own]);
      expect([name, await asTenant(other, () => count(name))]).toEqual([name, name === 'tenant' ? 1 : 0]);
      if (all > 0) filled.push(name);
    }
    expect(filled).toEqual(
      expect.arrayContaining([
        'coverage',
        'outbox_event',
        'resource',
        'resource_change',
        'sync_task_run',
        'sync_transition',
        'sync_unit',
        'vendor_account',
      ]),
    );
  });

  it("changes nothing of another tenant's, and writes nothing in its name", async () => {
    const touched = await asTenant(other, async () => {
      const { rowCount: updated } = await database.pool.query(`UPDATE resource SET name = 'taken'`);
      const { rowCount: deleted } = await database.pool.query('DELETE FROM vendor_account');
      return { updated, deleted };
    });
    expect(touched).toEqual({ updated: 0, deleted: 0 });
    await expect(
      asTenant(other, () =>
        database.pool.query(
          `INSERT INTO idempotency_key (SELECT * FROM jsonb_populate_record(NULL::idempotency_key,
             jsonb_build_object('tenant_id', $1::text)))`,
          [sync.tenantId],
        ),
      ),
    ).rejects.toThrow('row-level security');
  });

  it('binds Prisma and transactions as well, and each to its own tenant, side by side on few connections', async () => {
    const seen = await Promise.all(
      Array.from({ length: 40 }, (_, index) => {
        const tenantId = index % 2 === 0 ? sync.tenantId : other;
        if (index % 5 === 0) return database.prisma.resource.count();
        return asTenant(tenantId, () =>
          index % 3 === 0
            ? database.transaction(async (client) => {
                const { rows } = await client.query<{ n: number }>('SELECT count(*)::int AS n FROM resource');
                return rows[0]?.n;
              })
            : database.prisma.resource.count(),
        );
      }),
    );
    expect(seen).toEqual(seen.map((_, index) => (index % 5 === 0 || index % 2 === 0 ? 2 : 0)));
  });

  it('is bound no longer than the stretch of work, and only within one', async () => {
    await asTenant(other, () => count('resource'));
    expect(await count('resource')).toBe(2);
    expect(() => {
      actFor(other);
    }).toThrow('within beginStretch()');
  });

  it('gives a connection that could not be told back, and says why', async () => {
    await expect(asTenant('no uuid', () => count('resource'))).rejects.toThrow('invalid input syntax');
    expect(await count('resource')).toBe(2);
  });
});

describe('the role of tenants', () => {
  let sync: SyncFixture;

  beforeAll(async () => {
    sync = await SyncFixture.open();
  });
  afterAll(() => sync.close());

  /** A database and a role of its own, without other rights. */
  const prepare = async () => {
    const name = `muster_plain_${randomUUID().replaceAll('-', '')}`;
    const url = new URL(sync.url);
    await sync.rows(`CREATE ROLE ${name} LOGIN PASSWORD 'plain'`);
    await sync.rows(`CREATE DATABASE ${name} OWNER ${name}`);
    url.pathname = `/${name}`;
    url.username = name;
    url.password = 'plain';
    return {
      name,
      url: url.href,
      remove: async () => {
        await sync.rows(`DROP DATABASE ${name} WITH (FORCE)`);
        await sync.rows(`DROP ROLE ${name}`);
      },
    };
  };

  it('must be given by an administrator to a role that may not make it, which is told how', async () => {
    const { name, url, remove } = await prepare();
    try {
      await expect(migrateDatabase(url)).rejects.toThrow(`GRANT muster_tenant TO "${name}"`);
      await sync.rows(`GRANT muster_tenant TO ${name}`);
      expect(await migrateDatabase(url)).toContain('0019_row_level_security');
    } finally {
      await remove();
    }
  });
});
