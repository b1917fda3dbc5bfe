/**
 * What a worker does for a unit: `vendor` reads from the vendor's API, `quota` holds a call back until the
 * account may make it, `turn` lets other accounts' work go first, `normalizing` makes rows of items, `sql` is
 * a transaction.
 */
export const ACTIVITIES = ['vendor', 'quota', 'turn', 'normalizing', 'sql'] as const;
export type Activity = (typeof ACTIVITIES)[number];

/** Milliseconds by activity, whole ones, and how many calls were made of the vendor. */
export type TimeSpent = Record<Activity | 'calls', number>;

const NOTHING: TimeSpent = { vendor: 0, quota: 0, turn: 0, normalizing: 0, sql: 0, calls: 0 };

interface Stopwatch {
  /** Milliseconds up to the last stop. */
  total: number;
  /** How many of its kind are running: those at one time count once. */
  running: number;
  since: number;
}

/**
 * Measures where the time of a unit goes while one worker has it. Activities overlap, as the next page is
 * read while this one is written, so they may add up to more than has passed. Only `vendor` does not count
 * what is held back meanwhile.
 */
export class UnitClock {
  private readonly stopwatches: Record<Activity, Stopwatch> = {
    vendor: { total: 0, running: 0, since: 0 },
    quota: { total: 0, running: 0, since: 0 },
    turn: { total: 0, running: 0, since: 0 },
    normalizing: { total: 0, running: 0, since: 0 },
    sql: { total: 0, running: 0, since: 0 },
  };
  private readonly taken = { ...NOTHING };
  private calls = 0;
  /** What had been held back when `vendor` began. */
  private heldBefore = 0;

  /** @param now milliseconds, of a clock that never goes back */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Begins to count; call what it returns when the activity is over. */
  start(activity: Activity): () => void {
    const stopwatch = this.stopwatches[activity];
    stopwatch.running += 1;
    if (stopwatch.running === 1) {
      stopwatch.since = this.now();
      if (activity === 'vendor') this.heldBefore = this.total('quota');
    }
    return () => {
      stopwatch.running -= 1;
      if (stopwatch.running > 0) return;
      const held = activity === 'vendor' ? this.total('quota') - this.heldBefore : 0;
      stopwatch.total += Math.max(0, this.now() - stopwatch.since - held);
    };
  }

  /** A call is made of the vendor. */
  countCall(): void {
    this.calls += 1;
  }

  /** Counts the time until the work is done or has failed. */
  async during<Result>(activity: Activity, work: () => Promise<Result>): Promise<Result> {
    const stop = this.start(activity);
    try {
      return await work();
    } finally {
      stop();
    }
  }

  /** What was spent since it was last taken, to be recorded; a started activity counts when it is over. */
  take(): TimeSpent {
    const spent = { ...NOTHING, calls: this.calls - this.taken.calls };
    this.taken.calls = this.calls;
    for (const activity of ACTIVITIES) {
      // The rest of a millisecond is kept for the next time.
      spent[activity] = Math.floor(this.stopwatches[activity].total - this.taken[activity]);
      this.taken[activity] += spent[activity];
    }
    return spent;
  }

  /** Takes back what could not be recorded. */
  giveBack(spent: TimeSpent): void {
    for (const each of [...ACTIVITIES, 'calls'] as const) this.taken[each] -= spent[each];
  }

  private total(activity: Activity): number {
    const { total, running, since } = this.stopwatches[activity];
    return total + (running > 0 ? this.now() - since : 0);
  }
}
