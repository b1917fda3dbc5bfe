import { BATCH_MS, type CallGrant, type CallRefusal, type CallRequest, type Throttling } from '#domain';

/** The bucket that all workers share. */
export interface SharedCalls {
  take(request: CallRequest): Promise<CallGrant | CallRefusal>;
  throttled(event: ThrottledCall & { made: number }): Promise<void>;
}

/** A call that the vendor would not answer, and what it said. */
export interface ThrottledCall extends Pick<Throttling, 'retryAfterMs'> {
  /** When it began, in milliseconds by the process' own clock. */
  beganAt: number;
}

/** How patient a call is. */
export interface Patience {
  maxWaitMs: number;
  /** If that is too little: for how many calls to wait. */
  enough: number;
}

/** A call may be made, in so many milliseconds. */
export interface Turn {
  inMs: number;
}

/** Shorter than this is not taken for how long a batch lasted, in milliseconds. */
const MIN_ELAPSED_MS = 10;

/**
 * The calls of one API that a process has taken out of the shared bucket and not made yet: a fraction of a
 * second's, so that it asks Postgres some times a second and not for every call.
 */
export class LocalCalls {
  private granted: CallGrant | undefined;
  private grantedAt = 0;
  private taken = 0;
  private made = 0;
  private succeeded = 0;
  private last: Promise<unknown> = Promise.resolve();

  /** @param now milliseconds, of a clock that never goes back */
  constructor(
    private readonly shared: SharedCalls,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Takes the next call that may be made, unless it would have to wait too long. In the order of asking. */
  async take(patience: Patience): Promise<Turn | CallRefusal> {
    return this.inOrder(() => this.takeNext(patience));
  }

  /** A call that was made has succeeded. */
  succeed(): void {
    this.succeeded += 1;
  }

  /** The vendor throttled a call. What was taken is worth nothing now. */
  async throttle(event: ThrottledCall): Promise<void> {
    return this.inOrder(async () => {
      this.granted = undefined;
      const { made } = this;
      await this.shared.throttled({ ...event, made });
      this.made -= made;
    });
  }

  private inOrder<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.last.then(work);
    this.last = result.catch(() => undefined);
    return result;
  }

  private async takeNext(patience: Patience): Promise<Turn | CallRefusal> {
    const left = this.takeLeft(patience.maxWaitMs);
    if (left !== undefined) return left;
    const { made, succeeded } = this;
    const elapsed = Math.max(MIN_ELAPSED_MS, this.now() - this.grantedAt);
    const calls = Math.max(1, Math.ceil((made * BATCH_MS) / elapsed));
    const answer = await this.shared.take({ ...patience, calls, made, succeeded });
    if ('waitMs' in answer) return answer;
    this.made -= made;
    this.succeeded -= succeeded;
    this.granted = answer;
    this.grantedAt = this.now();
    this.taken = 0;
    return this.takeNext(patience);
  }

  /** The batch's next call; what was not made within {@link BATCH_MS} of its time is lost. */
  private takeLeft(maxWaitMs: number): Turn | CallRefusal | undefined {
    if (this.granted === undefined) return undefined;
    const { calls, firstInMs, everyMs } = this.granted;
    const now = this.now();
    const timeOf = (call: number) => this.grantedAt + Math.max(0, firstInMs + call * everyMs);
    while (this.taken < calls && timeOf(this.taken) + BATCH_MS < now) {
      this.taken = everyMs === 0 ? calls : this.taken + 1; // those without a limit all have one time
    }
    if (this.taken >= calls) {
      this.granted = undefined;
      return undefined;
    }
    const waitMs = Math.max(0, timeOf(this.taken) - now);
    if (waitMs > maxWaitMs) return { waitMs, closed: false, perSecond: 1_000 / everyMs };
    this.taken += 1;
    this.made += 1;
    return { inMs: waitMs };
  }
}
