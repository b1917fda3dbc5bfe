import { AsyncLocalStorage } from 'node:async_hooks';

/** What the lines of a piece of work have in common: Muster's own ids, but for the request's, which its caller may choose. */
export interface LogFields {
  request?: string;
  task?: string;
  run?: string;
  unit?: string;
  check?: string;
  account?: string;
  vendor?: string;
  type?: string;
  scope?: string;
}

const contexts = new AsyncLocalStorage<LogFields>();

/** Does work whose lines in the log, whoever writes them, have these fields beside those around it. */
export function logWith<T>(fields: LogFields, work: () => T): T {
  return contexts.run({ ...contexts.getStore(), ...fields }, work);
}

/** Does work that belongs to nothing in particular, though it is told of something in the midst of other work. */
export function logApart<T>(work: () => T): T {
  return contexts.exit(work);
}

/** The fields of the work at hand. */
export function currentLogFields(): LogFields {
  return { ...contexts.getStore() };
}
