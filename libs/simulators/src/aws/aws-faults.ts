import { type HttpFailure, PlannedFailures } from '../http/planned-failures.js';
import type { PageTokens } from './protocol/page-token.js';

/** How a simulated AWS fails one call. */
export type AwsFailure =
  | HttpFailure
  /** Answers with an error of AWS's. */
  | { kind: 'error'; code: string; status?: number; headers?: Readonly<Record<string, string>> };

/** What goes wrong, on a test's demand. Calls are named like permissions: `ec2:DescribeVolumes`. */
export class AwsFaults {
  /** How far AWS's clock is ahead of the client's, in milliseconds, as far as signatures go. */
  clockAheadMs = 0;
  private readonly planned = new PlannedFailures<AwsFailure>();
  private readonly denied = new Map<string, Set<string>>();
  private readonly down = new Set<string>();

  constructor(private readonly tokens: PageTokens) {}

  /** Fails the next `count` calls; of one operation only, when that is given. Plans queue up. */
  failNext(count: number, failure: AwsFailure, call?: string): void {
    this.planned.failNext(count, failure, call);
  }

  /** Refuses an account an operation. */
  deny(account: string, call: string): void {
    const calls = this.denied.get(account) ?? new Set();
    this.denied.set(account, calls.add(call));
  }

  allow(account: string, call: string): void {
    this.denied.get(account)?.delete(call);
  }

  /** Every call to a region is answered with an internal error, until it is back. */
  setRegionDown(region: string, isDown = true): void {
    if (isDown) this.down.add(region);
    else this.down.delete(region);
  }

  /** Makes all page tokens given out so far invalid. */
  expireTokens(): void {
    this.tokens.expire();
  }

  /** Back to health. Tokens that have expired stay so. */
  reset(): void {
    this.planned.reset();
    this.clockAheadMs = 0;
    this.denied.clear();
    this.down.clear();
  }

  isDenied(account: string, call: string): boolean {
    return this.denied.get(account)?.has(call) === true;
  }

  isDown(region: string): boolean {
    return this.down.has(region);
  }

  take(call: string): AwsFailure | undefined {
    return this.planned.take(call);
  }
}
