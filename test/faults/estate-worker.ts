import type { ProcessClock } from './process-clock.js';
import type { CloudClient } from './scripted-cloud.js';

/** A worker of an estate, and what can happen to it. */
export interface EstateWorker {
  readonly clock: ProcessClock;
  readonly client: CloudClient;
  /** kill -9. */
  kill(): void;
  /**
   * kill -9 in the middle of something: after so many more pieces for the database, of which the last is
   * still delivered or not.
   */
  killAfter(pieces: number, delivered: boolean): Promise<void>;
  /** Stops it as SIGTERM does. */
  stop(): Promise<void>;
  /** Keeps it from everybody for a while; what was under way arrives late. */
  partition(ms: number): Promise<void>;
  resetConnections(): void;
  /**
   * Takes away what is left of it.
   * @throws when it does not stop
   */
  dispose(): Promise<void>;
}
