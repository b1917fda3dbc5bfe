import { readFile } from 'node:fs/promises';

import {
  ACTIONS,
  FULL_ACCESS,
  matchesAction,
  parsePolicy,
  type Policy,
  PolicyError,
  READ_ONLY,
} from '#domain';
import { StartError } from '#platform';

const KNOWN: Readonly<Record<string, Policy>> = { 'full-access': FULL_ACCESS, 'read-only': READ_ONLY };

/**
 * A policy by its name, or from a file.
 * @throws {StartError} one line that says what is wrong with it.
 */
export async function readPolicy(nameOrFile: string): Promise<Policy> {
  const known = Object.hasOwn(KNOWN, nameOrFile) ? KNOWN[nameOrFile] : undefined;
  if (known !== undefined) return known;
  try {
    return parsePolicy(JSON.parse(await readFile(nameOrFile, 'utf8')));
  } catch (error) {
    const reason = error instanceof SyntaxError ? 'it is not JSON' : (error as Error).message;
    const advice = error instanceof PolicyError ? '' : '; full-access and read-only need no file';
    throw new StartError(`--policy ${nameOrFile}: ${reason}${advice}`);
  }
}

/** What a policy speaks of that Muster does not have: a misspelt Deny would allow. */
export function strangeActions({ Statement: statements }: Policy): string[] {
  const patterns = new Set(statements.flatMap(({ Action: actions }) => actions));
  return [...patterns].filter((pattern) => !ACTIONS.some((action) => matchesAction(pattern, action)));
}

/** A policy in a word or two, for lists. */
export function policyName(policy: Policy): string {
  const [name = 'custom'] =
    Object.entries(KNOWN).find(
      ([, known]) => JSON.stringify(sorted(known)) === JSON.stringify(sorted(policy)),
    ) ?? [];
  return name;
}

/** Postgres keeps the names of a document in an order of its own. */
function sorted({ Version, Statement: statements }: Policy): unknown {
  return [Version, statements.map(({ Effect, Action }) => [Effect, Action])];
}
