import { SyncError } from '#domain';

import { type ErrorMeaning, meantError } from '../error-meaning.js';
import { quoted } from '../quoted.js';
import { HuaweiError, type HuaweiErrorFacts } from './huawei-error.js';

type Meanings = Readonly<Record<string, ErrorMeaning<HuaweiErrorFacts>>>;

const TOO_MANY_REQUESTS = 429;

/**
 * What a failed call means, by a vendor's table: by its code, or else by its status, as `HTTP 503`. HTTP 429 is too
 * many whatever its code is. `undefined` for what is no answer of a cloud's.
 */
export function classifyHuaweiError(error: unknown, meanings: Meanings): SyncError | undefined {
  if (error instanceof SyncError) return error;
  if (!(error instanceof HuaweiError)) return undefined;
  const meaning = meaningOf(error, meanings);
  if (meaning !== undefined) return meantError(error, meaning);
  const { code, facts } = error;
  const message = `${facts.host} answered ${facts.operation ?? 'a call'} with ${code}${quoted(facts.detail)}.`;
  return new SyncError('bug', message, { vendorCode: code, cause: error });
}

function meaningOf({ code, facts: { status = 0, retryAfterMs } }: HuaweiError, meanings: Meanings) {
  if (status === TOO_MANY_REQUESTS) return meanings['APIGW.0308'];
  if (status === 503 && retryAfterMs !== undefined) return meanings['HTTP 503 Retry-After'];
  // The older gateway's codes begin with APIG, and mean the same.
  const own = meanings[code.replace(/^APIG\./, 'APIGW.')];
  // "Request error" is what the gateway says of bad requests and of bad servers alike.
  const isOurs = code.endsWith('.0201') && status < 500;
  return isOurs ? undefined : (own ?? meanings[`HTTP ${String(status)}`]);
}
