/** What a user may decide about a held prune. */
export const PRUNE_DECISIONS = ['approve', 'reject'] as const;
export type PruneDecision = (typeof PRUNE_DECISIONS)[number];

/** How much a complete listing may delete by itself. */
export interface PruneLimits {
  /** Up to this many deletions always pass, unless they are everything. */
  freeDeletes: number;
  /** Above that, up to this part of what was there before, 0 to 100. */
  maxPercent: number;
}

export const DEFAULT_PRUNE_LIMITS: PruneLimits = { freeDeletes: 10, maxPercent: 30 };

/**
 * Whether a prune is plausible. It is held when it would delete everything that was there, or more than
 * `freeDeletes` resources that are also more than `maxPercent` of what was there.
 * @param known how many live resources the scope had before this listing
 * @param missing how many of them the listing lacked
 */
export function mayPrune(
  known: number,
  missing: number,
  limits: PruneLimits = DEFAULT_PRUNE_LIMITS,
): boolean {
  if (missing === 0) return true;
  if (missing >= known) return false;
  return missing <= limits.freeDeletes || missing * 100 <= known * limits.maxPercent;
}
