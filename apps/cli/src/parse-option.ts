import { InvalidArgumentError } from 'commander';

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** A time such as 90s, 15m, 6h or 7d, in seconds. */
export function parseSeconds(text: string): number {
  const [, count, unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const seconds = Number(count) * (UNIT_SECONDS[unit] ?? Number.NaN);
  if (Number.isSafeInteger(seconds)) return seconds;
  throw new InvalidArgumentError('It must be a time such as 90s, 15m, 6h or 7d.');
}

/** A number of records. */
export function parseCount(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 1 on.');
}

/** A time of the calendar, as RFC 3339; or how long ago, such as 24h. */
export function parseSince(text: string): string {
  if (/^\d{1,9}[smhd]$/.test(text)) return new Date(Date.now() - parseSeconds(text) * 1_000).toISOString();
  if (/^\d{4}-\d{2}-\d{2}(T.+)?$/.test(text) && !Number.isNaN(Date.parse(text)))
    return new Date(text).toISOString();
  throw new InvalidArgumentError('It must be a time as 2026-01-31T08:00:00Z, or as long ago as 24h.');
}

/** Of an option that is repeated for several values. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}
