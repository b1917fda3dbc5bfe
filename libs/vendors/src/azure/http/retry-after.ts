import { retryAfterOf as standardRetryAfterOf, waitOf } from '../../shared/http/retry-after.js';

interface Headers {
  get(name: string): string | undefined;
}

/**
 * How long an answer asks to wait, in milliseconds: `Retry-After`, its variants in milliseconds, or when Resource
 * Graph's quota is whole again (`hh:mm:ss`), which it also says without error.
 */
export function retryAfterOf(headers: Headers): number | undefined {
  const milliseconds = headers.get('retry-after-ms') ?? headers.get('x-ms-retry-after-ms');
  if (milliseconds !== undefined) return waitOf(Number(milliseconds));
  const value = headers.get('retry-after');
  if (value !== undefined) return standardRetryAfterOf(value);
  const [hours, minutes, seconds] = (headers.get('x-ms-user-quota-resets-after') ?? '')
    .split(':')
    .map(Number);
  return waitOf(((hours ?? NaN) * 60 + (minutes ?? NaN)) * 60_000 + (seconds ?? NaN) * 1_000);
}
