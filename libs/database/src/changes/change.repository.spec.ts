import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { Database } from '../database.js';
import { RetentionRepository } from '../retention/retention.repository.js';
import type { SerialWindow } from '../serial-window.js';
import { resourceOf, SyncFixture } from '../testing/sync-fixture.js';
import { ChangeRepository } from './change.repository.js';
import type { RecordedChange } from './recorded-change.js';

const MONTHS = 6;
/** So many changes of others a month that reading them all would be noticed. */
const OTHERS = 2_000;
const LIMIT = 7;

describe('ChangeRepository, over the partitions of several months', () => {
  let sync: SyncFixture;
  /** With one connection, so that a transaction may go over several calls. */
  let database: Database;
  let changes: ChangeRepository;
  let resourceId: string;
  let taskId: string;
  /** The ids of all changes of the task, in order. */
  let ids: string[];

  beforeAll(async () => {
    sync = await SyncFixture.open();
    await sync.addAccount('a');
    const { unit } = await sync.sync('a', [[resourceOf('x')]]);
    ({ taskId } = unit);
    const [row] = await sync.rows<{ id: string }>('SELECT id FROM resource');
    resourceId = row?.id ?? '';
    // The clock went to and fro, so that the order of ids is not that of months.
    for (let index = 0; index < MONTHS * 5; index += 1) {
      await sync.rows(
        `INSERT INTO resource_change (tenant_id, resource_id, task_id, unit_id, kind, at)
         VALUES ($1, $2, $3, $4, 'UPDATED', now() - $5 * interval '1 month')`,
        [sync.tenantId, resourceId, taskId, unit.id, (index * 5) % MONTHS],
      );
    }
    for (let month = 0; month < MONTHS; month += 1) {
      await sync.rows(
        `INSERT INTO resource_change (tenant_id, resource_id, task_id, unit_id, kind, at)
         SELECT $1, gen_random_uuid(), $2, $2, 'UPDATED', now() - $3 * interval '1 month'
         FROM generate_series(1, $4)`,
        [sync.tenantId, randomUUID(), month, OTHERS],
      );
    }
    const retention = new RetentionRepository(sync.database, {
      changes: 3_650,
      events: 7,
      audit: 365,
      tombstones: 90,
    });
    const plan = await retention.keepChangePartitions();
    expect(plan?.make).toHaveLength(MONTHS - 1);
    await sync.rows('ANALYZE resource_change');
    const known = await sync.rows<{ id: string }>(
      'SELECT id::text FROM resource_change c WHERE task_id = $1 ORDER BY c.id',
      [taskId],
    );
    ids = known.map(({ id }) => id);
    database = sync.connect(1);
    changes = new ChangeRepository(database);
  });
  afterAll(async () => {
    await database.close();
    await sync.close();
  });

  const readAll = async (read: (window: SerialWindow) => Promise<RecordedChange[] | undefined>) => {
    const all: string[] = [];
    for (;;) {
      const marker = all.at(-1);
      const page = await read({ limit: LIMIT, ...(marker === undefined ? {} : { marker }) });
      if (page === undefined || page.length === 0) return all;
      expect(page.length).toBeLessThanOrEqual(LIMIT);
      all.push(...page.map(({ id }) => id));
    }
  };
  /** How many rows of changes the one connection has read without an index. */
  const rowsReadInSequence = async () => {
    const { rows } = await database.pool.query<{ count: string }>(
      `SELECT sum(seq_tup_read) AS count FROM pg_stat_xact_user_tables WHERE relname LIKE 'resource_change%'`,
    );
    return Number(rows[0]?.count);
  };

  it('pages by id, of a task forward, of a resource backward', async () => {
    expect(ids).toHaveLength(MONTHS * 5 + 1);
    const ofTask = await readAll((window) => changes.ofTask(sync.tenantId, taskId, window));
    expect(ofTask).toEqual(ids);
    const ofResource = await readAll((window) => changes.ofResource(sync.tenantId, resourceId, window));
    expect(ofResource).toEqual([...ids].reverse());
  });

  it('reads no partition without an index', async () => {
    await database.pool.query('BEGIN'); // these statistics are of a transaction
    const before = await rowsReadInSequence();
    await changes.ofTask(sync.tenantId, taskId, { limit: LIMIT });
    await changes.ofResource(sync.tenantId, resourceId, { limit: LIMIT });
    expect(await rowsReadInSequence()).toBe(before);
    await database.pool.query(`SELECT count(*) FROM resource_change WHERE kind = 'CREATED'`);
    expect(await rowsReadInSequence()).toBeGreaterThanOrEqual(before + MONTHS * OTHERS);
    await database.pool.query('COMMIT');
  });
});
