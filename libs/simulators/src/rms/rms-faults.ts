import { jsonAnswer } from '../http/answer.js';
import { type HttpFailure, PlannedFailures } from '../http/planned-failures.js';

/** What goes wrong at a simulated Huawei Cloud, on a test's demand. */
export class RmsFaults {
  private readonly planned = new PlannedFailures();
  /** IAM actions that the key's user lacks: `rms:resources:list`. */
  readonly deniedActions = new Set<string>();
  /** Regions that Config refuses to look into. */
  readonly restrictedRegions = new Set<string>();
  /** Types that Config does not know, as `vpc.networks`. */
  readonly unknownTypes = new Set<string>();
  /** Markers of an earlier epoch are unknown. */
  markerEpoch = 0;
  /** How far its clock is ahead of the client's, in milliseconds, as far as signatures go. */
  clockAheadMs = 0;

  /** Fails the next `count` calls; of one name only, when that is given. Plans queue up. */
  failNext(count: number, failure: HttpFailure, call?: string): void {
    this.planned.failNext(count, failure, call);
  }

  /** Refuses the next `count` calls with HTTP 429, as the gateway does. */
  throttleNext(count: number, seconds: number, call?: string): void {
    const window = `policy user over ratelimit,limit:20,time:${String(seconds)} second`;
    const body = {
      error_code: 'APIGW.0308',
      error_msg: `The throttling threshold has been reached: ${window}`,
      request_id: 'simulated',
    };
    this.failNext(count, { kind: 'answer', answer: jsonAnswer(429, body) }, call);
  }

  /** Forgets all markers that were given out. */
  expireMarkers(): void {
    this.markerEpoch += 1;
  }

  /** Back to a healthy cloud. */
  reset(): void {
    this.planned.reset();
    this.deniedActions.clear();
    this.restrictedRegions.clear();
    this.unknownTypes.clear();
    this.clockAheadMs = 0;
  }

  /** Takes the failure that is planned for this call, if any. */
  take(call: string): HttpFailure | undefined {
    return this.planned.take(call);
  }
}
