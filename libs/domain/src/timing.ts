/** When something is done again and again: at the times of a cron line, or every so many seconds. */
export type Timing = {
  /** By how much each time may be put off, at random, so that not all begin at once; 0: not at all. */
  jitterSeconds: number;
} & (
  | {
      /** Five fields; see {@link describeCronProblem}. */
      cron: string;
      /** IANA name of the time zone whose clocks the line is about. */
      timeZone: string;
    }
  | { intervalSeconds: number }
);

/** A time at which something is to be done. */
export interface ScheduledTime {
  /** By cron line or interval. */
  dueAt: Date;
  /** With the jitter that was drawn for it. */
  runAt: Date;
}

/** Tells a timing's first time after one, given a time that it had or would have had. */
export type Timetable = (timing: Timing, from: { after: Date; anchor: Date }) => ScheduledTime;
