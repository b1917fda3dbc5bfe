import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { describeCronProblem, hasEveryHour, type Timing } from '#domain';

import { nextTime, timesFrom } from './timetable.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const cronTimes = (cron: string, timeZone: string, after: string, count: number): string[] => {
  const timing: Timing = { cron, timeZone, jitterSeconds: 0 };
  const times: string[] = [];
  let at = new Date(after);
  while (times.length < count) {
    at = nextTime(timing, { after: at, anchor: at }).dueAt;
    times.push(at.toISOString().replace(':00.000Z', 'Z'));
  }
  return times;
};

describe('a cron line where the clocks are changed', () => {
  it.each<[string, string, string, string[]]>([
    // Put forward from 02:00 to 03:00: what they pass over is made up for by an hour later.
    [
      '30 2 * * *',
      'Europe/Berlin',
      '2026-03-28T12:00Z',
      ['2026-03-29T01:30Z', '2026-03-30T00:30Z', '2026-03-31T00:30Z'],
    ],
    // At the moment of the change itself.
    ['0 2 * * *', 'Europe/Berlin', '2026-03-28T12:00Z', ['2026-03-29T01:00Z', '2026-03-30T00:00Z']],
    // Put back from 03:00 to 02:00: what they show twice counts once.
    ['30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00Z', ['2026-10-25T00:30Z', '2026-10-26T01:30Z']],
    ['30 2 * * *', 'Europe/Berlin', '2026-10-25T00:30Z', ['2026-10-26T01:30Z']],
    // A line for every hour has the hours that pass: 23 and 25 of them.
    [
      '15 * * * *',
      'Europe/Berlin',
      '2026-10-24T23:20Z',
      ['2026-10-25T00:15Z', '2026-10-25T01:15Z', '2026-10-25T02:15Z'],
    ],
    [
      '*/30 * * * *',
      'Europe/Berlin',
      '2026-03-29T00:10Z',
      ['2026-03-29T00:30Z', '2026-03-29T01:00Z', '2026-03-29T01:30Z'],
    ],
    // One for some hours has each of them once: 02:00 and 03:00 are the same moment.
    [
      '0 1-4 * * *',
      'Europe/Berlin',
      '2026-03-28T23:30Z',
      ['2026-03-29T00:00Z', '2026-03-29T01:00Z', '2026-03-29T02:00Z'],
    ],
    // Clocks that are changed by half an hour, from 02:00 to 01:30 and to 02:30.
    ['45 1 * * *', 'Australia/Lord_Howe', '2026-04-03T20:00Z', ['2026-04-04T14:45Z', '2026-04-05T15:15Z']],
    ['15 2 * * *', 'Australia/Lord_Howe', '2026-10-02T20:00Z', ['2026-10-03T15:45Z', '2026-10-04T15:15Z']],
    // At midnight: there is no 00:00.
    ['0 0 * * *', 'America/Santiago', '2026-09-05T12:00Z', ['2026-09-06T04:00Z', '2026-09-07T03:00Z']],
  ])('%s in %s after %s', (cron, timeZone, after, expected) => {
    expect(cronTimes(cron, timeZone, after, expected.length)).toEqual(expected);
  });
});

describe('a cron line', () => {
  it.each<[string, string, string[]]>([
    ['0 0 29 2 *', '2026-01-01T00:00Z', ['2028-02-29T00:00Z', '2032-02-29T00:00Z']],
    // Days of the month and of the week, where both are given, are either.
    ['0 0 13 * 5', '2026-11-05T00:00Z', ['2026-11-06T00:00Z', '2026-11-13T00:00Z', '2026-11-20T00:00Z']],
    ['0 0 * * 7', '2026-11-29T00:00Z', ['2026-12-06T00:00Z']],
    ['0 0 * * SUN', '2026-11-29T00:00Z', ['2026-12-06T00:00Z']],
    ['0 0 * * 5-7', '2026-11-29T00:00Z', ['2026-12-04T00:00Z', '2026-12-05T00:00Z', '2026-12-06T00:00Z']],
    ['0 0 1 JAN,jul *', '2026-11-29T00:00Z', ['2027-01-01T00:00Z', '2027-07-01T00:00Z']],
    ['5-59/20 3 * * *', '2026-11-29T00:00Z', ['2026-11-29T03:05Z', '2026-11-29T03:25Z', '2026-11-29T03:45Z']],
  ])('%s', (cron, after, expected) => {
    expect(cronTimes(cron, 'UTC', after, expected.length)).toEqual(expected);
  });
});

const zones = fc.constantFrom(
  ...['UTC', 'Europe/Berlin', 'America/New_York', 'America/Santiago', 'Asia/Kolkata', 'Asia/Kathmandu'],
  ...['Australia/Lord_Howe', 'Pacific/Chatham', 'Africa/Casablanca', 'America/St_Johns', 'Asia/Tokyo'],
);
/** Half of them within a day of where clocks are changed somewhere. */
const times = fc
  .oneof(
    fc.integer({ min: Date.UTC(2025, 0), max: Date.UTC(2030, 0) }),
    fc
      .tuple(
        fc.constantFrom(
          Date.UTC(2026, 2, 8, 7),
          Date.UTC(2026, 2, 29, 1),
          Date.UTC(2026, 3, 4, 15),
          Date.UTC(2026, 8, 6, 4),
          Date.UTC(2026, 9, 3, 15),
          Date.UTC(2026, 9, 25, 1),
          Date.UTC(2026, 10, 1, 6),
        ),
        fc.integer({ min: -DAY_MS, max: DAY_MS }),
      )
      .map(([change, off]) => change + off),
  )
  .map((time) => new Date(time));
const number = (min: number, max: number) => fc.integer({ min, max }).map(String);
const listOf = (part: fc.Arbitrary<string>) =>
  fc.uniqueArray(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join());
const minutes = fc.oneof(fc.constantFrom('*', '*/7', '*/15', '10-50/20'), listOf(number(0, 59)));
const hours = fc.oneof(fc.constantFrom('*', '*/2', '1-4', '22-23,0-3'), listOf(number(0, 23)));
const lines = fc
  .tuple(minutes, hours, fc.constantFrom('*', '*', '1,15', '*/3'), fc.constantFrom('*', '*', '1-5', '0,6'))
  .map(([minute, hour, day, weekday]) => `${minute} ${hour} ${day} * ${weekday}`);

/** Making one takes long. */
const readers = new Map<string, Intl.DateTimeFormat>();

/** What clocks show, as 2026-11-29 03:00:00, and not by the code under test. */
function shown(time: number, timeZone: string): string {
  const known = readers.get(timeZone);
  const reader =
    known ?? new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  if (known === undefined) readers.set(timeZone, reader);
  return reader.format(time);
}

function read(time: number, timeZone: string) {
  const text = shown(time, timeZone);
  const [, day, hour, minute] = /-(\d\d) (\d\d):(\d\d):/.exec(text)!.map(Number);
  const weekday = new Date(`${text.slice(0, 10)}T00:00Z`).getUTCDay();
  return { day: day!, hour: hour!, minute: minute!, weekday };
}

function holds(field: string, value: number, min: number): boolean {
  return field.split(',').some((part) => {
    const [range = '', step = '1'] = part.split('/');
    const [from, to] = range === '*' ? [min, 99] : range.split('-').map(Number);
    return value >= from! && value <= (to ?? from!) && (value - from!) % Number(step) === 0;
  });
}

/** Whether the clocks show a time of the line. */
function isShown(line: string, time: number, timeZone: string): boolean {
  const [minute = '', hour = '', days = '', , weekdays = ''] = line.split(' ');
  const at = read(time, timeZone);
  const day = holds(days, at.day, 1);
  const weekday = holds(weekdays, at.weekday, 0);
  const isDay = days === '*' || weekdays === '*' ? day && weekday : day || weekday;
  return holds(minute, at.minute, 0) && holds(hour, at.hour, 0) && isDay;
}

/** Whether the clocks were changed in the last hours: then a time may make up for another, or be shown again. */
function isAfterChange(time: number, timeZone: string): boolean {
  const offset = (at: number) => Date.parse(`${shown(at, timeZone).replace(' ', 'T')}Z`) - at;
  return offset(time) !== offset(time - 2 * HOUR_MS);
}

describe('nextTime', () => {
  it('tells the first time after one that a cron line has, minute by minute, in any time zone', () => {
    fc.assert(
      fc.property(lines, zones, times, (cron, timeZone, after) => {
        expect(describeCronProblem(cron)).toBeUndefined();
        const { dueAt } = nextTime({ cron, timeZone, jitterSeconds: 0 }, { after, anchor: after });
        const due = dueAt.getTime();
        expect(due).toBeGreaterThan(after.getTime());
        expect(due % MINUTE_MS).toBe(0);
        if (!isShown(cron, due, timeZone)) expect(isAfterChange(due, timeZone)).toBe(true);
        const first = Math.floor(after.getTime() / MINUTE_MS + 1) * MINUTE_MS;
        for (let time = first; time < Math.min(due, first + DAY_MS); time += MINUTE_MS) {
          if (!isShown(cron, time, timeZone)) continue;
          // Only what is shown for the second time is left out, and of a line for every hour nothing is.
          expect([cron, timeZone, new Date(time), isAfterChange(time, timeZone)]).toEqual([
            cron,
            timeZone,
            new Date(time),
            true,
          ]);
          expect(hasEveryHour(cron)).toBe(false);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('has a time for each day on which a line is due once, whatever is done to the clocks', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: 0, max: 59 }),
        zones,
        times,
        (hour, minute, timeZone, after) => {
          const timing = { cron: `${String(minute)} ${String(hour)} * * *`, timeZone, jitterSeconds: 0 };
          const first = nextTime(timing, { after, anchor: after }).dueAt;
          const second = nextTime(timing, { after: first, anchor: first }).dueAt;
          const hoursBetween = (second.getTime() - first.getTime()) / HOUR_MS;
          expect([22, 23, 23.5, 24, 24.5, 25, 26]).toContain(hoursBetween);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('counts intervals from the anchor, and leaves out what has passed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 60, max: 31_536_000 }),
        times,
        fc.integer({ min: -100 * DAY_MS, max: 100 * DAY_MS }),
        (intervalSeconds, after, off) => {
          const anchor = new Date(after.getTime() + off);
          const { dueAt } = nextTime({ intervalSeconds, jitterSeconds: 0 }, { after, anchor });
          const wait = dueAt.getTime() - after.getTime();
          expect(wait).toBeGreaterThan(0);
          expect(wait).toBeLessThanOrEqual(intervalSeconds * 1_000);
          expect(Math.abs((dueAt.getTime() - anchor.getTime()) % (intervalSeconds * 1_000))).toBe(0);
        },
      ),
    );
  });

  it('puts a time off by no more than its jitter, and by all of it', () => {
    const timing = { intervalSeconds: 3_600, jitterSeconds: 90 };
    const from = { after: new Date(0), anchor: new Date(0) };
    const jitterOf = (random: () => number) => {
      const { dueAt, runAt } = nextTime(timing, from, random);
      return runAt.getTime() - dueAt.getTime();
    };
    expect(jitterOf(() => 0)).toBe(0);
    expect(jitterOf(() => 1 - 2 ** -53)).toBe(90_000);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (drawn) => {
        const jitter = jitterOf(() => drawn);
        expect(jitter).toBeGreaterThanOrEqual(0);
        expect(jitter).toBeLessThanOrEqual(90_000);
      }),
    );
    expect(nextTime({ ...timing, jitterSeconds: 0 }, from).runAt).toEqual(new Date(3_600_000));
  });
});

describe('timesFrom', () => {
  it('begins with the time it is given', () => {
    const timing = { cron: '0 3 * * 1', timeZone: 'UTC', jitterSeconds: 60 };
    const upcoming = timesFrom(timing, new Date('2026-11-30T03:00Z'));
    expect([upcoming.next().value, upcoming.next().value]).toEqual([
      new Date('2026-11-30T03:00Z'),
      new Date('2026-12-07T03:00Z'),
    ]);
  });
});
