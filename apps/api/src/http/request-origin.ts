import { AsyncLocalStorage } from 'node:async_hooks';

/** By which road a request came in. */
export type RequestOrigin = 'api' | 'rpc';

const origins = new AsyncLocalStorage<RequestOrigin>();

/** Does work that a request of this origin has asked for. */
export function actFrom<T>(origin: RequestOrigin, work: () => T): T {
  return origins.run(origin, work);
}

/** The origin of the request that is worked on. */
export function currentOrigin(): RequestOrigin {
  return origins.getStore() ?? 'api';
}
