import { jsonAnswer } from '../http/answer.js';
import { type HttpFailure, PlannedFailures } from '../http/planned-failures.js';
import { armError } from './arm-error.js';

/** What goes wrong at a simulated Azure, on a test's demand. */
export class AzureFaults {
  private readonly planned = new PlannedFailures();
  /** Page links of an earlier epoch are unknown to the storage resource provider. */
  storageEpoch = 0;
  private readonly deniedActions = new Set<string>();
  private readonly hiddenSubscriptions = new Set<string>();

  constructor(private readonly forgetTokens: () => void) {}

  /** Fails the next `count` calls; of one name only, when that is given. Plans queue up. */
  failNext(count: number, failure: HttpFailure, call?: string): void {
    this.planned.failNext(count, failure, call);
  }

  /** Refuses the next `count` calls with HTTP 429, as Resource Graph does. */
  throttleNext(count: number, retryAfterSeconds: number, call?: string): void {
    const error = armError('RateLimiting', 'Please provide below info when asking for support.', [
      {
        code: 'RateLimiting',
        message: 'Client application has been throttled and should not attempt to repeat.',
      },
    ]);
    const headers = { 'Retry-After': String(retryAfterSeconds), 'x-ms-user-quota-remaining': '0' };
    this.failNext(count, { kind: 'answer', answer: jsonAnswer(429, error, headers) }, call);
  }

  /**
   * Takes an action out of the application's role, as `Microsoft.Compute/disks/read`. Resource Graph then leaves such
   * resources out without a word; everything else refuses.
   */
  denyAction(action: string): void {
    this.deniedActions.add(action);
  }

  /** Takes away the application's role on a subscription. */
  hideSubscription(subscriptionId: string): void {
    this.hiddenSubscriptions.add(subscriptionId.toLowerCase());
  }

  /** Forgets all links to pages of containers that were given out. */
  expireStorageLinks(): void {
    this.storageEpoch += 1;
  }

  /** Ends all access tokens at once. */
  revokeTokens(): void {
    this.forgetTokens();
  }

  /** Back to a healthy cloud. Tokens that have ended stay so. */
  reset(): void {
    this.planned.reset();
    this.deniedActions.clear();
    this.hiddenSubscriptions.clear();
  }

  get denied(): readonly string[] {
    return [...this.deniedActions];
  }

  isDenied(action: string): boolean {
    return this.denied.some((denied) => denied.toLowerCase() === action.toLowerCase());
  }

  isHidden(subscriptionId: string): boolean {
    return this.hiddenSubscriptions.has(subscriptionId.toLowerCase());
  }

  /** Takes the failure that is planned for this call, if any. */
  take(call: string): HttpFailure | undefined {
    return this.planned.take(call);
  }
}
