import { CronExpressionParser } from 'cron-parser';

import { hasEveryHour, type ScheduledTime, type Timing } from '#domain';

import { WallClock } from './wall-clock.js';

const SECOND_MS = 1_000;
/** No clock is put back or forward by more. */
const MAX_CLOCK_CHANGE_MS = 3 * 3_600_000;

/**
 * A timing's first time after one, by the interval counted from the anchor, with a jitter that is drawn for it.
 * @param random from 0 to below 1
 */
export function nextTime(
  timing: Timing,
  from: { after: Date; anchor: Date },
  random: () => number = Math.random,
): ScheduledTime {
  const dueAt = nextDue(timing, from);
  const jitterMs = Math.floor(random() * (timing.jitterSeconds * SECOND_MS + 1));
  return { dueAt, runAt: new Date(dueAt.getTime() + jitterMs) };
}

/** The times that follow one, without jitter. */
export function* timesFrom(timing: Timing, first: Date): Generator<Date> {
  for (let time = first; ; time = nextDue(timing, { after: time, anchor: time })) yield time;
}

function nextDue(timing: Timing, { after, anchor }: { after: Date; anchor: Date }): Date {
  if ('cron' in timing) return nextOfCron(timing, after);
  const intervalMs = timing.intervalSeconds * SECOND_MS;
  const passed = Math.floor((after.getTime() - anchor.getTime()) / intervalMs);
  return new Date(anchor.getTime() + (passed + 1) * intervalMs);
}

/**
 * cron-parser tells the times that clocks show, and the time zone when that is. It knows time zones too, but with
 * one whose clocks are changed by half an hour (Australia/Lord_Howe) it gives up: "loop limit exceeded" (5.10.3).
 *
 * A time that clocks show twice counts once, the first time, and one that they pass over is made up for by so much
 * later as they were put forward; but a line for every hour has each hour that passes, and no other.
 */
function nextOfCron({ cron, timeZone }: { cron: string; timeZone: string }, after: Date): Date {
  const clock = new WallClock(timeZone);
  const begin =
    clock.shownAt(after.getTime()) - (clock.changesNear(after.getTime()) ? MAX_CLOCK_CHANGE_MS : 0);
  const faces = CronExpressionParser.parse(cron, { currentDate: new Date(begin), tz: 'UTC' });
  const isForEveryHour = hasEveryHour(cron);
  let best = Infinity;
  let last = -Infinity;
  for (;;) {
    const face = faces.next().getTime();
    if (best < Infinity && face > last) return new Date(best);
    const { times, isPassedOver } = clock.timesShowing(face);
    const counted = isForEveryHour ? (isPassedOver ? [] : times) : times.slice(0, 1);
    best = Math.min(best, ...counted.filter((time) => time > after.getTime()));
    if (best === Infinity) continue;
    if (!clock.changesNear(best)) return new Date(best);
    last = clock.shownAt(best) + MAX_CLOCK_CHANGE_MS; // what clocks show later may be earlier where they are put back
  }
}
