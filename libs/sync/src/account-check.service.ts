import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

import type { AccountCheck, AccountCheckRepository, AccountKey, CheckRequest } from '#database';
import type { Logger } from '#platform';
import { CHECKS, type SyncQueue } from '#queue';

import { enqueue } from './enqueue.js';

/** How often the outcome is looked for, in milliseconds: soon at first, since most vendors answer at once. */
const FIRST_LOOK_MS = 20;
const LONGEST_PAUSE_MS = 250;

/** How long a check that a user asks for is waited for where none is made by itself. */
const DEFAULT_WAIT_MS = 10_000;

/** Has accounts' credentials checked by a worker. */
export class AccountCheckService {
  private readonly queueing: { queue: SyncQueue; log: Logger };
  private readonly closing = new AbortController();

  /** @param waitMs how long an outcome is waited for; 0: a changed account is not checked by itself */
  constructor(
    private readonly checks: AccountCheckRepository,
    queue: SyncQueue,
    log: Logger,
    private readonly waitMs: number,
  ) {
    this.queueing = { queue, log };
    setMaxListeners(0, this.closing.signal); // all that wait at once listen to it
  }

  /**
   * Asks for a check, or joins one that is under way, and waits for its outcome, though not for ever: `pending`
   * means that no worker has finished it so far. One will. Undefined when the tenant has no such account.
   */
  async check(key: AccountKey, request: CheckRequest): Promise<AccountCheck | undefined> {
    const requested = await this.checks.request(key, request);
    if (requested === undefined) return undefined;
    if (requested !== 'answered') {
      await enqueue(this.queueing, CHECKS, [{ kind: 'check', checkId: requested.id }]);
    }
    return this.outcome(key);
  }

  /**
   * Checks an account whose credentials or settings were just set, so that its `sync_status` says what they are
   * worth. Does nothing where checks are switched off. What is stored stays stored, whatever becomes of this.
   */
  async checkChanged(key: AccountKey): Promise<void> {
    if (this.waitMs === 0) return;
    try {
      await this.check(key, { record: true });
    } catch (error) {
      this.queueing.log.warn({ err: error, account: key.accountId }, 'an account could not be checked');
    }
  }

  /** Lets those who wait go, with what is known: the workers may be gone already. */
  close(): void {
    this.closing.abort();
  }

  private async outcome(key: AccountKey): Promise<AccountCheck | undefined> {
    const { signal } = this.closing;
    const deadline = performance.now() + (this.waitMs || DEFAULT_WAIT_MS);
    for (let pause = FIRST_LOOK_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      const check = await this.checks.find(key);
      const left = deadline - performance.now();
      if (check?.status !== 'pending' || left <= 0 || signal.aborted) return check;
      await delay(Math.min(pause, left), undefined, { signal }).catch(() => undefined);
    }
  }
}
