import type { CallLimit } from '#domain';

import { CALL_RATES, type ConnectorDocument, DEFAULT_CALL_RATE } from './document/connector-document.js';

/** Tokens: a call or two a sync. */
export const SIGN_IN_API = 'sign-in';

/** What the gate calls an API that is asked so often a second. */
export function apiOf({ requests_per_second: rate = DEFAULT_CALL_RATE }: ConnectorDocument): string {
  return `api-${String(rate)}`;
}

/**
 * How often a cloud may be asked is what its connector says. An adapter's quotas are the same for all accounts, so
 * there is one for each rate that can be chosen; an account uses one of them.
 */
export const QUOTAS: Readonly<Record<string, CallLimit>> = Object.fromEntries(
  CALL_RATES.map((rate) => [`api-${String(rate)}`, { perSecond: rate, burst: rate }]),
);
