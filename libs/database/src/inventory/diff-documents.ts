import { isDeepStrictEqual } from 'node:util';

import { createPatch, type Operation, type Pointer } from 'rfc6902';

import type { JsonObject } from '#domain';

/**
 * Longer arrays are replaced whole. rfc6902 compares each item with each, and recurses as deep as two arrays
 * are long: for 64 against 64 different items 18 ms, for 512 3.2 s, for 3,000 no stack is left.
 */
export const MAX_ARRAY_ITEMS = 64;
/** Pairs of values compared for one patch; whatever else differs then is replaced whole. */
export const MAX_COMPARISONS = 5_000;

export interface Difference {
  /** RFC 6902. */
  patch: Operation[];
  /** How many pairs of values were compared for it. */
  comparisons: number;
}

/** A JSON Patch that makes `after` of `before`: short where that is cheap, always correct. */
export function diffDocuments(
  before: JsonObject,
  after: JsonObject,
  maxComparisons = MAX_COMPARISONS,
): Difference {
  let comparisons = 0;
  const patch = createPatch(before, after, (from: unknown, to: unknown, at: Pointer) => {
    comparisons += 1;
    if (comparisons <= maxComparisons && !isLong(from) && !isLong(to)) return undefined;
    return isDeepStrictEqual(from, to) ? [] : [{ op: 'replace', path: at.toString(), value: to }];
  });
  return { patch, comparisons };
}

function isLong(value: unknown): boolean {
  return Array.isArray(value) && value.length > MAX_ARRAY_ITEMS;
}
