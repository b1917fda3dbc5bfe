import { setImmediate, setTimeout as delay } from 'node:timers/promises';

/** How many times more than another an account must have used lately to let that one go first. */
const HEAVIER = 4;
/** Who has used less lately waits for nobody: when a sync begins, nobody can know yet who of them is big. */
const LIGHT_MS = 400;
/** Transactions of an account at once: while one waits for Postgres, another is prepared. More only crowd. */
const WRITES_AT_ONCE = 2;
/** What an account has used counts half after so long. */
const HALF_LIFE_MS = 5_000;
/** An account counts as present for so long after a piece of its work. */
const LINGER_MS = 25;
/** And for so long after its work was announced: until a job has been fetched, or its statement answered. */
const ANNOUNCED_MS = 200;
/** The longest that a piece of work lets others go first, in all: an account is slowed down by others, not stopped. */
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
  /** Of the pieces, those that write, and what starts the next of them that wait. */
  writes: number;
  writers: (() => void)[];
}

/** Milliseconds, and a pause. One of 0 lets the process get on with what has come meanwhile. */
export interface Clock {
  now(): number;
  pause(ms: number): Promise<void>;
}

/** Lets the process get on with other work, and lighter accounts go first, in the middle of a piece of work. */
export type Breathe = () => Promise<void>;

const PROCESS_CLOCK: Clock = {
  now: () => performance.now(),
  pause: (ms) => (ms === 0 ? setImmediate() : delay(ms)),
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

  /**
   * Does a piece of an account's work, some ten milliseconds long, when it is the account's turn. A longer one
   * awaits `breathe` from time to time, to let others go first who have come meanwhile.
   */
  async take<T>(accountId: string, work: (breathe: Breathe) => Promise<T> | T): Promise<T> {
    const share = this.shareOf(accountId);
    let waited = 0;
    const letLighterGoFirst = async () => {
      waited += await this.letLighterGoFirst(share, MAX_WAIT_MS - waited);
    };
    const breathe = async () => {
      await this.clock.pause(0);
      await letLighterGoFirst();
    };
    share.pieces += 1;
    try {
      await letLighterGoFirst();
      const [begin, waitedBefore] = [this.clock.now(), waited];
      try {
        return await work(breathe);
      } finally {
        const now = this.clock.now();
        share.used = usedLately(share, now) + now - begin - (waited - waitedBefore);
        share.asOf = now;
      }
    } finally {
      share.pieces -= 1;
      share.presentUntil = Math.max(share.presentUntil, this.clock.now() + LINGER_MS);
    }
  }

  /** The same for a transaction that writes a page or a unit's end: an account has two of them at once. */
  async takeToWrite<T>(accountId: string, work: (breathe: Breathe) => Promise<T> | T): Promise<T> {
    const share = this.shareOf(accountId);
    share.pieces += 1; // or it could be forgotten meanwhile
    if (share.writes < WRITES_AT_ONCE) share.writes += 1;
    else await new Promise<void>((resolve) => share.writers.push(resolve));
    try {
      return await this.take(accountId, work);
    } finally {
      share.pieces -= 1;
      const next = share.writers.shift();
      if (next === undefined) share.writes -= 1;
      else next();
    }
  }

  /** Returns how long that took, at most as long as it may. */
  private async letLighterGoFirst(share: Share, limitMs: number): Promise<number> {
    const begin = this.clock.now();
    while (this.clock.now() - begin < limitMs && this.isLighterPresent(share))
      await this.clock.pause(LOOK_MS);
    return this.clock.now() - begin;
  }

  private isLighterPresent(share: Share): boolean {
    const now = this.clock.now();
    const used = usedLately(share, now);
    if (used < LIGHT_MS) return false;
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
      share = { used: 0, asOf: now, pieces: 0, presentUntil: now, writes: 0, writers: [] };
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
