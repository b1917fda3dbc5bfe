const MINUTE_MS = 60_000;
/** Who has not called for the longest is forgotten beyond so many, so that made-up names fill no memory. */
const MAX_KEYS = 10_000;
/** For what a millisecond count holds less exactly than a request. */
const ROUNDING = 1e-6;

/** What is left of somebody's requests. */
export interface Allowance {
  /** Whether there is one left, or was, if it has been taken. */
  allowed: boolean;
  /** How many there are a minute. */
  limit: number;
  remaining: number;
  /** When all of them are there again, in seconds. */
  resetSeconds: number;
  /** When the next one is, in seconds; 0 if there is one. */
  retryAfterSeconds: number;
}

/**
 * Counts requests by key, in this process: so many at once after a pause, and on average so many a minute. They
 * come back evenly, so there is no window at whose beginning all begin again. What is kept of a key is one number,
 * the time at which all of its requests are there again.
 *
 * Not @fastify/rate-limit: its hooks run before Nest's guards know the caller, and it counts in whole windows.
 */
export class RateLimiter {
  private readonly fullAt = new Map<string, number>();
  private readonly everyMs: number;

  /** @param now a clock in milliseconds that never goes back */
  constructor(
    private readonly perMinute: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.everyMs = MINUTE_MS / perMinute;
  }

  /** What is left, without taking any. */
  look(key: string): Allowance {
    const now = this.now();
    return this.describe(this.dueAt(key, now) - now);
  }

  /** Takes one request, if there is one left. */
  take(key: string): Allowance {
    const now = this.now();
    const owedMs = this.dueAt(key, now) - now;
    const before = this.describe(owedMs);
    if (!before.allowed) return before;
    this.keep(key, now + owedMs + this.everyMs);
    return { ...this.describe(owedMs + this.everyMs), allowed: true, retryAfterSeconds: 0 };
  }

  /** Takes one that is made already, though there may be none left; at most a minute's are owed. */
  owe(key: string): Allowance {
    const now = this.now();
    const owedMs = Math.min(this.dueAt(key, now) - now + this.everyMs, 2 * MINUTE_MS);
    this.keep(key, now + owedMs);
    return this.describe(owedMs);
  }

  private dueAt(key: string, now: number): number {
    return Math.max(now, this.fullAt.get(key) ?? 0);
  }

  private keep(key: string, fullAt: number): void {
    this.fullAt.delete(key); // to the end of the order in which keys are forgotten
    this.fullAt.set(key, fullAt);
    for (const oldest of this.fullAt.keys()) {
      if (this.fullAt.size <= MAX_KEYS) break;
      this.fullAt.delete(oldest);
    }
  }

  private describe(owedMs: number): Allowance {
    const left = this.perMinute - owedMs / this.everyMs;
    const remaining = Math.max(0, Math.floor(left + ROUNDING));
    return {
      allowed: remaining > 0,
      limit: this.perMinute,
      remaining,
      resetSeconds: Math.ceil(owedMs / 1_000),
      retryAfterSeconds: remaining > 0 ? 0 : Math.max(1, Math.ceil(((1 - left) * this.everyMs) / 1_000)),
    };
  }
}
