import type { CallLimit } from '#domain';

/** The calls of the SOAP API. */
export const VIM_API = 'vim';
/**
 * Signing in, apart from the rest: what vCenter bounds there is how many sessions there are, and whoever has
 * one may go on.
 */
export const SIGN_IN_API = 'sign-in';

/**
 * vSphere publishes no limit of calls; what it bounds is sessions. Ours is a fuse that no ordinary sync
 * reaches: 100 calls of a page of 250 objects are 25,000 objects a second, several times what a process can
 * normalize and write (bench/results.json). The burst is what all units of a sync need to begin at once.
 */
export const QUOTAS: Readonly<Record<string, CallLimit>> = {
  [VIM_API]: { perSecond: 100, burst: 200 },
};
