import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { SyncError } from '#domain';

import { eventually } from '../../../../test/support/eventually.js';
import type { Database } from '../database.js';
import { resourceOf, SyncFixture } from '../testing/sync-fixture.js';
import { FleetRepository } from './fleet.repository.js';

const A_MINUTE_MS = 60_000;

describe('FleetRepository', () => {
  let sync: SyncFixture;
  let other: Database;
  let fleets: FleetRepository[];

  beforeAll(async () => {
    sync = await SyncFixture.open();
    other = sync.connect(4);
    fleets = [new FleetRepository(sync.database), new FleetRepository(other)];
  });
  afterAll(async () => {
    await other.close();
    await sync.close();
  });
  beforeEach(() => sync.database.pool.query('DELETE FROM fleet_snapshot'));

  const figures = () => fleets[0]!.figures(10);
  const age = async (account: string) =>
    (await figures()).stalest.find((stale) => stale.account === account)?.seconds;

  describe('shared', () => {
    it('looks once, however many processes ask at once, and gives all of them what it saw', async () => {
      let looks = 0;
      const take = () => Promise.resolve({ look: (looks += 1) });
      const seen = await Promise.all(
        Array.from({ length: 12 }, (_, index) => fleets[index % 2]!.shared(A_MINUTE_MS, take)),
      );
      expect(seen).toEqual(Array.from({ length: 12 }, () => ({ look: 1 })));
      expect(await fleets[1]!.shared(A_MINUTE_MS, take)).toEqual({ look: 1 });
    });

    it('looks again when what is there is too old, or from a clock that was ahead', async () => {
      const take = (look: number) => () => Promise.resolve({ look });
      await fleets[0]!.shared(A_MINUTE_MS, take(1));
      for (const [look, shift] of [
        [2, '-2 minutes'],
        [3, '1 hour'],
      ] as const) {
        await sync.database.pool.query('UPDATE fleet_snapshot SET taken_at = now() + $1::interval', [shift]);
        expect(await fleets[1]!.shared(A_MINUTE_MS, take(look))).toEqual({ look });
      }
    });

    it('leaves it to the next one when a look fails', async () => {
      const failing = fleets[0]!.shared(A_MINUTE_MS, () => Promise.reject(new Error('not now')));
      await expect(failing).rejects.toThrow('not now');
      expect(await fleets[1]!.shared(A_MINUTE_MS, () => Promise.resolve({ look: 1 }))).toEqual({ look: 1 });
    });
  });

  it('counts what is due and has no worker: a run, and its units once they are handed out', async () => {
    await sync.addAccount('waiting');
    const { runIds, taskId } = await sync.request('waiting');
    await sync.database.pool.query(
      `UPDATE vendor_account SET sync_date = now() - interval '1 hour' WHERE account_id = 'waiting'`,
    );
    const waiting = async () =>
      Object.fromEntries(
        (await figures()).waiting.map((work) => [work.kind, [work.count, work.oldestSeconds]]),
      );
    expect(await waiting()).toEqual({ run: [1, expect.closeTo(3_600, -2)] });
    expect((await figures()).openTasks).toMatchObject([{ state: 'QUEUED', count: 1 }]);

    await sync.plan(runIds[0]!, ['a', 'b', 'c']);
    expect(await waiting()).toEqual({});
    const { unitIds } = await sync.runs.advance(runIds[0]!, 2);
    expect(await waiting()).toMatchObject({ unit: [2, expect.any(Number)] });

    // What was enqueued again has waited no less for that.
    await sync.database.pool.query(
      `UPDATE sync_unit SET waiting_since = now() - interval '1 hour', enqueued_at = now() - interval '1 hour'
       WHERE id = $1`,
      [unitIds[0]],
    );
    expect(await sync.units.takeForgotten(10, A_MINUTE_MS)).toHaveLength(1);
    expect(await waiting()).toMatchObject({ unit: [2, expect.closeTo(3_600, -2)] });

    const unit = await sync.claimUnit(unitIds[0]!);
    await sync.units.wait(unit, { delayMs: A_MINUTE_MS, counted: true });
    expect(await waiting()).toMatchObject({ unit: [1, expect.any(Number)] }); // one is not due, one is not handed out
    await sync.tasks.cancel({ tenantId: sync.tenantId, taskId });
    expect(await waiting()).toEqual({});
    expect((await figures()).openTasks).toEqual([]);
    expect((await figures()).endedTasks).toMatchObject([{ state: 'CANCELLED', count: 1 }]);
  });

  it('says which webhooks are behind, since when, by what they wait for, and how many messages were given up', async () => {
    expect((await figures()).webhooks).toEqual({ behind: [], deadLetters: 0 });
    await sync.addAccount('told');
    await sync.sync('told', [[resourceOf('a')]]);
    await sync.rows(
      `UPDATE outbox_event SET at = now() - interval '1 hour'
       WHERE id = (SELECT id FROM outbox_event ORDER BY transaction_id, id LIMIT 1)`,
    );
    await sync.rows(
      `INSERT INTO webhook (id, tenant_id, name, url, types, sealed_secret, told_transaction_id, told_id, attempts,
         lease_until, paused_at)
       SELECT gen_random_uuid(), $1, name, 'https://hooks.example/', '{}', '', position::text::xid8, 0, attempts,
         now() + lease * interval '1 minute', CASE WHEN paused THEN now() END
       FROM (VALUES ('due', 0, 0, NULL, false), ('left by a dead worker', 0, 0, -1, false),
         ('telling', 0, 0, 1, false), ('telling again', 0, 3, 1, false), ('retrying', 0, 3, NULL, false),
         ('paused', 0, 0, NULL, true), ('not behind', 1000000000, 0, NULL, false))
         AS webhook (name, position, attempts, lease, paused)`,
      [sync.tenantId],
    );
    await sync.rows(
      `INSERT INTO webhook_dead_letter (id, tenant_id, webhook_id, message_id, message, attempts, failure)
       SELECT gen_random_uuid(), tenant_id, id, 'id', '{}', 12, 'away' FROM webhook WHERE attempts > 0`,
    );
    // An event may be read once no older transaction is open, on the whole server.
    const { behind, deadLetters } = await eventually('the events may be read', async () => {
      const { webhooks } = await figures();
      return webhooks.behind.length > 0 ? webhooks : undefined;
    });
    const anHour = expect.closeTo(3_600, -2);
    expect(behind).toEqual([
      { state: 'due', count: 2, oldestSeconds: anHour },
      { state: 'retrying', count: 1, oldestSeconds: anHour },
      { state: 'telling', count: 2, oldestSeconds: anHour },
    ]);
    expect(deadLetters).toBe(2);
  });

  it('makes an account fresh by a whole sync alone', async () => {
    const account = await sync.addAccount('fresh');
    await sync.database.pool.query(
      `UPDATE vendor_account SET create_time = now() - interval '1 day' WHERE id = $1`,
      [account],
    );
    expect(await age(account)).toBeCloseTo(86_400, -2);
    expect((await figures()).vendors).toMatchObject([{ neverSynced: 2 }]);

    const unit = await sync.startUnit('fresh');
    await sync.units.fail(unit, new SyncError('permission', 'no'), false);
    await sync.runs.advance(unit.runId, 1);
    expect(await age(account)).toBeCloseTo(86_400, -2);

    await sync.sync('fresh', [[]]);
    expect(await age(account)).toBeLessThan(60);
    expect((await figures()).vendors).toMatchObject([{ neverSynced: 1 }]);
  });

  it('names the stalest accounts only, in their order, and no removed one', async () => {
    const ids = await Promise.all([1, 2, 3].map(() => sync.addAccount(randomUUID())));
    for (const [index, id] of ids.entries()) {
      await sync.database.pool.query(
        `UPDATE vendor_account SET last_success_at = now() - $2 * interval '1 year' WHERE id = $1`,
        [id, index + 1],
      );
    }
    await sync.database.pool.query('UPDATE vendor_account SET removed_at = now() WHERE id = $1', [ids[2]]);
    const { stalest } = await fleets[0]!.figures(2);
    expect(stalest.map(({ account }) => account)).toEqual([ids[1], ids[0]]);
  });
});
