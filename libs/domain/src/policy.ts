import type { Action } from './action.js';

/** Huawei's policy document, as far as it can be decided here: no conditions, and all resources alike. */
export interface Policy {
  Version: (typeof POLICY_VERSIONS)[number];
  Statement: readonly Statement[];
}

export interface Statement {
  Sid?: string;
  Effect: 'Allow' | 'Deny';
  /** `service:resource type:operation`, each with `*` for any characters; or `*` for everything. */
  Action: readonly string[];
}

/** `denied` by a statement, or `unmentioned` by any: both mean no. */
export type Verdict = 'allowed' | 'denied' | 'unmentioned';

/** A policy is not one that can be decided: the message names the field and what it must be. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
}

/** 5.0 is that of identity policies, 1.0 and 1.1 those of roles; their statements mean the same here. */
export const POLICY_VERSIONS = ['1.0', '1.1', '5.0'] as const;

/** Everything. Called as COC's system policies are. */
export const FULL_ACCESS: Policy = {
  Version: '5.0',
  Statement: [{ Effect: 'Allow', Action: ['coc:*:*'] }],
};

/** Whatever only looks. */
export const READ_ONLY: Policy = {
  Version: '5.0',
  Statement: [{ Effect: 'Allow', Action: ['coc:*:list*', 'coc:*:get*', 'coc:*:count*'] }],
};

const MAX_STATEMENTS = 100;
const MAX_ACTIONS = 500;
const PATTERN = /^(\*|[a-z0-9*_-]{1,64}(:[a-z0-9*_-]{1,64}){2})$/i;
/** A field that is understood wrongly would grant or refuse too much, so none is passed over. */
const STATEMENT_FIELDS = ['Sid', 'Effect', 'Action', 'Resource'];

/** An explicit Deny wins, whatever else allows the action, and what nobody mentions is not allowed. */
export function decide({ Statement: statements }: Policy, action: Action): Verdict {
  const effects = statements
    .filter(({ Action: patterns }) => patterns.some((pattern) => matchesAction(pattern, action)))
    .map(({ Effect }) => Effect);
  if (effects.includes('Deny')) return 'denied';
  return effects.includes('Allow') ? 'allowed' : 'unmentioned';
}

/** Whether a pattern of a statement means an action: part by part, and in whatever case. */
export function matchesAction(pattern: string, action: string): boolean {
  if (pattern === '*') return true;
  const patterns = pattern.toLowerCase().split(':');
  const parts = action.toLowerCase().split(':');
  return (
    patterns.length === parts.length && parts.every((part, index) => matches(patterns[index] ?? '', part))
  );
}

/**
 * Each piece between two `*` where it first fits: no regular expression, whose time a pattern could make
 * exponential.
 */
function matches(pattern: string, text: string): boolean {
  const [start = '', ...rest] = pattern.split('*');
  const end = rest.pop();
  if (end === undefined) return text === start;
  if (!text.startsWith(start)) return false;
  let at = start.length;
  for (const piece of rest) {
    const found = text.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return text.length - end.length >= at && text.endsWith(end);
}

/**
 * A policy, from JSON.
 * @throws {PolicyError} for one that cannot be decided as it was meant.
 */
export function parsePolicy(value: unknown): Policy {
  const { Version: version, Statement: statements, ...rest } = asObject(value, 'the policy');
  refuseUnknown(Object.keys(rest), 'the policy');
  if (!POLICY_VERSIONS.includes(version as Policy['Version'])) {
    throw new PolicyError(`Version must be one of ${POLICY_VERSIONS.join(', ')}`);
  }
  if (!Array.isArray(statements) || statements.length === 0 || statements.length > MAX_STATEMENTS) {
    throw new PolicyError(`Statement must be a list of 1 to ${String(MAX_STATEMENTS)} statements`);
  }
  return {
    Version: version as Policy['Version'],
    Statement: statements.map((statement, index) => parseStatement(statement, `Statement[${String(index)}]`)),
  };
}

function parseStatement(value: unknown, place: string): Statement {
  const statement = asObject(value, place);
  const { Sid: sid, Effect: effect, Action: actions, Resource: resources } = statement;
  refuseUnknown(
    Object.keys(statement).filter((field) => !STATEMENT_FIELDS.includes(field)),
    place,
  );
  if (effect !== 'Allow' && effect !== 'Deny') throw new PolicyError(`${place}.Effect must be Allow or Deny`);
  if (sid !== undefined && typeof sid !== 'string') throw new PolicyError(`${place}.Sid must be a string`);
  if (resources !== undefined && !isEverything(resources)) {
    throw new PolicyError(`${place}.Resource must be ["*"]: actions here are for all resources alike`);
  }
  if (!Array.isArray(actions) || actions.length === 0 || actions.length > MAX_ACTIONS) {
    throw new PolicyError(`${place}.Action must be a list of 1 to ${String(MAX_ACTIONS)} actions`);
  }
  const wrong = actions.find((action) => typeof action !== 'string' || !PATTERN.test(action)) as unknown;
  if (wrong !== undefined) {
    throw new PolicyError(`${place}.Action must hold service:resource:operation, with * for any characters`);
  }
  return { ...(sid === undefined ? {} : { Sid: sid }), Effect: effect, Action: actions as string[] };
}

function asObject(value: unknown, place: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new PolicyError(`${place} must be an object`);
}

function refuseUnknown(fields: readonly string[], place: string): void {
  if (fields.length === 0) return;
  throw new PolicyError(`${place} holds ${fields.join(', ')}, which Muster cannot decide by: leave it out`);
}

function isEverything(resources: unknown): boolean {
  return Array.isArray(resources) && resources.length === 1 && resources[0] === '*';
}
