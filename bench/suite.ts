import type { Results } from './results.js';

/** What a suite is given. */
export interface SuiteOptions {
  results: Results;
  /** Fewer rows and rounds: figures in two minutes, coarser ones. */
  quick: boolean;
  /** Says on standard error what is being measured. */
  say: (line: string) => void;
}

/** Measures one thing, and adds its figures to the results. */
export type Suite = (options: SuiteOptions) => Promise<void>;
