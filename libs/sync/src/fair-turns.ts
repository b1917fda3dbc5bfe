import { setImmediate, setTimeout as delay } from 'node:timers/promises';

import type { PageTurn } from '#database';

/** How many times more than another an account must have used lately to let that one go first. */
const HEAVIER = 4;
/** Who has used less lately waits for nobody: when a sync begins, nobody can know yet who of them is big. */
const LIGHT_MS = 400;
/** What an account has used counts half after so long. */
const HALF_LIFE_MS = 5_000;
/** An account counts as present for so long after a piece of its work. */
const LINGER_MS = 25;
/** And for so long after its work was announced: until a job has been fetched, or its statement answered. */
const ANNOUNCED_MS = 200;
/** The longest that a piece of work lets others go first, in all: an account is slowed down by others, not stopped. */
const MAX_WAIT_MS = 500;
/** How often who waits looks again. */
const LOOK_MS = 2;

/** An account's part of the process's work. */
interface Share {
  /** Milliseconds of work lately, as of `asOf`. */
  used: number;
  asOf: number;
  /** Pieces of its work that run or wait. */
  pieces: number;
  /** How long it counts as present though none does. */
  presentUntil: number;
  /** How many of them have statements answered by Postgres. */
  queries: number;
}

/** Milliseconds, and a pause. One of 0 lets the process get on with what has come meanwhile. */
export interface Clock {
  now(): number;
  pause(ms: number): Promise<void>;
}

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

  /** Does a piece of an account's work, some ten milliseconds long or in parts, when it is the account's turn. */
  async take<T>(accountId: string, work: (turn: PageTurn) => Promise<T> | T): Promise<T> {
    const share = this.shareOf(accountId);
    const turn = new PieceOfWork(this.clock, share, () => this.isLighterPresent(share));
    share.pieces += 1;
    try {
      await turn.letLighterGoFirst();
      const [begin, waitedBefore] = [this.clock.now(), turn.waited];
      try {
        return await work(turn);
      } finally {
        const now = this.clock.now();
        share.used = usedLately(share, now) + now - begin - (turn.waited - waitedBefore);
        share.asOf = now;
      }
    } finally {
      share.pieces -= 1;
      share.presentUntil = Math.max(share.presentUntil, this.clock.now() + LINGER_MS);
    }
  }

  private isLighterPresent(share: Share): boolean {
    const now = this.clock.now();
    if (isLight(share, now)) return false;
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
      share = { used: 0, asOf: now, pieces: 0, presentUntil: now, queries: 0 };
      this.shares.set(accountId, share);
    }
    return share;
  }
}

/** What a longer piece of work does in its account's turn. */
class PieceOfWork implements PageTurn {
  /** Milliseconds that it has waited for others, and of them those for lighter accounts. */
  waited = 0;
  private waitedForLighter = 0;

  constructor(
    private readonly clock: Clock,
    private readonly share: Share,
    private readonly isLighterPresent: () => boolean,
  ) {}

  async letLighterGoFirst(): Promise<void> {
    this.waitedForLighter += await this.waitWhile(this.isLighterPresent, MAX_WAIT_MS - this.waitedForLighter);
  }

  /** Lets the process get on with other work, and lighter accounts go first. */
  async breathe(): Promise<void> {
    await this.clock.pause(0);
    await this.letLighterGoFirst();
  }

  /**
   * Has Postgres answer statements, for one piece at a time of an account that has used much: while it does, the
   * next is being prepared, and more at once would only crowd. Waits for no longer than any piece does, since
   * who is waited for may itself wait, for a lock that this one has.
   */
  async query<T>(statements: () => Promise<T>): Promise<T> {
    await this.letLighterGoFirst();
    await this.waitWhile(() => this.share.queries > 0 && !isLight(this.share, this.clock.now()), MAX_WAIT_MS);
    this.share.queries += 1;
    try {
      return await statements();
    } finally {
      this.share.queries -= 1;
    }
  }

  private async waitWhile(isToWait: () => boolean, limitMs: number): Promise<number> {
    const begin = this.clock.now();
    while (this.clock.now() - begin < limitMs && isToWait()) await this.clock.pause(LOOK_MS);
    const took = this.clock.now() - begin;
    this.waited += took;
    return took;
  }
}

function usedLately({ used, asOf }: Share, now: number): number {
  return used * 2 ** ((asOf - now) / HALF_LIFE_MS);
}

function isLight(share: Share, now: number): boolean {
  return usedLately(share, now) < LIGHT_MS;
}

function isPresent({ pieces, presentUntil }: Share, now: number): boolean {
  return pieces > 0 || now < presentUntil;
}

/** What was used counts less than a millisecond. */
function isForgotten(share: Share, now: number): boolean {
  return !isPresent(share, now) && usedLately(share, now) < 1;
}
