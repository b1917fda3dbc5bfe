import { MusterError } from './client.js';
import { CommandError } from './command-error.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { printable } from './output/printable.js';

/** Why a command was not done, as it is shown; in JSON under `error`. */
export interface Failure {
  code: string;
  message: string;
  request_id: string | null;
  /** What to do. */
  hint: string | null;
  exit_code: ExitCode;
}

/** Statuses with which a server or a proxy says "not now". */
const NOT_NOW = [408, 429, 502, 503, 504];

/** What to do about the errors that Muster answers; docs/errors.md has them all. */
const HINTS: Readonly<Record<string, string>> = {
  UNREACHABLE: 'Does Muster run there? MUSTER_URL or the profile says where: muster credentials show',
  TIMEOUT: 'Muster, or what is in front of it, is busy: try again later.',
  MALFORMED: 'Does the address lead to Muster? See it by: muster credentials show',
  'COC.00101102': 'See which there are: muster accounts list',
  'COC.00101104': 'Add one first: muster accounts add --help',
  'COC.00101201': 'See which there are: muster tasks list',
  'COC.00101206': 'See which there are to decide about: muster deletions list',
  'COC.00101301': 'See which there are: muster resources list',
  'COC.00101401': 'See which there are: muster schedules list',
  'COC.00101501': 'List the resources anew, and follow from there: muster changes --follow --after latest',
  'COC.00101601': 'See which there are: muster webhooks list',
  'COC.00010002': 'See what it takes by --help, and in docs/cli.md.',
  'COC.00010500': 'That is a bug of Muster: its log has the reason, under the request id.',
};

/** The error of a request, a command or the program itself, as it is shown. */
export function toFailure(error: unknown): Failure {
  if (error instanceof MusterError) return ofMuster(error);
  if (error instanceof CommandError) {
    const { code, exitCode, hint = null } = error.details;
    return { code, message: error.message, request_id: null, hint, exit_code: exitCode };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const hint = 'That is a bug of the command: please report it.';
  return { code: 'BUG', message, request_id: null, hint, exit_code: EXIT.failed };
}

/** For people: what is wrong, its code, what to do, and by what Muster's log knows it. */
export function renderFailure({ code, message, request_id: requestId, hint }: Failure): string {
  const lines = [
    `muster: ${code === 'BUG' ? message : printable(message)}${code === 'USAGE' ? '' : ` (${printable(code)})`}`,
  ];
  if (hint !== null) lines.push(`  ${hint}`);
  if (requestId !== null) lines.push(`  request id: ${printable(requestId)}`);
  return `${lines.join('\n')}\n`;
}

function ofMuster(error: MusterError): Failure {
  return {
    code: error.code,
    message: error.message,
    request_id: error.requestId ?? null,
    hint: hintOf(error),
    exit_code: exitCodeOf(error),
  };
}

function exitCodeOf({ status, code }: MusterError): ExitCode {
  if (status === undefined) return code === 'MALFORMED' ? EXIT.failed : EXIT.unreachable;
  if (status === 401 || status === 403) return EXIT.refused;
  if (NOT_NOW.includes(status)) return EXIT.unreachable;
  return code === 'COC.00010002' ? EXIT.usage : EXIT.failed;
}

function hintOf({ status, code, retryAfterMs }: MusterError): string | null {
  if (retryAfterMs !== undefined) return `Try again in ${String(Math.ceil(retryAfterMs / 1_000))} s.`;
  if (status === 401) return 'See which key is sent by: muster credentials show';
  if (status === 403) return 'Whoever runs Muster can allow it: npm run credentials -- policy NAME';
  return HINTS[code] ?? null;
}
