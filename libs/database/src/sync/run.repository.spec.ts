import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { SyncError } from '#domain';

import { LeaseLostError } from '../errors.js';
import { resourceOf, SyncFixture } from '../testing/sync-fixture.js';
import type { LeasedRun } from './run.repository.js';

const LEASE_MS = 60_000;
const AWKWARD = 'nul\0 half\ud800';
const STORED = 'nul\ufffd half\ufffd';

describe('RunRepository', () => {
  let sync: SyncFixture;
  let runId: string;
  let taskId: string;

  beforeEach(async () => {
    sync = await SyncFixture.open();
    await sync.addAccount('a');
    const requested = await sync.request('a');
    runId = requested.runIds[0]!;
    taskId = requested.taskId;
  });
  afterEach(() => sync.close());

  const types = (count: number) => Array.from({ length: count }, (_, index) => `type ${String(index)}`);
  const claimRun = async (): Promise<LeasedRun> => {
    const claim = await sync.runs.claim(runId, LEASE_MS);
    if (typeof claim === 'string' || !('run' in claim)) throw new Error('The run cannot be claimed.');
    return claim.run;
  };
  const stateOf = async (table: 'sync_run' | 'sync_task', id: string) =>
    (await sync.rows<{ state: string }>(`SELECT state FROM ${table} WHERE id = $1`, [id]))[0]?.state;
  const typeOf = async (unitId: string) =>
    (
      await sync.rows<{ type: string }>('SELECT resource_type AS type FROM sync_unit WHERE id = $1', [unitId])
    )[0]?.type;

  describe('claim', () => {
    it('gives a run to one of many that ask, and tells the others how long it is taken', async () => {
      const claims = await Promise.all(Array.from({ length: 20 }, () => sync.runs.claim(runId, LEASE_MS)));
      const won = claims.filter((claim) => typeof claim !== 'string' && 'run' in claim);
      expect(won).toHaveLength(1);
      for (const claim of claims.filter((other) => other !== won[0])) {
        expect(claim).toEqual({ busyForMs: expect.any(Number) });
        const { busyForMs } = claim as { busyForMs: number };
        expect(busyForMs).toBeGreaterThan(0);
        expect(busyForMs).toBeLessThanOrEqual(LEASE_MS);
      }
      expect(await stateOf('sync_task', taskId)).toBe('RUNNING');
    });

    it('gives a run that waits to nobody before it is due, whatever the queue says', async () => {
      await sync.runs.wait(await claimRun(), { delayMs: 30_000, counted: true });
      const early = await sync.runs.claim(runId, LEASE_MS);
      expect((early as { busyForMs: number }).busyForMs).toBeGreaterThan(0);
      await sync.rows(`UPDATE sync_run SET next_attempt_at = now() - interval '1 second'`);
      expect(await claimRun()).toMatchObject({ id: runId, attempts: 2 });
    });

    it('takes over a run whose lease has ended; the first one can write no more', async () => {
      const first = await claimRun();
      await sync.rows(`UPDATE sync_run SET lease_until = now() - interval '1 second'`);
      const second = await claimRun();

      expect(second).toMatchObject({ id: first.id, attempts: 2 });
      expect(await sync.runs.renew(first, LEASE_MS)).toBe(false);
      expect(await sync.runs.renew(second, LEASE_MS)).toBe(true);
      const late = [
        sync.runs.savePlan(first, []),
        sync.runs.wait(first, { delayMs: 1, counted: true }),
        sync.runs.fail(first, new SyncError('bug', 'x')),
      ];
      for (const result of await Promise.allSettled(late)) {
        expect(result).toMatchObject({ status: 'rejected', reason: expect.any(LeaseLostError) });
      }
      expect(await stateOf('sync_run', runId)).toBe('RUNNING');
    });

    it('has nothing to plan of a run that is planned, ended or unknown', async () => {
      expect(await sync.runs.claim(taskId, LEASE_MS)).toBe('over');
      await sync.plan(runId, []);
      expect(await sync.runs.claim(runId, LEASE_MS)).toEqual({ planned: 'VMWARE' });
      await sync.runs.advance(runId, 1);
      expect(await sync.runs.claim(runId, LEASE_MS)).toBe('over');
    });
  });

  describe('advance', () => {
    it('never has more in flight than it may, however many call it at once', async () => {
      await sync.plan(runId, types(7));
      const handedOut = async () =>
        (await Promise.all(Array.from({ length: 8 }, () => sync.runs.advance(runId, 3)))).flatMap(
          ({ unitIds }) => unitIds,
        );

      const seen = await handedOut();
      expect(seen).toHaveLength(3);
      for (let ended = 1; ended <= 7; ended += 1) {
        const unit = await sync.claimUnit(seen[ended - 1]!);
        await sync.commitPage(unit, { resources: [resourceOf('x')] });
        await sync.inventory.completeUnit(unit);
        if (ended < 7) seen.push(...(await handedOut()));
        expect(seen).toHaveLength(Math.min(7, 3 + ended));
      }

      expect(new Set(seen).size).toBe(7);
      const outcomes = await Promise.all(Array.from({ length: 5 }, () => sync.runs.advance(runId, 3)));
      expect(outcomes.filter(({ ended }) => ended === 'SUCCEEDED')).toHaveLength(1);
      expect(await stateOf('sync_task', taskId)).toBe('SUCCEEDED');
    });

    it('hands out in the order of the plan', async () => {
      await sync.plan(runId, types(5));
      const order = [];
      for (let atOnce = 1; atOnce <= 5; atOnce += 1) {
        const { unitIds } = await sync.runs.advance(runId, atOnce);
        order.push(...(await Promise.all(unitIds.map(typeOf))));
      }
      expect(order).toEqual(types(5));
    });

    it('counts a unit that waits as in flight, and gives no room that is not there', async () => {
      await sync.plan(runId, types(4));
      const { unitIds } = await sync.runs.advance(runId, 2);
      await sync.units.wait(await sync.claimUnit(unitIds[0]!), { delayMs: 60_000, counted: false });
      expect(await sync.runs.advance(runId, 2)).toEqual({ unitIds: [] });
      expect(await sync.runs.advance(runId, 1)).toEqual({ unitIds: [] });
    });

    it('has no more in flight than the account allows, also when that changes on the way', async () => {
      await sync.plan(runId, types(6));
      const allow = (settings: object) => sync.rows('UPDATE vendor_account SET settings = $1', [settings]);
      await allow({ max_concurrent_units: 1 });
      const { unitIds } = await sync.runs.advance(runId, 3);
      expect(unitIds).toHaveLength(1);
      await allow({ max_concurrent_units: 50 });
      expect((await sync.runs.advance(runId, 3)).unitIds).toHaveLength(2);
      await allow({ max_concurrent_units: 1 });
      await sync.units.fail(await sync.claimUnit(unitIds[0]!), new SyncError('bug', 'x'), false);
      expect((await sync.runs.advance(runId, 3)).unitIds).toHaveLength(0);
      await allow({ max_concurrent_units: null });
      expect((await sync.runs.advance(runId, 3)).unitIds).toHaveLength(1);
    });

    it('does nothing for a run that is not planned, or over', async () => {
      expect(await sync.runs.advance(runId, 5)).toEqual({ unitIds: [] });
      await sync.plan(runId, []);
      expect(await sync.runs.advance(runId, 5)).toEqual({ unitIds: [], ended: 'SUCCEEDED', next: [] });
      expect(await sync.runs.advance(runId, 5)).toEqual({ unitIds: [] });
    });
  });

  describe('findPlanned', () => {
    const found = async () => (await sync.runs.findPlanned(9, LEASE_MS)).map(({ id }) => id);
    const letTimePass = async () => {
      await sync.rows(`UPDATE sync_run SET planned_at = planned_at - interval '1 hour',
        enqueued_at = enqueued_at - interval '1 hour'`);
      await sync.rows(`UPDATE sync_unit SET finished_at = finished_at - interval '1 hour'`);
    };

    it('leaves a run to who has just planned it, ended one of its units or asked for it again', async () => {
      await sync.plan(runId, types(2));
      expect(await found()).toEqual([]);
      await letTimePass();
      expect(await found()).toEqual([runId]);

      const [unitId = ''] = (await sync.runs.advance(runId, 1)).unitIds;
      await sync.units.fail(await sync.claimUnit(unitId), new SyncError('bug', 'x'), false);
      expect(await found()).toEqual([]);
      await letTimePass();
      expect(await found()).toEqual([runId]);

      const { unitIds } = await sync.runs.advance(runId, 1);
      await sync.inventory.completeUnit(await sync.claimUnit(unitIds[0] ?? ''));
      await sync.runs.advance(runId, 1);
      await letTimePass();
      expect(await found()).toEqual([]); // it is over
      await sync.tasks.retry({ tenantId: sync.tenantId, taskId });
      await sync.rows(`UPDATE sync_unit SET finished_at = finished_at - interval '1 hour'`);
      expect(await found()).toEqual([]);
      await letTimePass();
      expect(await found()).toEqual([runId]);
    });
  });

  describe('failures', () => {
    it('keeps texts that Postgres cannot hold, of units, runs and accounts', async () => {
      const error = new SyncError('unavailable', AWKWARD, { vendorCode: AWKWARD });
      const run = await claimRun();
      await sync.runs.wait(run, { delayMs: 1, counted: true, error });
      await sync.rows(
        `UPDATE sync_run SET lease_until = NULL, next_attempt_at = now() - interval '1 second'`,
      );
      await sync.runs.savePlan(await claimRun(), [
        { scope: { key: AWKWARD, name: AWKWARD }, resourceType: 'things' },
      ]);
      const [unitId = ''] = (await sync.runs.advance(runId, 1)).unitIds;
      await sync.units.fail(await sync.claimUnit(unitId), error, false);
      expect(await sync.runs.advance(runId, 1)).toEqual({ unitIds: [], ended: 'FAILED', next: [] });

      expect(
        await sync.rows('SELECT scope_key, scope_name, error_code, error_message FROM sync_unit'),
      ).toEqual([{ scope_key: STORED, scope_name: STORED, error_code: STORED, error_message: STORED }]);
      expect(await sync.rows('SELECT sync_status, failure_msg FROM vendor_account')).toEqual([
        { sync_status: 'failed', failure_msg: `1 of 1 units failed: ${STORED}` },
      ]);
    });

    it('ends a run that cannot be planned, with its task, and says why', async () => {
      await sync.runs.fail(await claimRun(), new SyncError('credentials', AWKWARD));
      expect(await stateOf('sync_run', runId)).toBe('FAILED');
      expect(await stateOf('sync_task', taskId)).toBe('FAILED');
      expect(await sync.rows('SELECT failure_msg FROM vendor_account')).toEqual([{ failure_msg: STORED }]);
    });

    it("fails an account's waiting units with one whose credentials ended, and leaves the running one", async () => {
      await sync.plan(runId, types(4));
      const { unitIds } = await sync.runs.advance(runId, 2);
      const [first, second] = await Promise.all(unitIds.map((id) => sync.claimUnit(id)));
      await sync.units.fail(first!, new SyncError('credentials', 'Revoked.'), true);

      expect(
        await sync.rows('SELECT state, count(*)::int AS count FROM sync_unit GROUP BY state ORDER BY state'),
      ).toEqual([
        { state: 'FAILED', count: 3 },
        { state: 'RUNNING', count: 1 },
      ]);
      await sync.inventory.completeUnit(second!);
      expect(await sync.runs.advance(runId, 2)).toEqual({ unitIds: [], ended: 'PARTIAL', next: [] });
      expect(await sync.rows('SELECT attempt_outcome AS outcome FROM coverage ORDER BY 1')).toEqual(
        ['complete', 'denied', 'denied', 'denied'].map((outcome) => ({ outcome })),
      );
    });
  });
});
