import { randomUUID } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { eventually } from '../../../../test/support/eventually.js';
import { appendEvent } from '../outbox/append-event.js';
import { resourceOf, SyncFixture } from '../testing/sync-fixture.js';
import { type Month, monthOf } from './plan-partitions.js';
import { RetentionRepository } from './retention.repository.js';

const DEFAULT = 'resource_change_default';
const NO_RESOURCE = randomUUID();

describe('RetentionRepository', () => {
  let sync: SyncFixture;
  let now: Date;

  beforeEach(async () => {
    sync = await SyncFixture.open();
    [{ now } = { now: new Date() }] = await sync.rows<{ now: Date }>('SELECT now() AS now');
  });
  afterEach(() => sync.close());

  const keeping = (days: { changes?: number; events?: number }) =>
    new RetentionRepository(sync.database, { changes: 365, events: 7, ...days });
  /** The month so many behind this one; negative for those to come. */
  const monthsAgo = (count: number): Month =>
    monthOf(new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - count, 1)));
  const nameOf = (month: Month) => `resource_change_${month.replace('-', '_')}`;
  /** Changes that happened in the middle of a month. */
  const changeIn = async (...months: Month[]) => {
    for (const month of months) {
      await sync.rows(
        `INSERT INTO resource_change (tenant_id, resource_id, kind, patch, at)
         VALUES ($1, $2, 'UPDATED', '[]', $3)`,
        [sync.tenantId, NO_RESOURCE, `${month}-15T12:00:00Z`],
      );
    }
  };
  /** How many changes are where. */
  const changes = async () => {
    const rows = await sync.rows<{ where: string; count: number }>(
      `SELECT tableoid::regclass::text AS where, count(*)::int AS count FROM resource_change
       GROUP BY 1 ORDER BY 1`,
    );
    return Object.fromEntries(rows.map(({ where, count }) => [where, count]));
  };
  const partitions = async () =>
    (
      await sync.rows<{ name: string }>(
        `SELECT inhrelid::regclass::text AS name FROM pg_inherits
         WHERE inhparent = 'resource_change'::regclass ORDER BY 1`,
      )
    ).map(({ name }) => name);

  describe('keepChangePartitions', () => {
    it('has nothing to do on a new database, which has this month and the next', async () => {
      expect(await partitions()).toEqual([nameOf(monthsAgo(0)), nameOf(monthsAgo(-1)), DEFAULT].sort());
      expect(await keeping({}).keepChangePartitions()).toBeUndefined();
    });

    it('makes the months that are missing, into which changes go from then on', async () => {
      await sync.rows(`DROP TABLE ${nameOf(monthsAgo(0))}, ${nameOf(monthsAgo(-1))}`);
      await changeIn(monthsAgo(0), monthsAgo(-1));
      expect(await changes()).toEqual({ [DEFAULT]: 2 });

      const done = await keeping({}).keepChangePartitions();

      expect(done).toEqual({ make: [monthsAgo(0), monthsAgo(-1)], drop: [], discard: [] });
      await changeIn(monthsAgo(0), monthsAgo(-1), monthsAgo(-2));
      expect(await changes()).toEqual({
        [nameOf(monthsAgo(0))]: 2,
        [nameOf(monthsAgo(-1))]: 2,
        [DEFAULT]: 1,
      });
      expect(await keeping({}).keepChangePartitions()).toBeUndefined();
    });

    it('takes a change whatever the clock says, and finds a place for it when its month has come', async () => {
      await changeIn(monthsAgo(3), '2099-07', '1999-07', '1970-01');
      expect(await changes()).toEqual({ [DEFAULT]: 4 });
      const ids = await sync.rows('SELECT id, at, patch, kind FROM resource_change ORDER BY id');

      await keeping({ changes: 36_500 }).keepChangePartitions();

      expect(await changes()).toEqual({
        [nameOf(monthsAgo(3))]: 1,
        [nameOf('1999-07')]: 1,
        [nameOf('1970-01')]: 1,
        [DEFAULT]: 1,
      });
      expect(await sync.rows('SELECT id, at, patch, kind FROM resource_change ORDER BY id')).toEqual(ids);
    });

    it('drops months that have been kept long enough, and strays of such', async () => {
      await changeIn(monthsAgo(5), monthsAgo(4), monthsAgo(1));
      await keeping({}).keepChangePartitions();
      await changeIn(monthsAgo(6));
      const tooLong = monthsAgo(3); // so long that all of the month before it is over for longer
      const days = Math.ceil((now.getTime() - Date.parse(`${tooLong}-01T00:00:00Z`)) / 86_400_000);

      const done = await keeping({ changes: days }).keepChangePartitions();

      expect(done).toEqual({ make: [], drop: [monthsAgo(5)], discard: [monthsAgo(6)] });
      expect(await changes()).toEqual({ [nameOf(monthsAgo(4))]: 1, [nameOf(monthsAgo(1))]: 1 });
      expect(await partitions()).not.toContain(nameOf(monthsAgo(5)));
      await keeping({ changes: 1 }).keepChangePartitions();
      expect(Object.keys(await changes())).toEqual(
        now.getUTCDate() === 1 ? [nameOf(monthsAgo(1))] : [], // yesterday's month, until it is over for a day
      );
    });

    it('is done by one of many that come at once', async () => {
      await changeIn(monthsAgo(2));
      const retention = keeping({});

      const done = await Promise.all(Array.from({ length: 8 }, () => retention.keepChangePartitions()));

      expect(done.filter((plan) => plan !== undefined)).toEqual([
        { make: [monthsAgo(2)], drop: [], discard: [] },
      ]);
      expect(await changes()).toEqual({ [nameOf(monthsAgo(2))]: 1 });
    });

    it('gives way to a transaction that has the table, and is done when it is over', async () => {
      await changeIn(monthsAgo(14));
      await keeping({ changes: 1_000 }).keepChangePartitions();
      const retention = keeping({});
      await sync.database.transaction(async (client) => {
        await client.query('SELECT count(*) FROM resource_change');
        expect(await retention.keepChangePartitions()).toBeUndefined();
      });
      expect(await changes()).toEqual({ [nameOf(monthsAgo(14))]: 1 });

      expect(await retention.keepChangePartitions()).toMatchObject({ drop: [monthsAgo(14)] });
    });

    it('lets pages be committed and changes be read meanwhile', async () => {
      await sync.addAccount('a');
      const unit = await sync.startUnit('a');
      const retention = keeping({});
      const strays = [2, 3, 4, 5, 6].map(monthsAgo);
      let over = false;
      const keeper = (async () => {
        for (const month of strays) {
          await changeIn(month);
          await eventually('it is moved', async () => {
            await retention.keepChangePartitions();
            return !(DEFAULT in (await changes()));
          });
        }
        over = true;
      })();
      let pages = 0;
      while (!over) {
        const resources = [resourceOf('a', { name: String(pages) })];
        await sync.commitPage(unit, { resources, resumeAt: String(pages) });
        pages += 1;
      }
      await keeper;

      const written = await sync.rows('SELECT 1 FROM resource_change WHERE unit_id = $1', [unit.id]);
      expect(written).toHaveLength(pages);
      expect(await partitions()).toEqual(expect.arrayContaining(strays.map(nameOf)));
    });
  });

  describe('removeEvents', () => {
    it('removes the oldest of what has been kept long enough, so many at a time', async () => {
      for (const hours of [0, 23, 25, 26, 300]) {
        await appendEvent(sync.database.pool, sync.tenantId, {
          type: 'account.cleared',
          payload: { accountId: String(hours), vendor: 'VMWARE' },
        });
        await sync.rows(
          `UPDATE outbox_event SET at = now() - $1 * interval '1 hour' WHERE payload ->> 'accountId' = $2`,
          [hours, String(hours)],
        );
      }
      const left = async () =>
        (await sync.rows<{ name: string }>(`SELECT payload ->> 'accountId' AS name FROM outbox_event`)).map(
          ({ name }) => Number(name),
        );
      const retention = keeping({ events: 1 });

      expect(await retention.removeEvents(2)).toBe(2);
      expect((await left()).sort((a, b) => a - b)).toEqual([0, 23, 25]);
      expect(await retention.removeEvents(2)).toBe(1);
      expect(await retention.removeEvents(2)).toBe(0);
      expect((await left()).sort((a, b) => a - b)).toEqual([0, 23]);
    });
  });
});
