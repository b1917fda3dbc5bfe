import { AsyncLocalStorage } from 'node:async_hooks';

/** The wall clock of a simulated process. */
export interface ProcessClock {
  /** How far it is ahead of the true time; negative when it is behind. */
  offsetMs: number;
}

const clocks = new AsyncLocalStorage<ProcessClock>();

/** From now on `Date.now()` is what the clock of the simulated process shows that asks. */
export function installProcessClocks(): void {
  const trueTime = Date.now.bind(Date);
  Date.now = () => trueTime() + (clocks.getStore()?.offsetMs ?? 0);
}

/** Runs `work`, and all that it starts, by a clock. */
export function runByClock<T>(clock: ProcessClock, work: () => T): T {
  return clocks.run(clock, work);
}
