import { jsonAnswer } from '../http/answer.js';
import { type HttpFailure, PlannedFailures } from '../http/planned-failures.js';

/** What goes wrong at a simulated Huawei Cloud Stack, on a test's demand. */
export class HcsFaults {
  private readonly planned = new PlannedFailures();
  /** Calls, by their name, that the key's user may not make: `ListVolumes`. */
  readonly deniedCalls = new Set<string>();
  /** Calls of services that this stack does not have. */
  readonly missingCalls = new Set<string>();
  /** How far its clock is ahead of the client's, in milliseconds, as far as signatures go. */
  clockAheadMs = 0;

  /** Fails the next `count` calls; of one name only, when that is given. Plans queue up. */
  failNext(count: number, failure: HttpFailure, call?: string): void {
    this.planned.failNext(count, failure, call);
  }

  /** Refuses the next `count` calls with HTTP 429; it says for how long only where `seconds` are given. */
  throttleNext(count: number, call?: string, seconds?: number): void {
    const window =
      seconds === undefined ? '' : `: policy user over ratelimit,limit:20,time:${String(seconds)} second`;
    const body = {
      error_code: 'APIGW.0308',
      error_msg: `The throttling threshold has been reached${window}.`,
    };
    this.failNext(count, { kind: 'answer', answer: jsonAnswer(429, body) }, call);
  }

  /** Back to a healthy cloud. */
  reset(): void {
    this.planned.reset();
    this.deniedCalls.clear();
    this.missingCalls.clear();
    this.clockAheadMs = 0;
  }

  /** Takes the failure that is planned for this call, if any. */
  take(call: string): HttpFailure | undefined {
    return this.planned.take(call);
  }
}
