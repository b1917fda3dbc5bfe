import { AsyncLocalStorage } from 'node:async_hooks';

import { describeSpan } from '../tracing/trace-part.js';
import { traceApart } from '../tracing/traced-work.js';

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

/**
 * Does work whose lines in the log, whoever writes them, have these fields beside those around it. So has the span
 * that it is, where it is traced.
 */
export function logWith<T>(fields: LogFields, work: () => T): T {
  describeSpan(
    Object.fromEntries(Object.entries(fields).map(([name, id]) => [`muster.${name}`, id as string])),
  );
  return contexts.run({ ...contexts.getStore(), ...fields }, work);
}

/** Does work that belongs to nothing in particular, though it is told of something in the midst of other work. */
export function logApart<T>(work: () => T): T {
  return traceApart(() => contexts.exit(work));
}

/** The fields of the work at hand. */
export function currentLogFields(): LogFields {
  return { ...contexts.getStore() };
}
