const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** So near to a change of the clocks, times are looked at twice: more than any clock is changed by. */
const NEAR_MS = 4 * HOUR_MS;

/** Making one takes a hundred times as long as asking it. */
const formats = new Map<string, Intl.DateTimeFormat>();

/**
 * What the clocks of a time zone show. What they show is told as the milliseconds at which those of UTC show the same.
 */
export class WallClock {
  private readonly format: Intl.DateTimeFormat;

  /** @throws {RangeError} when there is no such time zone. */
  constructor(timeZone: string) {
    const known = formats.get(timeZone.toLowerCase());
    this.format =
      known ??
      new Intl.DateTimeFormat('en-US', {
        timeZone,
        hourCycle: 'h23',
        era: 'short',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
      });
    if (known === undefined) formats.set(timeZone.toLowerCase(), this.format);
  }

  /** What the clocks show at a time. */
  shownAt(time: number): number {
    const parts = Object.fromEntries(
      this.format.formatToParts(time).map(({ type, value }) => [type, Number(value)]),
    );
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second) + (((time % 1_000) + 1_000) % 1_000);
  }

  /**
   * When the clocks show something: once, twice where they are put back, or never where they pass it over. Then it is
   * told when they would have, had they not been changed yet.
   */
  timesShowing(face: number): { times: number[]; isPassedOver: boolean } {
    const offsets = [face - DAY_MS, face + DAY_MS].map((time) => this.shownAt(time) - time);
    const candidates = [...new Set(offsets.map((offset) => face - offset))].sort((a, b) => a - b);
    const times = candidates.filter((time) => this.shownAt(time) === face);
    if (times.length > 0) return { times, isPassedOver: false };
    return { times: [face - (offsets[0] ?? 0)], isPassedOver: true };
  }

  /** Whether the clocks are changed within hours of a time. */
  changesNear(time: number): boolean {
    const offset = (at: number) => this.shownAt(at) - at;
    return offset(time - NEAR_MS) !== offset(time + NEAR_MS);
  }
}
