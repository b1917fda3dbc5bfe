/** ISO 8601's date, maybe with a time behind a `T` or a space, maybe with a zone. */
const ISO =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)\s?(z|utc|[+-]\d\d:?\d\d|[+-]\d\d)?)?$/i;
/** As in mails and HTTP's headers: `Sun, 06 Nov 1994 08:49:37 GMT`. */
const MAIL = /^(?:[a-z]{3}, )?\d{1,2} [a-z]{3} \d{4} \d\d:\d\d(?::\d\d)? (?:gmt|utc|z|[+-]\d{4})$/i;

/**
 * The time that a text names; undefined if it names none. A time without a zone is UTC: as `Date` understands it, it
 * would be another one on each worker. And `Date` takes "disk 1" for the year 2001.
 */
export function timeOfText(text: string): Date | undefined {
  const trimmed = text.trim();
  const time = MAIL.test(trimmed) ? Date.parse(trimmed) : isoTime(trimmed);
  return Number.isNaN(time) ? undefined : new Date(time);
}

function isoTime(text: string): number {
  const [, date, time = '00:00', zone = 'Z'] = ISO.exec(text) ?? [];
  if (date === undefined) return NaN;
  const offset = /^[+-]/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(3).replace(':', '') || '00'}` : 'Z';
  return Date.parse(`${date}T${time.replace(',', '.')}${offset}`);
}
