import { AzureError, type AzureErrorFacts } from '../azure-error.js';

/** An error of Node's or undici's in the form of Azure's own; anything else as it is. */
export function failedRequest(error: unknown, facts: AzureErrorFacts): unknown {
  if (error instanceof AzureError) return error;
  const code = codeOf(error);
  return code === undefined ? error : new AzureError(code, facts, { cause: error });
}

/** The code of an error, or of the first one within it that has one. */
function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, errors, cause } = error as { code?: unknown; errors?: unknown; cause?: unknown };
  if (typeof code === 'string') return code;
  const inner = Array.isArray(errors) ? errors : [cause];
  return inner.map(codeOf).find((found) => found !== undefined);
}
