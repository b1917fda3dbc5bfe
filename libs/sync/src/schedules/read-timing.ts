import { describeCronProblem, type Timing } from '#domain';

import { timesFrom } from './timetable.js';
import { WallClock } from './wall-clock.js';

/** When something is to be done, as users say it; their types and bounds have been checked. */
export interface GivenTiming {
  cron?: string | null;
  interval_seconds?: number | null;
  time_zone?: string | null;
  jitter_seconds?: number | null;
}

const DEFAULT_TIME_ZONE = 'UTC';
/** Names of the IANA database; Intl also knows offsets as +01:00, which no clock change moves. */
const ZONE_NAME = /^[a-z][a-z0-9_+-]*(\/[a-z0-9_+-]+)*$/i;
/** So many of the times to come say how far apart they are. */
const TIMES_COMPARED = 10;
const MAX_SHOWN_CHARACTERS = 40;

/** A timing, or what is wrong with it, each beginning with its field's name. */
export function readTiming(given: GivenTiming): Timing | { problems: string[] } {
  const { cron, interval_seconds: intervalSeconds, time_zone: timeZone } = given;
  const jitterSeconds = given.jitter_seconds ?? 0;
  const isCron = typeof cron === 'string';
  if (isCron === (typeof intervalSeconds === 'number')) {
    return { problems: ['cron: give either it or interval_seconds, and not both'] };
  }
  const problems: string[] = [];
  const cronProblem = isCron ? describeCronProblem(cron) : undefined;
  if (cronProblem !== undefined) problems.push(`cron: ${cronProblem}`);
  if (typeof timeZone === 'string') {
    const problem = isCron ? describeZoneProblem(timeZone) : 'it goes with cron, not with interval_seconds';
    if (problem !== undefined) problems.push(`time_zone: ${problem}`);
  }
  if (problems.length > 0) return { problems };
  const timing: Timing = isCron
    ? { cron: cron.trim().replaceAll(/\s+/g, ' '), timeZone: timeZone ?? DEFAULT_TIME_ZONE, jitterSeconds }
    : { intervalSeconds: intervalSeconds ?? 0, jitterSeconds };
  const shortest = shortestSeconds(timing);
  if (jitterSeconds <= shortest) return timing;
  return {
    problems: [
      `jitter_seconds: ${String(jitterSeconds)} is longer than the ${String(shortest)} seconds between two of its times`,
    ],
  };
}

function describeZoneProblem(timeZone: string): string | undefined {
  try {
    if (!ZONE_NAME.test(timeZone)) throw new RangeError(timeZone);
    new WallClock(timeZone);
    return undefined;
  } catch {
    return `there is no "${timeZone.slice(0, MAX_SHOWN_CHARACTERS)}"; use a name of the IANA database, as Europe/Berlin`;
  }
}

function shortestSeconds(timing: Timing): number {
  if ('intervalSeconds' in timing) return timing.intervalSeconds;
  const now = new Date();
  const times = timesFrom(timing, now);
  times.next(); // now itself is none of them
  const first = Array.from({ length: TIMES_COMPARED }, () => (times.next().value as Date).getTime());
  const gaps = first.slice(1).map((time, index) => time - (first[index] ?? 0));
  return Math.min(...gaps) / 1_000;
}
