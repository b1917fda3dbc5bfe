/** Postgres could not be asked: it is down, restarting, refuses connections or dropped ours. */
export function isDatabaseUnavailable(error: unknown): boolean {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    const { code } = cause as { code?: unknown };
    if (typeof code === 'string' && UNAVAILABLE.test(code)) return true;
    if (UNAVAILABLE_MESSAGE.test(cause.message)) return true;
  }
  return false;
}

/**
 * SQLSTATE classes 08 (connection) and 57P (shut down, starting up), 53300 (too many connections); Node's
 * socket errors; Prisma's P1001, P1002, P1008, P1017.
 */
const UNAVAILABLE = /^(08...|57P0.|53300|ECONN\w+|EPIPE|ENOTFOUND|ETIMEDOUT|EHOSTUNREACH|P10(01|02|08|17))$/;
/** node-postgres has no code for these. */
const UNAVAILABLE_MESSAGE = /Connection terminated|timeout exceeded when trying to connect/;

const UNIQUE_VIOLATION = new Set(['23505', 'P2002']);

export function isUniqueViolation(error: unknown): boolean {
  return UNIQUE_VIOLATION.has(String((error as { code?: unknown } | null)?.code));
}

/** Somebody else holds the unit or run now, or it is over: what was about to be written is void. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
  constructor(what: string) {
    super(`${what} is not ours any more: it was cancelled, or another worker took over.`);
  }
}
