import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { ATTEMPT_OUTCOMES } from './attempt-outcome.js';
import {
  ACTIVE_RUN_STATES,
  isRunOver,
  isTaskOver,
  isUnitOver,
  OPEN_RUN_STATES,
  OPEN_TASK_STATES,
  OPEN_UNIT_STATES,
  RUN_STATES,
  RUN_TRANSITIONS,
  runOutcome,
  TASK_STATES,
  TASK_TRANSITIONS,
  taskOutcome,
  type Transitions,
  UNIT_STATES,
  UNIT_TRANSITIONS,
  type UnitState,
} from './sync-states.js';

const ROOT = join(import.meta.dirname, '../../..');
const MIGRATIONS = join(ROOT, 'prisma/migrations');

const endedUnit = fc.constantFrom(...UNIT_STATES.filter(isUnitOver));
const endedRun = fc.constantFrom(...TASK_STATES.filter(isTaskOver));
const endedUnits = fc.array(endedUnit, { maxLength: 12 });
const endedRuns = fc.array(endedRun, { minLength: 1, maxLength: 12 });

/** The same values in another order. */
function shuffled<T>(values: fc.Arbitrary<T[]>): fc.Arbitrary<{ values: T[]; mixed: T[] }> {
  return values.chain((all) =>
    fc
      .shuffledSubarray(all, { minLength: all.length, maxLength: all.length })
      .map((mixed) => ({ values: all, mixed })),
  );
}

describe('runOutcome', () => {
  it.each<[string, UnitState[]]>([
    ['SUCCEEDED', []],
    ['SUCCEEDED', ['SUCCEEDED']],
    ['SUCCEEDED', ['SKIPPED']],
    ['SUCCEEDED', ['SUCCEEDED', 'SKIPPED']],
    ['FAILED', ['FAILED']],
    ['FAILED', ['FAILED', 'FAILED']],
    ['FAILED', ['FAILED', 'SKIPPED']],
    ['PARTIAL', ['FAILED', 'SUCCEEDED']],
    ['PARTIAL', ['PRUNE_HELD']],
    ['PARTIAL', ['PRUNE_HELD', 'FAILED']],
    ['PARTIAL', ['PRUNE_HELD', 'SUCCEEDED']],
    ['CANCELLED', ['CANCELLED', 'FAILED', 'SUCCEEDED', 'PRUNE_HELD']],
  ])('is %s for units that ended %j', (outcome, units) => {
    expect(runOutcome(units)).toBe(outcome);
  });

  it('is a final state that does not depend on the order of the units', () => {
    fc.assert(
      fc.property(shuffled(endedUnits), ({ values, mixed }) => {
        expect(isTaskOver(runOutcome(values))).toBe(true);
        expect(runOutcome(mixed)).toBe(runOutcome(values));
      }),
    );
  });

  it('is CANCELLED exactly when a unit was', () => {
    fc.assert(
      fc.property(endedUnits, (units) => {
        expect(runOutcome(units) === 'CANCELLED').toBe(units.includes('CANCELLED'));
      }),
    );
  });

  it('does not depend on what was skipped', () => {
    fc.assert(
      fc.property(endedUnits, fc.nat({ max: 5 }), (units, skipped) => {
        const more = [...units, ...Array<UnitState>(skipped).fill('SKIPPED')];
        expect(runOutcome(more)).toBe(runOutcome(units));
      }),
    );
  });

  it('is never SUCCEEDED with a failed or held unit, nor FAILED with one that listed everything', () => {
    fc.assert(
      fc.property(endedUnits, (units) => {
        const outcome = runOutcome(units);
        if (units.some((state) => state === 'FAILED' || state === 'PRUNE_HELD'))
          expect(outcome).not.toBe('SUCCEEDED');
        if (units.some((state) => state === 'SUCCEEDED' || state === 'PRUNE_HELD'))
          expect(outcome).not.toBe('FAILED');
      }),
    );
  });

  it('is never SUCCEEDED when it was cut short, and else as it would be', () => {
    fc.assert(
      fc.property(endedUnits, (units) => {
        const [whole, cut] = [runOutcome(units), runOutcome(units, true)];
        expect(cut).not.toBe('SUCCEEDED');
        if (whole !== 'SUCCEEDED') expect(cut).toBe(whole);
        else expect(cut).toBe(units.includes('SUCCEEDED') ? 'PARTIAL' : 'FAILED');
      }),
    );
  });
});

describe('taskOutcome', () => {
  it('is that of the runs where they agree, else PARTIAL', () => {
    fc.assert(
      fc.property(endedRuns, (runs) => {
        const different = new Set(runs);
        expect(taskOutcome(runs)).toBe(different.size === 1 ? runs[0] : 'PARTIAL');
      }),
    );
    expect(taskOutcome([])).toBe('SUCCEEDED');
  });

  it('does not depend on the order of the runs', () => {
    fc.assert(
      fc.property(shuffled(endedRuns), ({ values, mixed }) => {
        expect(taskOutcome(mixed)).toBe(taskOutcome(values));
      }),
    );
  });
});

describe('the open states', () => {
  it('are all that are not over', () => {
    expect(TASK_STATES.filter((state) => !isTaskOver(state))).toEqual(OPEN_TASK_STATES);
    expect(RUN_STATES.filter((state) => !isRunOver(state))).toEqual(OPEN_RUN_STATES);
    expect(UNIT_STATES.filter((state) => !isUnitOver(state))).toEqual(OPEN_UNIT_STATES);
  });
});

/** `from --> to` of every arrow, in order. */
function arrowsOf(transitions: Transitions<string>): string[] {
  return Object.entries(transitions)
    .flatMap(([from, followers]) => followers.map((to) => `${from} --> ${to}`))
    .sort();
}

describe('the transitions', () => {
  const endedIn = (from: Transitions<string>, states: readonly string[]) =>
    states.filter((state) => from[state]?.some((to) => states.includes(to)));

  it.each([
    ['task', TASK_TRANSITIONS, TASK_STATES],
    ['run', RUN_TRANSITIONS, RUN_STATES],
    ['unit', UNIT_TRANSITIONS, UNIT_STATES],
  ] as const)('of a %s reach each of its states', (_entity, transitions: Transitions<string>, states) => {
    const reached = new Set(transitions['START']);
    for (const state of reached) for (const next of transitions[state] ?? []) reached.add(next);
    expect([...reached].sort()).toEqual([...states].sort());
  });

  it('let all that is open be cancelled, and what is over change only when that was decided or redone', () => {
    const over = TASK_STATES.filter(isTaskOver);
    for (const state of OPEN_TASK_STATES) expect(TASK_TRANSITIONS[state]).toContain('CANCELLED');
    for (const state of OPEN_RUN_STATES) expect(RUN_TRANSITIONS[state]).toContain('CANCELLED');
    for (const state of OPEN_UNIT_STATES) expect(UNIT_TRANSITIONS[state]).toContain('CANCELLED');
    expect(endedIn(TASK_TRANSITIONS, over)).toEqual(['PARTIAL']);
    expect(endedIn(RUN_TRANSITIONS, over)).toEqual(['PARTIAL']);
    expect(endedIn(UNIT_TRANSITIONS, UNIT_STATES.filter(isUnitOver))).toEqual(['PRUNE_HELD']);
    for (const machine of [TASK_TRANSITIONS, RUN_TRANSITIONS, UNIT_TRANSITIONS]) {
      expect(machine.SUCCEEDED).toEqual([]);
    }
  });
});

describe('the diagrams of docs/architecture.md', () => {
  const document = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');
  const diagrams = [...document.matchAll(/```mermaid\nstateDiagram-v2\n(.*?)```/gs)].map(([, text = '']) =>
    [...text.matchAll(/^ *(\S+) --> (\S+)/gm)].map(([, from = '', to = '']) => ({ from, to })),
  );

  it.each([
    [0, 'task', TASK_TRANSITIONS, TASK_STATES.filter(isTaskOver)],
    [1, 'run', RUN_TRANSITIONS, TASK_STATES.filter(isTaskOver)],
    [2, 'unit', UNIT_TRANSITIONS, UNIT_STATES.filter(isUnitOver)],
  ] as const)('%i: show the transitions of a %s, and where it ends', (index, _entity, transitions, ends) => {
    const drawn = (diagrams[index] ?? []).filter(({ from, to }) => from !== to); // RUNNING again: a take-over
    const arrows = drawn.filter(({ to }) => to !== '[*]');
    expect(arrows.map(({ from, to }) => `${from === '[*]' ? 'START' : from} --> ${to}`).sort()).toEqual(
      arrowsOf(transitions),
    );
    expect(drawn.flatMap(({ from, to }) => (to === '[*]' ? from : [])).sort()).toEqual([...ends].sort());
  });

  it('are three', () => {
    expect(diagrams).toHaveLength(3);
  });
});

describe('the migrations', () => {
  const sql = readdirSync(MIGRATIONS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
    .map((name) => readFileSync(join(MIGRATIONS, name, 'migration.sql'), 'utf8'))
    .join('\n');

  /** What the newest CHECK constraint of this name allows. */
  function allowedBy(constraint: string): string[] {
    const checks = [
      ...sql.matchAll(new RegExp(`CONSTRAINT "${constraint}"\\s+CHECK \\("\\w+" IN \\(([^)]*)\\)\\)`, 'g')),
    ];
    return [...(checks.at(-1)?.[1] ?? '').matchAll(/'([^']+)'/g)].map(([, value = '']) => value);
  }

  it.each([
    ['sync_task_state', TASK_STATES],
    ['sync_run_state', RUN_STATES],
    ['sync_unit_state', UNIT_STATES],
    ['coverage_attempt_outcome', ATTEMPT_OUTCOMES],
  ] as const)('allow in %s just the words of the domain', (constraint, states) => {
    expect(allowedBy(constraint)).toEqual(states);
  });

  it.each([
    ['sync_run_active', ACTIVE_RUN_STATES],
    ['sync_task_open', OPEN_TASK_STATES],
    ['sync_unit_open', OPEN_UNIT_STATES],
  ] as const)('index in %s just the open states', (index, states) => {
    const [, predicate = ''] =
      new RegExp(`INDEX "${index}"[^;]*?WHERE "state" IN \\(([^)]*)\\);`).exec(sql) ?? [];
    const indexed = [...predicate.matchAll(/'([^']+)'/g)].map(([, value = '']) => value);
    expect(indexed).toEqual(states);
  });
});
