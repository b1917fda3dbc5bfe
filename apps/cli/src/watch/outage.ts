import { MusterError } from '../client.js';
import { EXIT } from '../exit-code.js';
import { toFailure } from '../failure.js';

/** An outage is tried again after this, twice as long each time, up to the second. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;
/** A Muster that is away for so long is not being restarted. */
const MAX_OUTAGE_MS = 10 * 60_000;

/** How the pauses grow while Muster is away. */
export class Outage {
  private began: number | undefined;
  private pauseMs = FIRST_PAUSE_MS;

  constructor(private readonly onBegin: (error: MusterError) => void) {}

  end(): void {
    this.began = undefined;
    this.pauseMs = FIRST_PAUSE_MS;
  }

  /** @throws the error, when waiting does not help. */
  pauseFor(error: unknown): number {
    if (!(error instanceof MusterError) || toFailure(error).exit_code !== EXIT.unreachable) throw error;
    if (this.began === undefined) this.onBegin(error);
    this.began ??= performance.now();
    if (performance.now() - this.began > MAX_OUTAGE_MS) throw error;
    const pauseMs = Math.max(error.retryAfterMs ?? 0, this.pauseMs * (0.5 + Math.random() / 2));
    this.pauseMs = Math.min(LONGEST_PAUSE_MS, this.pauseMs * 2);
    return pauseMs;
  }
}
