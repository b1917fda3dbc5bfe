import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { QUOTA_CODE, SyncError, UnitClock, type WaitCause } from '#domain';

import { resourceOf, SyncFixture } from '../testing/sync-fixture.js';
import type { LeasedUnit, UnitWait } from './unit.repository.js';

const HOUR_MS = 3_600_000;
/** How far two readings of a test that says "an hour" may be from an hour. */
const TOLERANCE_MS = 60_000;

describe('where the time of a unit went', () => {
  let sync: SyncFixture;

  beforeAll(async () => {
    sync = await SyncFixture.open();
  });
  afterAll(() => sync.close());

  const startUnit = async () => {
    const accountId = `account-${String(Math.random())}`;
    await sync.addAccount(accountId);
    return sync.startUnit(accountId);
  };
  const report = async ({ taskId, id }: LeasedUnit) => {
    const task = await sync.tasks.report(sync.tenantId, taskId);
    const unit = task?.runs.flatMap(({ units }) => units).find((candidate) => candidate.id === id);
    if (unit === undefined) throw new Error('there is no such unit');
    return unit;
  };
  /** As if so much time had passed since the unit began to wait. */
  const pass = (unit: LeasedUnit, ms: number) =>
    sync.database.pool.query(
      `UPDATE sync_unit SET waiting_since = waiting_since - $2 * interval '1 millisecond',
         next_attempt_at = next_attempt_at - $2 * interval '1 millisecond' WHERE id = $1`,
      [unit.id, ms],
    );

  const WAITS: [string, UnitWait, Partial<Record<WaitCause, number>>][] = [
    [
      'for its quota, then for a slot',
      {
        delayMs: HOUR_MS,
        counted: false,
        error: new SyncError('throttled', 'x', { vendorCode: QUOTA_CODE }),
      },
      { quota: HOUR_MS, slot: 2 * HOUR_MS },
    ],
    [
      'as the vendor asked',
      { delayMs: 2 * HOUR_MS, counted: false, error: new SyncError('throttled', 'x') },
      { throttled: 2 * HOUR_MS, slot: HOUR_MS },
    ],
    [
      'before another attempt',
      { delayMs: HOUR_MS, counted: true, error: new SyncError('unavailable', 'x') },
      { 'back-off': HOUR_MS, slot: 2 * HOUR_MS },
    ],
    ['for a slot only', { delayMs: 0, counted: false }, { slot: 3 * HOUR_MS }],
  ];

  it.each(WAITS)('tells while it waits, and afterwards, how long it waited %s', async (_, wait, expected) => {
    const unit = await startUnit();
    await sync.units.wait(unit, wait);
    await pass(unit, 3 * HOUR_MS);

    const meanwhile = (await report(unit)).timings.waits;
    await sync.claimUnit(unit.id);
    const afterwards = (await report(unit)).timings.waits;

    for (const waits of [meanwhile, afterwards]) {
      for (const cause of ['quota', 'throttled', 'back-off', 'slot'] as const) {
        expect(Math.abs(waits[cause] - (expected[cause] ?? 0))).toBeLessThan(TOLERANCE_MS);
      }
    }
  });

  it('adds up several waits, and says why a unit waits before its time is over', async () => {
    const unit = await startUnit();
    const error = new SyncError('throttled', 'slow down', { vendorCode: 'HTTP 429' });
    await sync.units.wait(unit, { delayMs: HOUR_MS, counted: false, error });
    await pass(unit, 2 * HOUR_MS);
    const again = await sync.claimUnit(unit.id);
    await sync.units.wait(again, { delayMs: 3 * HOUR_MS, counted: false, error });
    await pass(again, HOUR_MS);

    const { state, nextAttemptAt, error: shown, timings } = await report(unit);

    expect(state).toBe('WAITING');
    expect(shown).toMatchObject({ kind: 'throttled', code: 'HTTP 429', message: 'slow down' });
    expect(Math.abs((nextAttemptAt?.getTime() ?? 0) - Date.now() - 2 * HOUR_MS)).toBeLessThan(TOLERANCE_MS);
    expect(Math.abs(timings.waits.throttled - 2 * HOUR_MS)).toBeLessThan(TOLERANCE_MS);
    expect(Math.abs(timings.waits.slot - HOUR_MS)).toBeLessThan(TOLERANCE_MS);
  });

  it('is not given to a worker before its next attempt is due', async () => {
    const unit = await startUnit();
    await sync.units.wait(unit, { delayMs: HOUR_MS, counted: false, error: new SyncError('throttled', 'x') });

    const claim = await sync.units.claim(unit.id, HOUR_MS);

    expect(claim).toEqual({ busyForMs: expect.any(Number) });
    expect(Math.abs((claim as { busyForMs: number }).busyForMs - HOUR_MS)).toBeLessThan(TOLERANCE_MS);
    await pass(unit, HOUR_MS);
    expect(await sync.units.claim(unit.id, HOUR_MS)).toMatchObject({ unit: { id: unit.id } });
  });

  it('counts a wait that a cancel ended up to then', async () => {
    const unit = await startUnit();
    await sync.units.wait(unit, { delayMs: HOUR_MS, counted: false, error: new SyncError('throttled', 'x') });
    await sync.tasks.cancel({ tenantId: sync.tenantId, taskId: unit.taskId });
    await sync.database.pool.query(
      `UPDATE sync_unit SET waiting_since = finished_at - interval '20 minutes' WHERE id = $1`,
      [unit.id],
    );

    expect((await report(unit)).timings.waits.throttled).toBe(20 * 60_000);
  });

  it('is recorded with the pages, of which a failed one loses nothing', async () => {
    const unit = await startUnit();
    let now = 0;
    const clock = new UnitClock(() => now);
    const spend = (activity: 'vendor' | 'quota', ms: number) => {
      const stop = clock.start(activity);
      now += ms;
      stop();
    };
    spend('vendor', 100);
    spend('quota', 40);
    await sync.commitPage(unit, { resources: [resourceOf('a')], resumeAt: '1' }, clock);
    expect((await report(unit)).timings).toMatchObject({ vendor: 100, waits: { quota: 40 } });

    spend('vendor', 10);
    const stranger = { ...unit, leaseToken: '00000000-0000-4000-8000-000000000000' };
    await expect(sync.commitPage(stranger, { resources: [] }, clock)).rejects.toThrow();
    expect((await report(unit)).timings).toMatchObject({ vendor: 100 });
    await sync.commitPage(unit, { resources: [] }, clock);
    expect((await report(unit)).timings).toMatchObject({ vendor: 110 });

    spend('vendor', 1);
    await sync.inventory.completeUnit(unit);
    await sync.units.recordTime(unit, clock.take());
    expect((await report(unit)).timings).toMatchObject({ vendor: 111, waits: { quota: 40 } });
  });
});
