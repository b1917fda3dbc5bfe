import { AsyncLocalStorage } from 'node:async_hooks';

import type { UnitClock } from '#domain';

/**
 * Who makes a vendor's calls: an account's units share one connection, so that a call itself doesn't say for
 * which of them it is made.
 */
export class Caller {
  /** Calls since the last page, by API: what would be lost if the listing broke off now. */
  private calls = new Map<string, number>();
  private callsOfFirstPage: ReadonlyMap<string, number> | undefined;

  /**
   * @param clock counts the calls, and what is held back
   * @param isSlotWanted whether somebody else waits for the worker slot that it holds
   */
  constructor(
    readonly clock: UnitClock,
    readonly isSlotWanted: () => Promise<boolean>,
  ) {}

  /** Whether it has begun a page, whose calls would have to be made again if it broke off. */
  get isWithinPage(): boolean {
    return this.calls.size > 0;
  }

  countCall(api: string): void {
    this.calls.set(api, (this.calls.get(api) ?? 0) + 1);
    this.clock.countCall();
  }

  /** A page is complete: what it took is not lost any more. */
  endPage(): void {
    this.callsOfFirstPage ??= this.calls;
    this.calls = new Map();
  }

  /** How many calls it takes to begin again and get somewhere, as far as is known. */
  callsToResume(api: string): number {
    return Math.max(1, this.callsOfFirstPage?.get(api) ?? 1);
  }
}

const callers = new AsyncLocalStorage<Caller>();

/** Does work whose calls are the caller's. */
export function callAs<Result>(caller: Caller, work: () => Result): Result {
  return callers.run(caller, work);
}

/** Whose calls are made just now, if anybody's. */
export function currentCaller(): Caller | undefined {
  return callers.getStore();
}
