import { errorCodeOf } from '../../shared/http/error-code.js';
import { AzureError, type AzureErrorFacts } from '../azure-error.js';

/** An error of Node's or undici's in the form of Azure's own; anything else as it is. */
export function failedRequest(error: unknown, facts: AzureErrorFacts): unknown {
  if (error instanceof AzureError) return error;
  const code = errorCodeOf(error);
  return code === undefined ? error : new AzureError(code, facts, { cause: error });
}
