import type { Answer } from './answer.js';

/** How a simulated server fails one call, whatever it speaks. */
export type HttpFailure =
  /** Answers with an HTTP status and nothing that a client of the API would understand, as a proxy does. */
  | { kind: 'status'; status: number; headers?: Readonly<Record<string, string>> }
  /** Sends half of the answer and drops the connection. */
  | { kind: 'cut' }
  /** Sends half of the answer as if it were all: well-framed HTTP, broken content. */
  | { kind: 'malformed' }
  /** Answers late. */
  | { kind: 'delay'; delayMs: number }
  /** Answers this instead. */
  | { kind: 'answer'; answer: Answer };

interface Plan<Failure> {
  failure: Failure;
  call: string | undefined;
  remaining: number;
}

/** Failures that a test has ordered of a simulated server. */
export class PlannedFailures<Failure = HttpFailure> {
  private plans: Plan<Failure>[] = [];

  /** Fails the next `count` calls; of one name only, when that is given. Plans queue up. */
  failNext(count: number, failure: Failure, call?: string): void {
    this.plans.push({ failure, call, remaining: count });
  }

  reset(): void {
    this.plans = [];
  }

  /** Takes the failure that is planned for this call, if any. */
  take(call: string): Failure | undefined {
    const plan = this.plans.find((candidate) => candidate.call === undefined || candidate.call === call);
    if (!plan) return undefined;
    plan.remaining -= 1;
    if (plan.remaining <= 0) this.plans = this.plans.filter((candidate) => candidate !== plan);
    return plan.failure;
  }
}
