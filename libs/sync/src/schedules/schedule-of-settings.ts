import type { SettingsSchedule } from '#database';

import { type GivenTiming, readTiming } from './read-timing.js';
import { nextTime } from './timetable.js';

/** When an account is synced by itself, as its settings say, which have been checked; by default when somebody asks. */
export function scheduleOfSettings(given: GivenTiming | null | undefined): SettingsSchedule {
  const timing = given === null || given === undefined ? undefined : readTiming(given);
  if (timing !== undefined && 'problems' in timing) throw new Error(timing.problems.join('; '));
  return { timing, timetable: nextTime };
}
