import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { eventually } from './support/eventually.js';
import { items, pagesOf, scriptedAccount, ScriptedVendor } from './support/scripted-vendor.js';
import { TestMuster } from './support/test-muster.js';

const SYNC = { vendor: 'VMWARE', account_id: 'a' } as const;
const NOTHING = { resource: { inserted: 0, updated: 0, deleted: 0 }, changes: 0 };

describe('a resync', () => {
  let muster: TestMuster;
  let vendor: ScriptedVendor;

  beforeEach(async () => {
    vendor = new ScriptedVendor();
    muster = await TestMuster.start({ adapters: vendor.adapters });
    await muster.addAccount(scriptedAccount('a'));
  });
  afterEach(() => muster.close());

  /** What Postgres has counted of writes to the inventory so far, also those that were rolled back. */
  const writes = async () => {
    // A session reports when it ends, at the latest.
    const { rows: sessions } = await muster.sql.query<{ pid: number }>(
      `SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`,
    );
    const pids = sessions.map(({ pid }) => pid);
    await eventually('the sessions end', async () => {
      const { rowCount } = await muster.sql.query('SELECT 1 FROM pg_stat_activity WHERE pid = ANY($1)', [
        pids,
      ]);
      return rowCount === 0;
    });
    const { rows } = await muster.sql.query<{
      name: string;
      inserted: number;
      updated: number;
      deleted: number;
    }>(
      `SELECT relname AS name, n_tup_ins::int AS inserted, n_tup_upd::int AS updated, n_tup_del::int AS deleted
       FROM pg_stat_user_tables WHERE relname = 'resource' OR relname LIKE 'resource\\_change%'`,
    );
    const sum = (count: (row: (typeof rows)[number]) => number) =>
      rows.filter(({ name }) => name !== 'resource').reduce((total, row) => total + count(row), 0);
    const [resource] = rows.filter(({ name }) => name === 'resource');
    if (resource === undefined) throw new Error('There is no table resource.');
    const { inserted, updated, deleted } = resource;
    return {
      resource: { inserted, updated, deleted },
      changes: sum((row) => row.inserted + row.updated + row.deleted),
    };
  };

  it('of what has not changed writes no row of the inventory, by Postgres’ own count', async () => {
    const pages = [items('a', 300), items('b', 300), items('c', 50)];
    vendor.scripts['things'] = pagesOf(pages);
    vendor.scripts['others'] = pagesOf(pages);
    expect(await writes()).toEqual(NOTHING);

    await muster.sync(SYNC);
    const loaded = await writes();
    expect(loaded).toEqual({ resource: { inserted: 1_300, updated: 0, deleted: 0 }, changes: 1_300 });

    const { counts } = await muster.sync(SYNC);
    expect(counts).toMatchObject({ unchanged: 1_300 });
    expect(await writes()).toEqual(loaded);

    vendor.scripts['things'] = pagesOf([
      items('a', 300),
      [...items('b', 299), 'b299=changed'],
      items('c', 50),
    ]);
    await muster.sync(SYNC);
    expect(await writes()).toEqual({
      resource: { inserted: 1_300, updated: 1, deleted: 0 },
      changes: 1_301,
    });
  });
});
