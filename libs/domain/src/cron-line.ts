interface CronField {
  name: string;
  min: number;
  max: number;
  /** Names of values, from `min` on. */
  names?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const DAY_OF_MONTH: CronField = { name: 'day of month', min: 1, max: 31 };
const MONTH: CronField = { name: 'month', min: 1, max: 12, names: MONTHS };

/** The fields of a line, in order. */
const FIELDS: readonly CronField[] = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  DAY_OF_MONTH,
  MONTH,
  { name: 'day of week', min: 0, max: 7, names: DAYS },
];
const ORDER = FIELDS.map(({ name }) => name).join(', ');

/** How many days each month has at the most. */
const LONGEST = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** Enough to find a part in one's own line. */
const MAX_SHOWN_CHARACTERS = 24;

/**
 * What is wrong with a cron line, by field and with what is allowed; undefined when nothing is. A field is a list of
 * `*`, a value, a range `a-b`, or one of `*` and a range with a step: `0-30/5`. Months and days of the week may have
 * names, and a Sunday is 0 or 7. Not what only some crons know: seconds, `@daily`, `L`, `W`, `#`, `?`.
 */
export function describeCronProblem(line: string): string | undefined {
  const parts = line.trim().split(/\s+/);
  if (parts.length !== FIELDS.length) {
    return `it must have ${String(FIELDS.length)} fields, ${ORDER}, as in 0 3 * * 1-5 (it has ${String(line.trim() === '' ? 0 : parts.length)})`;
  }
  for (const [index, field] of FIELDS.entries()) {
    for (const part of (parts[index] ?? '').split(',')) {
      const problem = describePartProblem(field, part);
      if (problem !== undefined) return `${field.name} ${problem}`;
    }
  }
  return describeImpossibleDay(parts);
}

/** Whether a line has every hour: such a one follows the hours that pass, and not the clock's. */
export function hasEveryHour(line: string): boolean {
  return ['*', '*/1'].includes(line.trim().split(/\s+/)[1] ?? '');
}

function describePartProblem(field: CronField, part: string): string | undefined {
  const shown = part.length > MAX_SHOWN_CHARACTERS ? `${part.slice(0, MAX_SHOWN_CHARACTERS)}…` : part;
  const refuse = (why: string) => `"${shown}" ${why}: ${allowedIn(field)}`;
  const [, range = '', step] = /^([^/]*)(?:\/(.*))?$/.exec(part) ?? [];
  if (step !== undefined) {
    const most = field.max - field.min;
    if (!isWithin(step, 1, most)) return refuse(`has a step that is no number from 1 to ${String(most)}`);
    if (range !== '*' && !range.includes('-')) {
      return refuse(
        `has a step without a range; write ${range === '' ? '*' : range}-${String(field.max)}/${step}`,
      );
    }
  }
  if (range === '*') return undefined;
  const ends = range.split('-').map((end) => valueOf(field, end));
  const [from, to] = ends;
  if (ends.length > 2 || ends.includes(undefined)) return refuse('is not allowed');
  if (from !== undefined && to !== undefined && from > to)
    return refuse('is a range that ends before it begins');
  return undefined;
}

function allowedIn({ min, max, names }: CronField): string {
  const named =
    names === undefined ? '' : `, ${(names[0] ?? '').toUpperCase()} to ${(names.at(-1) ?? '').toUpperCase()}`;
  return `allowed are ${String(min)} to ${String(max)}${named}, *, ranges as ${String(min)}-${String(max)}, steps as */2, and lists of these`;
}

function valueOf({ min, max, names = [] }: CronField, text: string): number | undefined {
  if (isWithin(text, min, max)) return Number(text);
  const index = names.indexOf(text.toLowerCase());
  return index === -1 ? undefined : index + min;
}

function isWithin(text: string, min: number, max: number): boolean {
  return /^\d{1,2}$/.test(text) && Number(text) >= min && Number(text) <= max;
}

/** A line may be about days that no month of it has: it would never run. A day of the week makes up for that. */
function describeImpossibleDay([, , days = '', months = '', daysOfWeek]: readonly string[]):
  string | undefined {
  if (days.startsWith('*') || daysOfWeek !== '*') return undefined;
  const first = Math.min(...valuesOf(DAY_OF_MONTH, days));
  const longest = Math.max(...valuesOf(MONTH, months).map((month) => LONGEST[month - 1] ?? 0));
  if (first <= longest) return undefined;
  return `day of month ${days} is never reached in month ${months}: it has ${String(longest)} days at the most`;
}

/** What a field stands for, as far as its lowest value goes. */
function valuesOf(field: CronField, text: string): number[] {
  return text.split(',').flatMap((part) => {
    const [range = '', step = '1'] = part.split('/');
    const [from, to] =
      range === '*' ? [field.min, field.max] : range.split('-').map((end) => valueOf(field, end));
    const values: number[] = [];
    for (let value = from ?? field.min; value <= (to ?? from ?? field.max); value += Number(step)) {
      values.push(value);
    }
    return values;
  });
}
