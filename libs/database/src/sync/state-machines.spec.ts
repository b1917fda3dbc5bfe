import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import {
  RUN_TRANSITIONS,
  SYNC_ERROR_KINDS,
  TASK_TRANSITIONS,
  type Transitions,
  UNIT_TRANSITIONS,
} from '#domain';

import { SyncFixture } from '../testing/sync-fixture.js';
import { type Step, SyncSimulation, type Verb, VERBS } from '../testing/sync-simulation.js';

const MACHINES: Record<string, Transitions<string>> = {
  task: TASK_TRANSITIONS,
  run: RUN_TRANSITIONS,
  unit: UNIT_TRANSITIONS,
};
const MAX_STEPS = 60;
const SEQUENCES = 16;
const CONCURRENT_SEQUENCES = 8;
/** How many steps are taken at once. */
const CROWD = 4;
/** Then a failure is told with the shortest example found until now, before Jest's own time is over. */
const SEARCH_MS = 120_000;
/** Of 47 that there may be; some 35 are usual. */
const MANY_TRANSITIONS = 25;
/** A resource comes and goes; its content is always the same. */
const HISTORY = /^CREATED( DELETED RESTORED)*(: true| DELETED: false)$/;

const step: fc.Arbitrary<Step> = fc.record({
  verb: fc.oneof(
    ...Object.entries(VERBS).map(([verb, weight]) => ({ weight, arbitrary: fc.constant(verb as Verb) })),
  ),
  pick: fc.nat({ max: 1_000 }),
  count: fc.nat({ max: 3 }),
  flag: fc.boolean(),
  kind: fc.constantFrom(...SYNC_ERROR_KINDS),
});
const steps = fc.array(step, { minLength: MAX_STEPS / 2, maxLength: MAX_STEPS });

describe('the state machines, whatever users and workers do', () => {
  let sync: SyncFixture;
  /** `task: QUEUED → RUNNING`, of all that was simulated. */
  const taken = new Set<string>();

  beforeAll(async () => {
    sync = await SyncFixture.open();
  });
  afterAll(() => sync.close());

  /** Every transition is an arrow from where the one before has led, and the last leads to the present. */
  async function checkTransitions(simulation: SyncSimulation): Promise<void> {
    const replayed = new Map<string, string>();
    for (const { entity, id, from, to, reason } of await simulation.observer.transitions()) {
      expect([entity, from]).toEqual([entity, replayed.get(id) ?? 'START']);
      if (reason === 'taken_over') expect([from, to]).toEqual(['RUNNING', 'RUNNING']);
      else
        expect([entity, from, MACHINES[entity]?.[from]]).toEqual([
          entity,
          from,
          expect.arrayContaining([to]),
        ]);
      replayed.set(id, to);
      taken.add(`${entity}: ${from} → ${to}`);
    }
    expect(replayed).toEqual(await simulation.observer.states());
  }

  async function checkEnd(simulation: SyncSimulation): Promise<void> {
    await simulation.drain();
    expect(await simulation.observer.open()).toEqual([]);
    expect(await simulation.observer.accountStatuses()).not.toContain('running');
    await simulation.syncAll();
    await checkTransitions(simulation);
    expect(await simulation.observer.inventory()).toEqual(SyncSimulation.fullInventory());
    expect((await simulation.observer.histories()).filter((history) => !HISTORY.test(history))).toEqual([]);
    expect(await simulation.observer.groundlessDeletions()).toEqual([]);
  }

  it('take only arrows, one active run per account, to an end; and the record replays to the present', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        const simulation = await SyncSimulation.start(sync, { alone: true });
        for (const next of sequence) {
          await simulation.take(next);
          expect(await simulation.observer.contradictions()).toEqual([]);
        }
        await checkTransitions(simulation);
        await checkEnd(simulation);
      }),
      { numRuns: SEQUENCES, interruptAfterTimeLimit: SEARCH_MS },
    );
  });

  it('also when several act at the same moment', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        const simulation = await SyncSimulation.start(sync, { alone: false });
        for (let next = 0; next < sequence.length; next += CROWD) {
          await Promise.all(sequence.slice(next, next + CROWD).map((one) => simulation.take(one)));
          expect(await simulation.observer.contradictions()).toEqual([]);
        }
        await checkEnd(simulation);
      }),
      { numRuns: CONCURRENT_SEQUENCES, interruptAfterTimeLimit: SEARCH_MS },
    );
  });

  it('went many ways in that', () => {
    expect(taken.size).toBeGreaterThanOrEqual(MANY_TRANSITIONS);
  });
});
