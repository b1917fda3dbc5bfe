import type { HttpFailure } from '../http/planned-failures.js';
import { PlannedFailures } from '../http/planned-failures.js';

/** How a simulated Alibaba Cloud fails one call. */
export type AliFailure =
  | Exclude<HttpFailure, { kind: 'answer' }>
  /** Answers with an error of the vendor's. */
  | { kind: 'error'; status: number; code: string; headers?: Readonly<Record<string, string>> };

/** What goes wrong on a simulated Alibaba Cloud, on a test's demand. */
export class InjectedFailures {
  /** Regions whose services answer nothing but 503. */
  readonly downRegions = new Set<string>();
  /** Products of regions that are not offered, as `alb cn-hangzhou`. */
  readonly missingProducts = new Set<string>();
  /** RAM actions that the key lacks: `ecs:DescribeDisks`. */
  readonly deniedActions = new Set<string>();
  /** Buckets whose own policy refuses to say what they are tagged with. */
  readonly closedBuckets = new Set<string>();
  /** What Resource Center says of itself. */
  resourceCenter = { ServiceStatus: 'Enabled', InitialStatus: 'Finished' };
  /** Tokens of pages handed out before this was raised are not accepted any more. */
  tokenEpoch = 0;
  /** How far its clock is ahead of the client's, in milliseconds, as far as signatures go. */
  clockAheadMs = 0;
  private readonly planned = new PlannedFailures<AliFailure>();

  constructor(private readonly expireKeys: () => void) {}

  /** Fails the next `count` calls; of one action only, when that is given. Plans queue up. */
  failNext(count: number, failure: AliFailure, action?: string): void {
    this.planned.failNext(count, failure, action);
  }

  /** Forgets all tokens of pages. */
  expireTokens(): void {
    this.tokenEpoch += 1;
  }

  /** Takes the keys of STS, those of assumed roles too, no more. */
  expireTemporaryKeys(): void {
    this.expireKeys();
  }

  /** Back to health; what has expired stays so. */
  reset(): void {
    this.planned.reset();
    this.clockAheadMs = 0;
    this.downRegions.clear();
    this.missingProducts.clear();
    this.deniedActions.clear();
    this.closedBuckets.clear();
  }

  take(action: string): AliFailure | undefined {
    return this.planned.take(action);
  }
}
