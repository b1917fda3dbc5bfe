/** The code of Node's or undici's error, or of the first one within it that has one: `ECONNREFUSED`. */
export function errorCodeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, errors, cause } = error as { code?: unknown; errors?: unknown; cause?: unknown };
  if (typeof code === 'string') return code;
  const inner = Array.isArray(errors) ? errors : [cause];
  return inner.map(errorCodeOf).find((found) => found !== undefined);
}
