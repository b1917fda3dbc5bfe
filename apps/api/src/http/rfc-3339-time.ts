import { IsISO8601, Matches } from 'class-validator';

/** What ISO 8601 has beside it (weeks, days of a year, no zone) JavaScript does not read, or as another time. */
const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

/** A point in time, as text with its zone. */
export function Rfc3339Time(): PropertyDecorator {
  const options = { message: '$property must be a time in RFC 3339, such as 2026-01-31T12:00:00Z' };
  const rules = [IsISO8601({ strict: true }, options), Matches(RFC_3339, options)];
  return (target, name) => {
    for (const rule of rules) rule(target, name);
  };
}
