import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { type Action, ACTIONS } from './action.js';
import {
  decide,
  FULL_ACCESS,
  matchesAction,
  parsePolicy,
  type Policy,
  POLICY_VERSIONS,
  PolicyError,
  READ_ONLY,
} from './policy.js';

const allow = (...Action: string[]): Policy => ({
  Version: '5.0',
  Statement: [{ Effect: 'Allow', Action }],
});
const action = fc.constantFrom(...ACTIONS);
/** A pattern made of an action by putting stars for pieces of it, so that it matches. */
const patternOf = (of: string) =>
  fc.array(fc.tuple(fc.nat({ max: of.length }), fc.nat({ max: of.length })), { maxLength: 4 }).map((cuts) =>
    cuts.reduce((text, [a, b]) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      const cut = text.slice(from, to);
      return cut.includes(':') ? text : `${text.slice(0, from)}*${text.slice(to)}`;
    }, of),
  );
/** Patterns over few letters, so that many of them match. */
const smallPart = fc.string({ unit: fc.constantFrom('a', 'b', '*'), minLength: 1, maxLength: 6 });
const smallText = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 8 });

describe('matchesAction', () => {
  it.each([
    ['coc:instance:listResources', true],
    ['coc:instance:*', true],
    ['coc:*:*', true],
    ['coc:*:list*', true],
    ['coc:*:*Resources', true],
    ['coc:*stan*:*s*c*', true],
    ['*:*:*', true],
    ['*', true],
    ['COC:Instance:LISTresources', true],
    ['coc:instance:list', false],
    ['coc:instance:listResource', false],
    ['coc:instance:listResourcesAll', false],
    ['coc:instance:?istResources', false],
    ['coc:instance', false],
    ['coc:*', false],
    ['*:listResources', false],
    ['coc:instance:listResources:x', false],
    ['coc:vendorAccount:*', false],
    ['ecs:*:*', false],
    ['', false],
    ['coc:instance:.*', false],
    ['coc:instance:list*Resources*s', false],
  ])('%s means coc:instance:listResources: %s', (pattern, expected) => {
    expect(matchesAction(pattern, 'coc:instance:listResources')).toBe(expected);
  });

  it('matches an action with any of its pieces starred, in any case', () => {
    fc.assert(
      fc.property(
        action.chain((of) => fc.tuple(fc.constant(of), patternOf(of))),
        ([of, pattern]) => {
          expect(matchesAction(pattern, of)).toBe(true);
          expect(matchesAction(pattern.toUpperCase(), of)).toBe(true);
        },
      ),
    );
  });

  it('is what a regular expression says, part by part', () => {
    fc.assert(
      fc.property(
        fc.tuple(smallPart, smallPart, smallPart),
        fc.tuple(smallText, smallText, smallText),
        (patterns, texts) => {
          const expected = patterns.every((pattern, index) =>
            new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(texts[index]!),
          );
          expect(matchesAction(patterns.join(':'), texts.join(':'))).toBe(expected);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('comes to an end with a pattern that is made to take for ever', () => {
    expect(matchesAction(`coc:x:${'a*'.repeat(30)}b`, `coc:x:${'a'.repeat(60)}`)).toBe(false);
  });
});

describe('decide', () => {
  const pattern = fc.oneof(
    action,
    action.chain(patternOf),
    fc.constantFrom('*', 'coc:*:*', 'ecs:*:*', 'coc:vendorAccount:*'),
  );
  const statement = fc.record({
    Effect: fc.constantFrom('Allow' as const, 'Deny' as const),
    Action: fc.array(pattern, { minLength: 1, maxLength: 4 }),
  });
  const policy: fc.Arbitrary<Policy> = fc.record({
    Version: fc.constantFrom(...POLICY_VERSIONS),
    Statement: fc.array(statement, { minLength: 1, maxLength: 6 }),
  });

  it('lets an explicit deny win, wherever it stands', () => {
    fc.assert(
      fc.property(policy, action, fc.nat({ max: 6 }), (given, asked, at) => {
        const Statement = [...given.Statement];
        Statement.splice(at, 0, { Effect: 'Deny', Action: [asked] });
        expect(decide({ ...given, Statement }, asked)).toBe('denied');
      }),
    );
  });

  it('allows only what a statement allows and none denies, in whatever order', () => {
    fc.assert(
      fc.property(policy, action, (given, asked) => {
        const has = (effect: string) =>
          given.Statement.some(
            ({ Effect, Action }) =>
              Effect === effect && Action.some((candidate) => matchesAction(candidate, asked)),
          );
        const expected = has('Deny') ? 'denied' : has('Allow') ? 'allowed' : 'unmentioned';
        expect(decide(given, asked)).toBe(expected);
        expect(decide({ ...given, Statement: [...given.Statement].reverse() }, asked)).toBe(expected);
      }),
    );
  });

  it('never allows more for another Deny, nor less for another Allow that none denies', () => {
    fc.assert(
      fc.property(policy, statement, action, (given, added, asked) => {
        const before = decide(given, asked);
        const after = decide({ ...given, Statement: [...given.Statement, added] }, asked);
        if (added.Effect === 'Deny') expect([before, 'denied']).toContain(after);
        else expect(after).toBe(before === 'unmentioned' && after === 'allowed' ? 'allowed' : before);
      }),
    );
  });

  it('has a policy for everything, and one for looking', () => {
    expect(ACTIONS.filter((each) => decide(FULL_ACCESS, each) !== 'allowed')).toEqual([]);
    const changing: Action[] = [
      'coc:vendorAccount:create',
      'coc:vendorAccount:update',
      'coc:vendorAccount:delete',
      'coc:vendorAccount:verify',
      'coc:vendorAccount:preview',
      'coc:vendorAccount:upload',
      'coc:instance:syncResources',
      'coc:syncTask:cancel',
      'coc:syncTask:retry',
      'coc:syncTask:push',
      'coc:heldPrune:decide',
      'coc:prune:undo',
      'coc:schedule:create',
      'coc:schedule:update',
      'coc:schedule:delete',
      'coc:schedule:pause',
      'coc:schedule:resume',
      'coc:schedule:run',
      'coc:webhook:create',
      'coc:webhook:update',
      'coc:webhook:delete',
      'coc:webhook:pause',
      'coc:webhook:resume',
      'coc:webhook:replay',
      'coc:webhook:revealSecret',
      'coc:webhook:rotateSecret',
    ];
    expect(ACTIONS.filter((each) => decide(READ_ONLY, each) !== 'allowed').sort()).toEqual(changing.sort());
    expect(decide(allow('ecs:*:*'), 'coc:vendorAccount:list')).toBe('unmentioned');
  });
});

describe('parsePolicy', () => {
  it('reads what Huawei’s documents hold', () => {
    const policy = {
      Version: '1.1',
      Statement: [
        { Sid: 'look', Effect: 'Allow', Action: ['coc:instance:listResources', 'coc:*:count*'] },
        { Effect: 'Deny', Action: ['*'], Resource: ['*'] },
      ],
    };
    expect(parsePolicy(JSON.parse(JSON.stringify(policy)))).toEqual({
      Version: '1.1',
      Statement: [policy.Statement[0], { Effect: 'Deny', Action: ['*'] }],
    });
    for (const known of [FULL_ACCESS, READ_ONLY]) expect(parsePolicy(known)).toEqual(known);
  });

  it.each<[what: string, policy: unknown, message: string]>([
    ['nothing', undefined, 'the policy must be an object'],
    ['a list', [], 'the policy must be an object'],
    ['no version', { Statement: [] }, 'Version must be one of 1.0, 1.1, 5.0'],
    ['another version', { Version: '2.0', Statement: [] }, 'Version must be one of 1.0, 1.1, 5.0'],
    ['no statement', { Version: '5.0', Statement: [] }, 'Statement must be a list of 1 to 100 statements'],
    [
      'one that is no list',
      { Version: '5.0', Statement: {} },
      'Statement must be a list of 1 to 100 statements',
    ],
    ['another field', { ...FULL_ACCESS, Id: 'x' }, 'the policy holds Id, which Muster cannot decide by'],
  ])('refuses %s', (_what, policy, message) => {
    expect(() => parsePolicy(policy)).toThrow(PolicyError);
    expect(() => parsePolicy(policy)).toThrow(message);
  });

  it.each<[what: string, change: object, message: string]>([
    ['a condition', { Condition: {} }, 'Statement[0] holds Condition, which Muster cannot decide by'],
    [
      'actions that are left out',
      { NotAction: ['*'] },
      'Statement[0] holds NotAction, which Muster cannot decide by',
    ],
    ['some resources', { Resource: ['coc:*:*:x'] }, 'Statement[0].Resource must be ["*"]'],
    ['another effect', { Effect: 'allow' }, 'Statement[0].Effect must be Allow or Deny'],
    ['a number for an id', { Sid: 1 }, 'Statement[0].Sid must be a string'],
    ['no action', { Action: [] }, 'Statement[0].Action must be a list of 1 to 500 actions'],
    ['a string of actions', { Action: '*' }, 'Statement[0].Action must be a list of 1 to 500 actions'],
    ['an action of two parts', { Action: ['coc:*'] }, 'Statement[0].Action must hold service:resource:oper'],
    ['an action of four', { Action: ['coc:a:b:c'] }, 'Statement[0].Action must hold service:resource:oper'],
    ['an empty part', { Action: ['coc::list'] }, 'Statement[0].Action must hold service:resource:oper'],
    ['a number among actions', { Action: [1] }, 'Statement[0].Action must hold service:resource:oper'],
  ])('refuses a statement with %s', (_what, change, message) => {
    const policy = { Version: '5.0', Statement: [{ Effect: 'Deny', Action: ['coc:*:*'], ...change }] };
    expect(() => parsePolicy(policy)).toThrow(PolicyError);
    expect(() => parsePolicy(policy)).toThrow(message);
  });

  it('reads or refuses anything, in one line', () => {
    const json = fc.oneof(
      fc.jsonValue(),
      fc.record({ Version: fc.constant('5.0'), Statement: fc.jsonValue() }),
      fc.record({
        Version: fc.constant('5.0'),
        Statement: fc.array(fc.record({ Effect: fc.constant('Allow'), Action: fc.jsonValue() })),
      }),
    );
    fc.assert(
      fc.property(json, (value) => {
        try {
          parsePolicy(value);
        } catch (error) {
          expect(error).toBeInstanceOf(PolicyError);
        }
      }),
    );
  });
});
