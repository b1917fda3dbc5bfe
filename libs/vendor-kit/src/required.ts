import { SyncError } from '#domain';

/**
 * The value of a field the vendor always sends.
 * @throws {SyncError} of kind `bug`, naming the field, when the vendor left it out.
 */
export function required<T>(value: T | null | undefined, field: string): T {
  if (value === null || value === undefined) {
    throw new SyncError('bug', `The vendor's answer has no ${field}, which it should always have.`);
  }
  return value;
}
