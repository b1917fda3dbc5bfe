import { SyncError } from '#domain';

import { errorCodeOf } from '../../shared/http/error-code.js';
import { OtherError, type OtherErrorFacts } from '../other-error.js';

/** An error of Node's or undici's in the form of ours; anything else as it is. */
export function failedCall(error: unknown, facts: OtherErrorFacts): unknown {
  if (error instanceof OtherError || error instanceof SyncError) return error;
  // The vendor network's refusal arrives as undici's cause.
  if (error instanceof Error && error.cause instanceof SyncError) return error.cause;
  const code = errorCodeOf(error);
  return code === undefined ? error : new OtherError(code, facts, { cause: error });
}
