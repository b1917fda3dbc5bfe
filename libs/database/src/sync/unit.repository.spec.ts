import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { type AttemptOutcome, SyncError, type SyncErrorKind } from '#domain';

import { eventually } from '../../../../test/support/eventually.js';
import { LeaseLostError } from '../errors.js';
import { resourceOf, SyncFixture } from '../testing/sync-fixture.js';
import type { LeasedUnit } from './unit.repository.js';

const LEASE_MS = 60_000;
const WAIT_MS = 30_000;

describe('UnitRepository.fail', () => {
  it('waits for who cancels the run without holding a unit that they want', async () => {
    const sync = await SyncFixture.open();
    await sync.addAccount('a');
    const unit = await sync.startUnit('a');
    const failing = await sync.database.transaction(async (client) => {
      await client.query('SELECT 1 FROM sync_run FOR UPDATE');
      const failed = sync.units.fail(unit, new SyncError('credentials', 'Wrong password.'), true);
      await eventually('it waits', async () => {
        const [waiting] = await sync.rows(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return waiting !== undefined;
      });
      await client.query('SELECT 1 FROM sync_unit FOR UPDATE NOWAIT');
      return { failed };
    });
    await failing.failed;
    expect(await sync.rows('SELECT state FROM sync_unit')).toEqual([{ state: 'FAILED' }]);
    await sync.close();
  });
});

describe('UnitRepository', () => {
  let sync: SyncFixture;
  let unit: LeasedUnit;

  beforeEach(async () => {
    sync = await SyncFixture.open();
    await sync.addAccount('a');
    unit = await sync.startUnit('a');
  });
  afterEach(() => sync.close());

  const stateOf = async (id: string) => {
    const [row] = await sync.rows<{ state: string }>('SELECT state FROM sync_unit WHERE id = $1', [id]);
    return row?.state;
  };

  describe('claim', () => {
    it('gives a waiting unit to nobody before it is due, whatever the queue says', async () => {
      const error = new SyncError('throttled', 'slow down');
      await sync.units.wait(unit, { delayMs: WAIT_MS, counted: false, error });

      const early = await sync.units.claim(unit.id, LEASE_MS);

      expect(early).toEqual({ busyForMs: expect.any(Number) });
      expect((early as { busyForMs: number }).busyForMs).toBeGreaterThan(0);
      expect((early as { busyForMs: number }).busyForMs).toBeLessThanOrEqual(WAIT_MS);
      expect(await stateOf(unit.id)).toBe('WAITING');
      await sync.rows(`UPDATE sync_unit SET next_attempt_at = now() - interval '1 second'`);
      expect(await sync.units.claim(unit.id, LEASE_MS)).toMatchObject({ unit: { id: unit.id, attempts: 1 } });
    });

    it('says how long somebody else has the unit, and takes it over after that', async () => {
      const held = await sync.units.claim(unit.id, LEASE_MS);
      expect((held as { busyForMs: number }).busyForMs).toBeGreaterThan(0);

      await sync.rows(`UPDATE sync_unit SET lease_until = now() - interval '1 second'`);

      expect(await sync.units.claim(unit.id, LEASE_MS)).toMatchObject({ unit: { id: unit.id, attempts: 2 } });
      expect(await sync.units.renew(unit, LEASE_MS)).toBe(false);
    });

    it('has nothing to give of a unit that is over or unknown', async () => {
      await sync.commitPage(unit, { resources: [resourceOf('x')] });
      await sync.inventory.completeUnit(unit);
      expect(await sync.units.claim(unit.id, LEASE_MS)).toBe('over');
      expect(await sync.units.claim(unit.runId, LEASE_MS)).toBe('over');
    });
  });

  describe('restart', () => {
    const error = new SyncError('unavailable', 'No such marker.', { cursorExpired: true });
    const progress = () =>
      sync.rows(
        `SELECT state, resume_at, pages, seen, created, unchanged, attempts, restarts, error_message,
           (SELECT count(*)::int FROM sync_unit_page) AS saw, (SELECT count(*)::int FROM resource) AS resources
         FROM sync_unit`,
      );

    it('forgets how far the listing came, but nothing that it wrote', async () => {
      await sync.commitPage(unit, { resources: [resourceOf('x')], resumeAt: '1' });

      await sync.units.restart(unit, { delayMs: WAIT_MS, counted: false, error });

      const fresh = { resume_at: null, pages: 0, seen: 0, created: 1, unchanged: 0, saw: 0, attempts: 0 };
      const waiting = { state: 'WAITING', restarts: 1, error_message: 'No such marker.', resources: 1 };
      expect(await progress()).toEqual([{ ...fresh, ...waiting }]);
      await sync.rows(`UPDATE sync_unit SET next_attempt_at = now() - interval '1 second'`);
      const again = await sync.claimUnit(unit.id);
      expect(again).toMatchObject({ resumeAt: null, attempts: 1, restarts: 1 });
      const counts = await sync.commitPage(again, {
        resources: [resourceOf('x'), resourceOf('y')],
      });
      expect(counts).toEqual({ created: 1, updated: 0, unchanged: 1 });
    });

    it('changes nothing for a worker that has lost the unit', async () => {
      await sync.commitPage(unit, { resources: [resourceOf('x')], resumeAt: '1' });
      await sync.rows(`UPDATE sync_unit SET lease_until = now() - interval '1 second'`);
      await sync.claimUnit(unit.id);
      const before = await progress();

      const restarting = sync.units.restart(unit, { delayMs: WAIT_MS, counted: false, error });

      await expect(restarting).rejects.toThrow(LeaseLostError);
      expect(await progress()).toEqual(before);
    });
  });

  describe('fail', () => {
    const page = { resources: [resourceOf('x')], resumeAt: '1' };
    const outcomes = () => sync.rows('SELECT attempt_outcome AS outcome, complete_at FROM coverage');

    it.each<[SyncErrorKind, AttemptOutcome, AttemptOutcome]>([
      ['unavailable', 'failed', 'partial'],
      ['throttled', 'failed', 'partial'],
      ['bug', 'failed', 'partial'],
      ['permission', 'denied', 'denied'],
      ['credentials', 'denied', 'denied'],
      ['absent', 'skipped', 'skipped'],
    ])(
      'is told to the ledger: %s before the first page as %s, behind one as %s',
      async (kind, at, behind) => {
        await sync.units.fail(unit, new SyncError(kind, 'no'), false);
        expect(await outcomes()).toEqual([{ outcome: at, complete_at: null }]);
        await sync.runs.advance(unit.runId, 1);

        const next = await sync.startUnit('a');
        await sync.commitPage(next, page);
        await sync.units.fail(next, new SyncError(kind, 'no'), false);

        expect(await outcomes()).toEqual([{ outcome: behind, complete_at: null }]);
      },
    );

    it('counts no pages of before a restart: they are listed again', async () => {
      await sync.commitPage(unit, page);
      const expired = new SyncError('unavailable', 'No such marker.', { cursorExpired: true });
      await sync.units.restart(unit, { delayMs: 0, counted: false, error: expired });

      await sync.units.fail(await sync.claimUnit(unit.id), new SyncError('unavailable', 'no'), false);

      expect(await outcomes()).toEqual([{ outcome: 'failed', complete_at: null }]);
    });
  });
});
