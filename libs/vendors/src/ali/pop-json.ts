import type { JsonValue } from '#domain';

/** What pop-core makes of whole numbers with more digits than a JavaScript number can hold. */
interface BigNumber {
  _isBigNumber?: unknown;
  toFixed?: () => string;
}

/**
 * What pop-core read, as JSON has it: its objects have no prototype, and its big numbers are objects. A field that is
 * null says no more than one that is missing, and is left out, so that tables need not know both.
 */
export function toJson(value: unknown): JsonValue {
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value === 'object' && value !== null) {
    const { _isBigNumber, toFixed } = value as BigNumber;
    if (_isBigNumber === true && toFixed !== undefined) return toFixed.call(value);
    const fields = Object.entries(value).filter(([, inner]) => inner !== null);
    return Object.fromEntries(fields.map(([name, inner]) => [name, toJson(inner)]));
  }
  return value as JsonValue;
}
