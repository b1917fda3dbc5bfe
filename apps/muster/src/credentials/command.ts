import { parseArgs } from 'node:util';

import { DEFAULT_TENANT } from '#database';
import { isPrintableName, MAX_NAME_CHARACTERS } from '#domain';
import { StartError } from '#platform';

export const USAGE = `Usage: npm run credentials -- <command> [options]

Who may call the API, and what they may do. Also while Muster runs: it takes notice within seconds.

  list                 all credentials that are not over; --all shows those that are, too
  create NAME          a new one: a key pair (AK/SK) that signs requests, or --kind api-key
  temporary NAME       a key pair for --expires-in (1h), made from the credential NAME
  rotate NAME          a new secret; the one before stays valid for --overlap (0m: not at all)
  revoke NAME          ends it at once, with all that was made from it
  policy NAME          changes what it may do, to --policy

  --tenant NAME        whose it is (${DEFAULT_TENANT}); create makes the tenant when there is none
  --kind KIND          access-key or api-key
  --policy POLICY      full-access, read-only, or a file with a policy in Huawei's form
  --expires-in TIME    when it ends by itself: 90d, 24h, 30m
  --overlap TIME       the same, for rotate
  --json               JSON, for programs; with npm run --silent there is nothing else
  --help               show this

NAME may be the access key, too. DATABASE_URL says where the database is; without it, it is the embedded one.
`;

/** What to do, as it was asked for. */
export type Command = { json: boolean } & (
  | { verb: 'help' }
  | { verb: 'list'; tenant?: string; all: boolean }
  | { verb: 'create'; name: string; tenant: string; kind: NewKind; policy: string; expiresInMs?: number }
  | { verb: 'temporary'; name: string; tenant: string; expiresInMs: number }
  | { verb: 'rotate'; name: string; tenant: string; overlapMs: number }
  | { verb: 'revoke'; name: string; tenant: string }
  | { verb: 'policy'; name: string; tenant: string; policy: string }
);

export type NewKind = (typeof NEW_KINDS)[number];
const NEW_KINDS = ['access-key', 'api-key'] as const;

const OPTIONS = {
  tenant: { type: 'string' },
  kind: { type: 'string' },
  policy: { type: 'string' },
  'expires-in': { type: 'string' },
  overlap: { type: 'string' },
  all: { type: 'boolean' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** Which options a command takes, beside --json. */
const TAKES: Readonly<Record<string, readonly string[]>> = {
  list: ['tenant', 'all'],
  create: ['tenant', 'kind', 'policy', 'expires-in'],
  temporary: ['tenant', 'expires-in'],
  rotate: ['tenant', 'overlap'],
  revoke: ['tenant'],
  policy: ['tenant', 'policy'],
};

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** Ten years: longer than anybody should keep a secret. */
const MAX_DURATION_MS = 3_650 * 86_400_000;
const DURATION = /^(\d{1,9})([smhd])$/;
const DEFAULT_TEMPORARY = '1h';

/** @throws {StartError} one line that names what is wrong. */
export function parseCommand(words: readonly string[]): Command {
  const { values, positionals } = parseWords(words);
  const { json } = values;
  const [verb, ...rest] = positionals;
  if (values.help || verb === undefined) return { verb: 'help', json };
  const takes = Object.hasOwn(TAKES, verb) ? TAKES[verb] : undefined;
  if (takes === undefined) throw wrong(`${verb} is no command: use ${Object.keys(TAKES).join(', ')}`);
  const given = Object.keys(values).filter((option) => option !== 'json' && option !== 'help');
  const foreign = given.find((option) => !takes.includes(option));
  if (foreign !== undefined) throw wrong(`${verb} takes no --${foreign}`);
  if (verb === 'list') {
    if (rest.length > 0) throw wrong('list takes no name');
    const tenant = values.tenant === undefined ? {} : { tenant: values.tenant };
    return { verb, json, all: values.all ?? false, ...tenant };
  }
  const [name, ...more] = rest;
  if (name === undefined || more.length > 0)
    throw wrong(`${verb} takes one name, in quotes if it has blanks`);
  const named = { json, name, tenant: checkName(values.tenant ?? DEFAULT_TENANT, '--tenant') };
  switch (verb) {
    case 'create':
      return {
        verb,
        ...named,
        name: checkName(name, 'the name'),
        kind: parseKind(values.kind ?? 'access-key'),
        policy: values.policy ?? 'full-access',
        ...(values['expires-in'] === undefined
          ? {}
          : { expiresInMs: parseTime(values['expires-in'], '--expires-in') }),
      };
    case 'temporary':
      return {
        verb,
        ...named,
        expiresInMs: parseTime(values['expires-in'] ?? DEFAULT_TEMPORARY, '--expires-in'),
      };
    case 'rotate':
      return { verb, ...named, overlapMs: parseTime(values.overlap ?? '0m', '--overlap') };
    case 'policy':
      if (values.policy === undefined) throw wrong('policy needs --policy full-access, read-only or a file');
      return { verb, ...named, policy: values.policy };
    default:
      return { verb: 'revoke', ...named };
  }
}

function parseWords(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw wrong((error as Error).message.split('\n', 1)[0] ?? '');
  }
}

function parseKind(kind: string): NewKind {
  const known = NEW_KINDS.find((candidate) => candidate === kind);
  if (known === undefined) throw wrong(`--kind must be ${NEW_KINDS.join(' or ')}`);
  return known;
}

function parseTime(text: string, option: string): number {
  const [, count, unit = ''] = DURATION.exec(text) ?? [];
  const time = Number(count) * (UNITS_MS[unit] ?? Number.NaN);
  if (!(time <= MAX_DURATION_MS)) {
    throw wrong(`${option} must be a time of at most ten years, such as 30m, 24h or 90d`);
  }
  return time;
}

function checkName(name: string, what: string): string {
  if (isPrintableName(name)) return name;
  throw wrong(`${what} must have 1 to ${String(MAX_NAME_CHARACTERS)} printable characters`);
}

function wrong(message: string): StartError {
  return new StartError(`${message} (--help shows the options)`);
}
