import { logWith } from '#platform';
import type { QueueJob } from '#queue';

/** Does a job's work, whose lines name the request that it came of, where one is known. */
export function logAsJob<T>({ request }: QueueJob, work: () => T): T {
  return logWith(request === undefined ? {} : { request }, work);
}
