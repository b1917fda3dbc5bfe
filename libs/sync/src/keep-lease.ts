import type { Engine } from './engine.js';

/** A lease that is being prolonged. */
export interface KeptLease {
  /** Aborts when the lease is lost: cancelled, or taken over. */
  signal: AbortSignal;
  stop(): void;
}

/**
 * Prolongs a lease at every heartbeat until stopped. A heartbeat that fails, because Postgres doesn't
 * answer, is no loss yet: what decides is the lease itself, which every write checks.
 */
export function keepLease(
  { timing, log }: Pick<Engine, 'timing' | 'log'>,
  renew: (leaseMs: number) => Promise<boolean>,
): KeptLease {
  const lost = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const beat = (): void => {
    timer = setTimeout(() => {
      renew(timing.leaseMs)
        .then((ours) => {
          if (!ours) lost.abort();
        })
        .catch((error: unknown) => {
          log.warn({ err: error }, 'a lease could not be renewed');
        })
        .finally(() => {
          if (timer !== undefined && !lost.signal.aborted) beat();
        });
    }, timing.heartbeatMs);
  };
  beat();
  return {
    signal: lost.signal,
    stop: () => {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
