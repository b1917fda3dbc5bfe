import type { HttpFailure } from '../http/planned-failures.js';
import { PlannedFailures } from '../http/planned-failures.js';
import { isKindOf } from './model/managed-types.js';

/** How a simulated vCenter fails one call. */
export type Failure =
  | Exclude<HttpFailure, { kind: 'answer' }>
  /** Answers with a vim25 fault of the type. */
  | { kind: 'fault'; fault: string };

/** What goes wrong on a simulated server, on a test's demand. */
export class InjectedFaults {
  /** How many sessions may be open; more logins get HTTP 503. */
  maxSessions = Infinity;
  private readonly planned = new PlannedFailures<Failure>();
  private readonly deniedMethods = new Set<string>();
  private denied: { type: string; path: string | undefined }[] = [];

  constructor(private readonly closeSessions: () => void) {}

  /** Fails the next `count` calls; of one method only, when that is given. Plans queue up. */
  failNext(count: number, failure: Failure, method?: string): void {
    this.planned.failNext(count, failure, method);
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
    this.planned.reset();
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
    return this.planned.take(method);
  }
}
