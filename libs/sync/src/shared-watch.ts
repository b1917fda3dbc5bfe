import { AsyncResource } from 'node:async_hooks';

import type { Logger } from '#platform';

/** How often Postgres is asked. */
const LOOK_EVERY_MS = 250;

/** What somebody waits for, and who is to be let go. */
interface Awaited<Subject> {
  subject: Subject;
  ends: Set<(isDue: boolean) => void>;
}

/**
 * Waits for what Postgres will know. However many wait in this process, for however many subjects, it is asked once at
 * a time, and not at all while nobody waits.
 */
export abstract class SharedWatch<Subject> {
  private readonly waiting = new Map<string, Awaited<Subject>>();
  private timer: NodeJS.Timeout | undefined;
  private closed = false;
  /** Looks for all who wait, and so not in the name of the one whose request happened to begin it. */
  private readonly schedule: () => void;

  constructor(private readonly log: Pick<Logger, 'warn'>) {
    this.schedule = AsyncResource.bind(() => {
      this.timer = setTimeout(() => void this.look(), LOOK_EVERY_MS);
    });
  }

  /** What tells subjects apart. */
  protected abstract keyOf(subject: Subject): string;

  /** Which of these have come about. */
  protected abstract whichAreDue(subjects: readonly Subject[]): Promise<readonly Subject[]>;

  /** Whether the process is about to end, and nothing is waited for any more. */
  get isClosed(): boolean {
    return this.closed;
  }

  /** True when it has come about; false when the time has passed, the signal aborts, or the process ends. */
  async until(subject: Subject, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    if (this.closed || signal.aborted) return false;
    return new Promise<boolean>((resolve) => {
      const giveUp = (): void => {
        end(false);
      };
      const timeout = setTimeout(giveUp, timeoutMs);
      const { waiting } = this;
      const key = this.keyOf(subject);
      const awaited = waiting.get(key) ?? { subject, ends: new Set() };
      waiting.set(key, awaited);
      awaited.ends.add(end);
      signal.addEventListener('abort', giveUp, { once: true });
      if (this.timer === undefined) this.schedule();

      function end(isDue: boolean): void {
        clearTimeout(timeout);
        signal.removeEventListener('abort', giveUp);
        awaited.ends.delete(end);
        if (awaited.ends.size === 0) waiting.delete(key);
        resolve(isDue);
      }
    });
  }

  /** Lets everybody go, for good. */
  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    for (const awaited of [...this.waiting.values()]) release(awaited, false);
  }

  private async look(): Promise<void> {
    try {
      if (this.waiting.size > 0) {
        const due = await this.whichAreDue([...this.waiting.values()].map(({ subject }) => subject));
        for (const subject of due) release(this.waiting.get(this.keyOf(subject)), true);
      }
    } catch (error) {
      // Who waits is told by the look that ends the wait, if it is still so.
      this.log.warn({ err: error }, 'cannot see what is waited for; trying again');
    }
    this.timer = undefined;
    if (this.waiting.size > 0 && !this.closed) this.schedule();
  }
}

function release(awaited: Awaited<unknown> | undefined, isDue: boolean): void {
  for (const end of [...(awaited?.ends ?? [])]) end(isDue);
}
