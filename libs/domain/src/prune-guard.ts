/** What a user may decide about a held prune. */
export const PRUNE_DECISIONS = ['approve', 'reject'] as const;
export type PruneDecision = (typeof PRUNE_DECISIONS)[number];

/** How much a complete listing may delete by itself. */
export interface PruneLimits {
  /** Up to this many deletions always pass, unless they are everything. */
  freeDeletes: number;
  /** Above that, up to this share of what was there before, 0 to 1. */
  maxShare: number;
}

export const DEFAULT_PRUNE_LIMITS: PruneLimits = { freeDeletes: 10, maxShare: 0.3 };

/**
 * Whether a prune is plausible. It is held when it would delete everything that was there, or more than
 * `freeDeletes` resources that are also more than `maxShare` of what was there.
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
  return missing <= limits.freeDeletes || missing <= known * limits.maxShare;
}
