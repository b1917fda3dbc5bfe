import { isKindOf } from './model/managed-types.js';

/** How a simulated server fails one call. */
export type Failure =
  /** Answers with an HTTP status and no SOAP, as a reverse proxy in front of a dead vpxd does. */
  | { kind: 'status'; status: number; headers?: Readonly<Record<string, string>> }
  /** Sends half of the answer and drops the connection. */
  | { kind: 'cut' }
  /** Sends half of the answer as if it were all: well-framed HTTP, broken XML. */
  | { kind: 'malformed' }
  /** Answers late. */
  | { kind: 'delay'; delayMs: number }
  /** Answers with a vim25 fault of the type. */
  | { kind: 'fault'; fault: string };

interface PlannedFailure {
  failure: Failure;
  method: string | undefined;
  remaining: number;
}

/** What goes wrong on a simulated server, on a test's demand. */
export class InjectedFaults {
  /** How many sessions may be open; more logins get HTTP 503. */
  maxSessions = Infinity;
  private planned: PlannedFailure[] = [];
  private readonly deniedMethods = new Set<string>();
  private denied: { type: string; path: string | undefined }[] = [];

  constructor(private readonly closeSessions: () => void) {}

  /** Fails the next `count` calls; of one method only, when that is given. Plans queue up. */
  failNext(count: number, failure: Failure, method?: string): void {
    this.planned.push({ failure, method, remaining: count });
  }

  /** Ends every session at once, as when vpxd restarts: their views and listings go with them. */
  expireSessions(): void {
    this.closeSessions();
  }

  /** Refuses a method with `NoPermission`. */
  denyMethod(method: string): void {
    this.deniedMethods.add(method);
  }

  /** Reports every property of a type, and of its subtypes, as `NoPermission` in the `missingSet`. */
  denyType(type: string): void {
    this.denied.push({ type, path: undefined });
  }

  /** Reports one property, and what is below it, as `NoPermission` in the `missingSet`. */
  denyProperty(type: string, path: string): void {
    this.denied.push({ type, path });
  }

  /** Back to a healthy server. Sessions that have ended stay so. */
  reset(): void {
    this.maxSessions = Infinity;
    this.planned = [];
    this.deniedMethods.clear();
    this.denied = [];
  }

  /** Whether a property may not be read. */
  isDenied(type: string, path: string): boolean {
    return this.denied.some(
      (denial) =>
        isKindOf(type, denial.type) &&
        (denial.path === undefined || path === denial.path || path.startsWith(`${denial.path}.`)),
    );
  }

  isMethodDenied(method: string): boolean {
    return this.deniedMethods.has(method);
  }

  /** Takes the failure that is planned for this call, if any. */
  take(method: string): Failure | undefined {
    const plan = this.planned.find(
      (candidate) => candidate.method === undefined || candidate.method === method,
    );
    if (!plan) return undefined;
    plan.remaining -= 1;
    if (plan.remaining <= 0) this.planned = this.planned.filter((candidate) => candidate !== plan);
    return plan.failure;
  }
}
