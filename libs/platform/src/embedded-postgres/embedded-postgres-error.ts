import { types } from 'node:util';

/** What kept the embedded PostgreSQL from running. */
export type EmbeddedPostgresErrorCode =
  /** No PostgreSQL package exists for this operating system and processor. */
  | 'unsupported-platform'
  /** The package is there, but its programs cannot be run: not executable, libraries missing. */
  | 'binaries-unusable'
  /** Muster runs as root, PostgreSQL refuses to, and there is no other user to run it as. */
  | 'no-unprivileged-user'
  /** Another live process uses the same folder. */
  | 'already-running'
  /** The folder's data belongs to another major version of PostgreSQL. */
  | 'incompatible-version'
  | 'not-writable'
  | 'disk-full'
  | 'port-in-use'
  /** There is data, but not the password that opens it. */
  | 'password-missing'
  | 'start-failed'
  | 'stop-failed';

/** A failure of the embedded database. Its message is one line for the user and holds no secret. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';

  constructor(
    readonly code: EmbeddedPostgresErrorCode,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

const MAX_DETAIL_CHARACTERS = 300;

const PATTERNS: readonly (readonly [RegExp, EmbeddedPostgresErrorCode])[] = [
  [/No space left on device|ENOSPC|Disk quota exceeded|EDQUOT/, 'disk-full'],
  [/Address already in use|could not bind/, 'port-in-use'],
  [/error while loading shared libraries|Library not loaded|symbol lookup error/, 'binaries-unusable'],
  [/Permission denied|Read-only file system|Operation not permitted|EACCES|EPERM|EROFS/, 'not-writable'],
];

/**
 * The error that a PostgreSQL program's output stands for.
 * @param doing what failed, for the message: `start the database in /x`
 */
export function errorFromOutput(
  output: string,
  doing: string,
  otherwise: EmbeddedPostgresErrorCode,
): EmbeddedPostgresError {
  const code = PATTERNS.find(([pattern]) => pattern.test(output))?.[1] ?? otherwise;
  const advice = code === 'disk-full' ? ' The disk is full: free some space and start again.' : '';
  return new EmbeddedPostgresError(code, `Cannot ${doing}: ${mostTelling(output)}.${advice}`);
}

/** The error that a failed file operation stands for. */
export function errorFromFileSystem(cause: unknown, doing: string): EmbeddedPostgresError {
  return cause instanceof EmbeddedPostgresError
    ? cause
    : new EmbeddedPostgresError(codeOfFileError(cause), `Cannot ${doing}: ${adviceFor(cause)}.`, cause);
}

function codeOfFileError(cause: unknown): EmbeddedPostgresErrorCode {
  return PATTERNS.find(([pattern]) => pattern.test(errorCode(cause)))?.[1] ?? 'start-failed';
}

function adviceFor(cause: unknown): string {
  switch (errorCode(cause)) {
    case 'EACCES':
    case 'EPERM':
      return `user ${String(process.getuid?.() ?? 'running Muster')} may not write there; start Muster as the user who owns it, or choose another folder`;
    case 'EROFS':
      return 'the file system is read-only; choose another folder';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'the disk is full; free some space and start again';
    default:
      return oneLine(messageOf(cause));
  }
}

/** The `code` of a Node.js system error, or an empty text. */
export function errorCode(error: unknown): string {
  // isNativeError, since under Jest the file system's errors come from another realm.
  return types.isNativeError(error) && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** What an unknown failure says. */
export function messageOf(error: unknown): string {
  return types.isNativeError(error) ? error.message : String(error);
}

/** PostgreSQL names the reason in its first fatal line and adds hints and a general complaint after it. */
function mostTelling(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const line =
    lines.find((candidate) => /\b(PANIC|FATAL)\b|error:|error while loading/.test(candidate)) ?? lines.at(-1);
  return oneLine(line ?? 'it gave no reason').replace(/^.*?\b(?:PANIC|FATAL):\s+/, '');
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().replace(/\.$/, '').slice(0, MAX_DETAIL_CHARACTERS);
}
