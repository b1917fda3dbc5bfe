import { setTimeout as delay } from 'node:timers/promises';

/** How many times more than another an account must have used lately to let that one go first. */
const HEAVIER = 4;
/** What an account has used counts half after so long. */
const HALF_LIFE_MS = 5_000;
/** An account counts as present for so long after a piece of its work. */
const LINGER_MS = 25;
/** And for so long after its work was announced: until a job has been fetched, or its statement answered. */
const ANNOUNCED_MS = 200;
/** The longest that a piece of work lets others go first: an account is slowed down by others, not stopped. */
const MAX_WAIT_MS = 500;
/** How often who waits looks again. */
const LOOK_MS = 5;

/** An account's part of the process's work. */
interface Share {
  /** Milliseconds of work lately, as of `asOf`. */
  used: number;
  asOf: number;
  /** Pieces of its work that run or wait. */
  pieces: number;
  /** How long it counts as present though none does. */
  presentUntil: number;
}

/** Milliseconds, and a pause. */
export interface Clock {
  now(): number;
  pause(ms: number): Promise<void>;
}

const PROCESS_CLOCK: Clock = {
  now: () => performance.now(),
  pause: (ms) => delay(ms),
};

/**
 * Turns of accounts at what a process has once, its event loop and its part of Postgres: who has used little
 * lately goes before who has used much. So the sync of a small account hardly notices that of a big one.
 * Equals do not wait for each other, since one's SQL fills the pauses of the other's normalizing. A vendor's
 * answer is awaited outside of any turn: nobody waits for somebody else's slow vendor.
 */
export class FairTurns {
  private readonly shares = new Map<string, Share>();

  constructor(private readonly clock: Clock = PROCESS_CLOCK) {}

  /** Says that an account's work is about to come, so that heavier ones make room for it already. */
  announce(accountId: string): void {
    const share = this.shareOf(accountId);
    share.presentUntil = Math.max(share.presentUntil, this.clock.now() + ANNOUNCED_MS);
  }

  /** Does a piece of an account's work, some ten milliseconds long, when it is the account's turn. */
  async take<T>(accountId: string, work: () => Promise<T> | T): Promise<T> {
    const share = this.shareOf(accountId);
    share.pieces += 1;
    try {
      await this.letLighterGoFirst(share);
      const begin = this.clock.now();
      try {
        return await work();
      } finally {
        const now = this.clock.now();
        share.used = usedLately(share, now) + now - begin;
        share.asOf = now;
      }
    } finally {
      share.pieces -= 1;
      share.presentUntil = Math.max(share.presentUntil, this.clock.now() + LINGER_MS);
    }
  }

  private async letLighterGoFirst(share: Share): Promise<void> {
    const limit = this.clock.now() + MAX_WAIT_MS;
    while (this.clock.now() < limit && this.isLighterPresent(share)) await this.clock.pause(LOOK_MS);
  }

  private isLighterPresent(share: Share): boolean {
    const now = this.clock.now();
    const used = usedLately(share, now);
    for (const other of this.shares.values()) {
      if (other === share || !isPresent(other, now)) continue;
      if (usedLately(other, now) * HEAVIER < used) return true;
    }
    return false;
  }

  private shareOf(accountId: string): Share {
    const now = this.clock.now();
    for (const [id, share] of this.shares) if (isForgotten(share, now)) this.shares.delete(id);
    let share = this.shares.get(accountId);
    if (share === undefined) {
      share = { used: 0, asOf: now, pieces: 0, presentUntil: now };
      this.shares.set(accountId, share);
    }
    return share;
  }
}

function usedLately({ used, asOf }: Share, now: number): number {
  return used * 2 ** ((asOf - now) / HALF_LIFE_MS);
}

function isPresent({ pieces, presentUntil }: Share, now: number): boolean {
  return pieces > 0 || now < presentUntil;
}

/** What was used counts less than a millisecond. */
function isForgotten(share: Share, now: number): boolean {
  return !isPresent(share, now) && usedLately(share, now) < 1;
}
