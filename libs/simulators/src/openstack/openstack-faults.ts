import { jsonAnswer } from '../http/answer.js';
import { type HttpFailure, PlannedFailures } from '../http/planned-failures.js';

/** What goes wrong at a simulated OpenStack, on a test's demand. */
export class OpenstackFaults {
  /** Servers whose cell is down. */
  readonly downServers = new Set<string>();
  /** Policies by the call that they refuse: `ListVolumes`. */
  readonly denied = new Set<string>();
  /** Roles that were taken away: `admin`. */
  readonly lostRoles = new Set<string>();
  /** Projects for which nobody gets a token, though they are listed: their domain is disabled. */
  readonly refusedProjects = new Set<string>();
  /** Types of the catalog that are not in it. */
  readonly missingServices = new Set<string>();
  /** Calls after which a token has ended; `undefined`: only its time ends it. */
  callsPerToken: number | undefined;
  /** Calls after which all tokens end at once, again and again; `undefined`: never. */
  callsPerRevocation: number | undefined;
  /** How far the cloud's clock is ahead of ours, in milliseconds. */
  clockAheadMs = 0;
  /** How often all tokens have ended at once. */
  revocations = 0;
  private callsSinceRevocation = 0;
  private readonly planned = new PlannedFailures();

  constructor(private readonly forgetTokens: () => void) {}

  /** Fails the next `count` calls; of one name only, when that is given. Plans queue up. */
  failNext(count: number, failure: HttpFailure, call?: string): void {
    this.planned.failNext(count, failure, call);
  }

  /** Refuses the next `count` calls as Nova and Cinder do behind a limiter: with 413 or 429. */
  throttleNext(count: number, status: 413 | 429, options: { retryAfter?: string; call?: string } = {}): void {
    const { retryAfter, call } = options;
    const fault = { overLimit: { code: status, message: 'This request was rate-limited.', details: '' } };
    const headers = retryAfter === undefined ? {} : { 'Retry-After': retryAfter };
    this.failNext(count, { kind: 'answer', answer: jsonAnswer(status, fault, headers) }, call);
  }

  /** Ends all tokens at once. */
  revokeTokens(): void {
    this.forgetTokens();
  }

  /** A token has been used. */
  countUse(): void {
    this.callsSinceRevocation += 1;
    if (this.callsPerRevocation === undefined || this.callsSinceRevocation < this.callsPerRevocation) return;
    this.callsSinceRevocation = 0;
    this.revocations += 1;
    this.forgetTokens();
  }

  /** Back to a healthy cloud. Tokens that have ended stay so. */
  reset(): void {
    this.planned.reset();
    const { downServers, denied, lostRoles, missingServices, refusedProjects } = this;
    for (const set of [downServers, denied, lostRoles, missingServices, refusedProjects]) set.clear();
    this.callsPerToken = undefined;
    this.callsPerRevocation = undefined;
    this.clockAheadMs = 0;
  }

  /** Takes the failure that is planned for this call, if any. */
  take(call: string): HttpFailure | undefined {
    return this.planned.take(call);
  }
}
