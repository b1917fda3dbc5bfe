import type { Logger } from '#platform';

import type { AuthenticatedRequest } from '../caller.js';
import { SignatureError } from '../signature/signature-error.js';
import { AuthenticationError } from './authentication-error.js';

/** Says in the log why somebody is not let in, keeps whom they claimed to be, and returns what they are told. */
export function logRefusal(log: Logger, request: AuthenticatedRequest, error: unknown): unknown {
  const refusal = error instanceof SignatureError ? new AuthenticationError(error.message) : error;
  if (refusal instanceof AuthenticationError) {
    if (refusal.claimed.credential !== undefined) request.claimedCredential = refusal.claimed.credential;
    log.warn(
      {
        request: request.id,
        method: request.method,
        path: request.url.split('?', 1)[0],
        from: request.ip,
        ...refusal.claimed,
        reason: refusal.reason,
      },
      'a caller was not let in',
    );
  }
  return refusal;
}
