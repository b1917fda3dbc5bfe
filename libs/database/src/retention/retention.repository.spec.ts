import { randomUUID } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import type { Retention } from '#platform';

import { eventually } from '../../../../test/support/eventually.js';
import { newAuditEntry } from '../audit/audit-entry.js';
import { AuditLogRepository } from '../audit/audit-log.repository.js';
import { ChangeRepository } from '../changes/change.repository.js';
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

  const keeping = (days: Partial<Retention>) =>
    new RetentionRepository(sync.database, { changes: 365, events: 7, audit: 365, tombstones: 90, ...days });
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

  describe('removeTombstones', () => {
    const resources = (...ids: string[]) => [ids.map((id) => resourceOf(id, { name: `name of ${id}` }))];
    const tombstones = () =>
      sync.rows<{ id: string; name: string }>(
        `SELECT id, native_id AS name FROM resource WHERE deleted_at IS NOT NULL ORDER BY native_id`,
      );
    /** Says of what is deleted that it was so many days ago. */
    const age = (days: number, name = '%') =>
      sync.rows(
        `UPDATE resource SET deleted_at = now() - $1 * interval '1 day' WHERE deleted_at IS NOT NULL AND native_id LIKE $2`,
        [days, name],
      );

    beforeEach(async () => {
      await sync.addAccount('a');
      await sync.sync('a', resources('a', 'b', 'c', 'd', 'e', 'live'));
      await sync.sync('a', resources('live'));
    });

    it('removes the oldest of what has been kept long enough, so many at a time, and nothing live', async () => {
      for (const [index, name] of ['a', 'b', 'c', 'd', 'e'].entries()) await age(93 - index, name);
      await age(90.03, 'd'); // an hour is 0.0417 days
      const [live] = await sync.rows(`SELECT * FROM resource WHERE native_id = 'live'`);
      const retention = keeping({ tombstones: 90 });
      const names = async () => (await tombstones()).map(({ name }) => name);

      expect(await retention.removeTombstones(2)).toBe(2);
      expect(await names()).toEqual(['c', 'd', 'e']);
      expect(await retention.removeTombstones(2)).toBe(1);
      expect(await retention.removeTombstones(2)).toBe(0);

      expect(await names()).toEqual(['d', 'e']); // d may still be about to be brought back
      expect(await sync.rows(`SELECT * FROM resource WHERE native_id = 'live'`)).toEqual([live]);
    });

    it('keeps what their changes are about as long as there are any', async () => {
      const [first] = await tombstones();
      const id = first?.id ?? '';
      const ofResource = () =>
        new ChangeRepository(sync.database).ofResource(sync.tenantId, id, { limit: 9 });
      const before = await ofResource();
      expect(before).toMatchObject([{ kind: 'DELETED', name: 'name of a' }, { kind: 'CREATED' }]);
      await age(404);
      await keeping({ changes: 365 }).removeTombstones(9);

      expect(await tombstones()).toEqual([]);
      expect(await ofResource()).toEqual(before);
      expect(
        await new ChangeRepository(sync.database).ofResource(NO_RESOURCE, id, { limit: 9 }),
      ).toBeUndefined();

      await keeping({ changes: 363 }).removeTombstones(9); // and 40 days
      expect(await sync.rows('SELECT * FROM former_resource')).toEqual([]);
      expect(await ofResource()).toBeUndefined();
    });

    it('takes what returns afterwards for new', async () => {
      const [first] = await tombstones();
      await age(100);
      await keeping({}).removeTombstones(9);

      const { counts } = await sync.sync('a', resources('live', 'a'));

      expect(counts).toEqual([{ created: 1, updated: 0, unchanged: 1 }]);
      const [again] = await sync.rows<{ id: string }>(`SELECT id FROM resource WHERE native_id = 'a'`);
      expect(again?.id).not.toBe(first?.id);
      expect(await sync.rows(`SELECT kind FROM resource_change WHERE resource_id = $1`, [again?.id])).toEqual(
        [{ kind: 'CREATED' }],
      );
    });

    it('passes over what is just coming back, and keeps its history when it came first', async () => {
      await age(100);
      const retention = keeping({});
      const unit = await sync.startUnit('a');
      await sync.database.transaction(async (client) => {
        await client.query(`UPDATE resource SET deleted_at = NULL WHERE native_id = 'a'`);
        expect(await retention.removeTombstones(9)).toBe(4);
      });
      await sync.commitPage(unit, { resources: resources('a', 'b')[0] ?? [] });
      expect(await sync.rows('SELECT native_id AS name FROM resource ORDER BY name')).toEqual(
        ['a', 'b', 'live'].map((name) => ({ name })),
      );
    });

    it('lets many remove at once without a change that is lost, or twice there', async () => {
      await age(100);
      const retention = keeping({});
      const removed = await Promise.all(Array.from({ length: 6 }, () => retention.removeTombstones(2)));
      expect(removed.reduce((sum, count) => sum + count, 0)).toBe(5);
      expect(await sync.rows('SELECT name FROM former_resource ORDER BY name')).toHaveLength(5);
    });
  });

  describe('removeAuditEntries', () => {
    it('removes the oldest that have been kept long enough, with what came of them, so many at a time', async () => {
      const auditLog = new AuditLogRepository(sync.database);
      const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);
      const records = [0.5, 364, 366, 367, 368].map((days) => ({
        entry: {
          ...newAuditEntry({
            source: 'api',
            tenantId: sync.tenantId,
            action: `${String(days)} days`,
            targets: [],
          }),
          at: daysAgo(days),
        },
        outcome: { outcome: 'SUCCEEDED' as const },
      }));
      await auditLog.add(records);
      const retention = keeping({});

      expect([await retention.removeAuditEntries(2), await retention.removeAuditEntries(2)]).toEqual([2, 1]);
      expect(await keeping({ audit: 1 }).removeAuditEntries(9)).toBe(1);

      const left = `SELECT e.action FROM audit_entry e JOIN audit_outcome o ON o.entry_id = e.id`;
      expect(await sync.rows(left)).toEqual([{ action: '0.5 days' }]);
      expect(await sync.rows('SELECT count(*)::int AS n FROM audit_outcome')).toEqual([{ n: 1 }]);
    });
  });

  describe('removeScheduleRuns', () => {
    it('removes the oldest that have been kept long enough, so many at a time', async () => {
      const schedule = randomUUID();
      await sync.rows(
        `INSERT INTO schedule (id, tenant_id, vendor, interval_seconds, time_zone, due_at, next_run_at)
         VALUES ($1, $2, 'VMWARE', 60, 'UTC', now(), now())`,
        [schedule, sync.tenantId],
      );
      await sync.rows(
        `INSERT INTO schedule_run (id, tenant_id, schedule_id, trigger, outcome, reason, at)
         SELECT gen_random_uuid(), $1, $2, 'due', 'skipped', days::text, now() - days * interval '1 day'
         FROM unnest(ARRAY[0, 29, 31, 32, 33]) AS days`,
        [sync.tenantId, schedule],
      );
      const retention = keeping({});
      expect([await retention.removeScheduleRuns(2), await retention.removeScheduleRuns(2)]).toEqual([2, 1]);
      expect(await sync.rows('SELECT reason FROM schedule_run ORDER BY 1')).toEqual([
        { reason: '0' },
        { reason: '29' },
      ]);
    });
  });

  describe('removeFormerSecrets', () => {
    it('removes those whose time is over, so many at a time, and nothing else of the webhook', async () => {
      await sync.rows(
        `INSERT INTO webhook (id, tenant_id, name, url, types, sealed_secret, sealed_former_secret,
           former_secret_until, told_transaction_id, told_id)
         SELECT gen_random_uuid(), $1, hours::text, 'https://hooks.example/', '{}', 'present', 'former',
           now() + hours * interval '1 hour', '0', 0 FROM unnest(ARRAY[-3, -2, -1, 1]) AS hours`,
        [sync.tenantId],
      );
      const retention = keeping({});
      expect([await retention.removeFormerSecrets(2), await retention.removeFormerSecrets(2)]).toEqual([
        2, 1,
      ]);
      expect(
        await sync.rows(
          `SELECT name, sealed_secret = 'present' AS present, sealed_former_secret = 'former' AS former,
             former_secret_until IS NULL AS over FROM webhook ORDER BY former_secret_until, name`,
        ),
      ).toEqual([
        { name: '1', present: true, former: true, over: false },
        { name: '-1', present: true, former: null, over: true },
        { name: '-2', present: true, former: null, over: true },
        { name: '-3', present: true, former: null, over: true },
      ]);
    });
  });

  describe('removeDeadLetters', () => {
    it('removes the oldest that have been kept long enough, so many at a time', async () => {
      const webhook = randomUUID();
      await sync.rows(
        `INSERT INTO webhook (id, tenant_id, name, url, types, sealed_secret, told_transaction_id, told_id)
         VALUES ($1, $2, 'Hook', 'https://hooks.example/', '{}', '', '0', 0)`,
        [webhook, sync.tenantId],
      );
      await sync.rows(
        `INSERT INTO webhook_dead_letter (id, tenant_id, webhook_id, message_id, message, attempts, failure, at)
         SELECT gen_random_uuid(), $1, $2, 'id', '{}', 12, days::text, now() - days * interval '1 day'
         FROM unnest(ARRAY[0, 29, 31, 32, 33]) AS days`,
        [sync.tenantId, webhook],
      );
      const retention = keeping({});
      expect([await retention.removeDeadLetters(2), await retention.removeDeadLetters(2)]).toEqual([2, 1]);
      expect(await sync.rows('SELECT failure FROM webhook_dead_letter ORDER BY 1')).toEqual([
        { failure: '0' },
        { failure: '29' },
      ]);
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
