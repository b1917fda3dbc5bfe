/** What shares processor and database with others, and asks when it may go on. */
export interface PageTurn {
  /** Awaited every few milliseconds of work. */
  breathe(): Promise<void>;
  /** Given all statements, some at a time. */
  query<T>(statements: () => Promise<T>): Promise<T>;
}
