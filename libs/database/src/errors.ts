/** How many causes of causes are looked at: drivers wrap two or three times, and causes may go round. */
const MAX_CAUSES = 5;

/** Postgres could not be asked: it is down, restarting, refuses connections or dropped ours. */
export function isDatabaseUnavailable(error: unknown): boolean {
  let cause = error;
  for (let depth = 0; depth < MAX_CAUSES && typeof cause === 'object' && cause !== null; depth += 1) {
    const { code, message, cause: deeper, meta }: Partial<WrappedError> = cause;
    if (typeof code === 'string' && UNAVAILABLE.test(code)) return true;
    if (typeof message === 'string' && UNAVAILABLE_MESSAGE.test(message)) return true;
    cause = deeper ?? meta?.driverAdapterError;
  }
  return false;
}

/** An error of a driver, or of Prisma, which keeps the driver's in `meta` and not always as an `Error`. */
interface WrappedError {
  code: unknown;
  message: unknown;
  cause: unknown;
  meta: { driverAdapterError?: unknown };
}

/**
 * SQLSTATE classes 08 (connection) and 57P (shut down, starting up), 53300 (too many connections); Node's
 * socket and name look-up errors; Prisma's P1001, P1002, P1008, P1017, P2037.
 */
const UNAVAILABLE =
  /^(08...|57P0.|53300|ECONN\w+|EPIPE|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|P10(01|02|08|17)|P2037)$/;
/** node-postgres has no code for these. */
const UNAVAILABLE_MESSAGE =
  /Connection terminated|timeout exceeded when trying to connect|encountered a connection error|not currently accepting connections/;

const UNIQUE_VIOLATION = new Set(['23505', 'P2002']);

export function isUniqueViolation(error: unknown): boolean {
  return UNIQUE_VIOLATION.has(String((error as { code?: unknown } | null)?.code));
}

const LOCK_NOT_AVAILABLE = '55P03';

/** A statement waited for a lock as long as its `lock_timeout` lets it. */
export function isLockTimeout(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === LOCK_NOT_AVAILABLE;
}

/** Somebody else holds the unit or run now, or it is over: what was about to be written is void. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
  constructor(what: string) {
    super(`${what} is not ours any more: it was cancelled, or another worker took over.`);
  }
}

/** A unit has a page of that number already, and it is another one. */
export class PageTakenError extends Error {
  override readonly name = 'PageTakenError';
  constructor(number: number) {
    super(`There is a page ${String(number)} already, with other content.`);
  }
}

/** A listing was said to be complete with another number of pages than there are. */
export class PagesMissingError extends Error {
  override readonly name = 'PagesMissingError';
  constructor(readonly there: number) {
    super(`There are ${String(there)} pages.`);
  }
}

/** Another request has the idempotency key now, since ours took too long: it must have no effect any more. */
export class KeyLostError extends Error {
  override readonly name = 'KeyLostError';
  constructor() {
    super('The idempotency key is not ours any more: another request has taken it.');
  }
}
