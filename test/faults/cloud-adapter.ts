import { type CallLimit, type Resource, type Scope, SyncError, type Vendor } from '#domain';
import type { AdapterLoaders } from '#sync';
import {
  type CallGate,
  defineResourceTable,
  defineVendor,
  type Listing,
  type Page,
  required,
  type ResourceTable,
} from '#vendor-kit';

/** Passes for VMWARE, the one vendor whose accounts can be added. */
export const VENDOR = 'VMWARE' satisfies Vendor;
export const TYPES = ['servers', 'disks', 'networks'] as const;

/** Types of which the cloud tells what has changed. */
const TELLS_CHANGES: readonly string[] = ['servers'];
/** How often an account's listings are of that in a row. */
export const SETTINGS = { incremental_syncs: 2 };
/** Less than passes between two rounds of the cloud: what a listing has had is not listed again to be safe. */
const OVERLAP_MS = 100;

const UNITS_AT_ONCE = 3;
/** Enough, however often throttling halves it: what waits must not make the suite slow. */
const QUOTA: CallLimit = { perSecond: 2_000, burst: 200 };
const STATUSES = ['running', 'stopped', 'error'] as const;

/** What the cloud lists; a malformed item has no id. */
export interface Item {
  id?: string;
  version: number;
  /** It was deleted: the cloud names it where it is asked for what has changed. */
  isGone?: true;
}

/** A signed-in account. */
export interface Session {
  accountId: string;
  sk: string;
}

/** Where a listing is. */
export interface PageCall {
  session: Session;
  scope: string;
  type: string;
  /** Where the last answer said to go on; absent at the start. */
  next?: string;
  /** What has changed since then is asked for, by the cloud's clock, in milliseconds; absent for all. */
  since?: number;
}

/** What a call for a page brings. */
export interface PageAnswer {
  /** Usually one. */
  pages: Page<Item>[];
  /** The time, by the cloud's clock, in milliseconds. */
  at: number;
  /** Where to go on; absent when the listing ends, with its last page or without. */
  next?: string;
}

/** A cloud's API, as a process sees it. Failures are thrown as classified errors. */
export interface CloudApi {
  connect(session: Session, signal: AbortSignal): Promise<void>;
  disconnect(session: Session): Promise<void>;
  scopes(session: Session, signal: AbortSignal): Promise<readonly Scope[]>;
  page(call: PageCall, signal: AbortSignal): Promise<PageAnswer>;
}

/** A session, and what its calls pass. */
interface Connection {
  session: Session;
  gate: CallGate;
}

/** The adapter of a cloud's API. */
export function cloudAdapters(api: CloudApi): AdapterLoaders {
  const adapter = defineVendor<object, Connection>({
    vendor: VENDOR,
    unitsAtOnce: UNITS_AT_ONCE,
    quotas: { list: QUOTA },
    connect: async ({ accountId, sk, gate }, signal) => {
      const session = { accountId, sk };
      await gate.call('sign in', () => api.connect(session, signal), { signal });
      return { session, gate };
    },
    disconnect: ({ session, gate }) =>
      gate.call('sign in', () => api.disconnect(session), { courtesy: true }),
    scopes: ({ session, gate }, signal) => gate.call('list', () => api.scopes(session, signal), { signal }),
    tables: TYPES.map((type) => tableOf(api, type)),
    classify: (error) => (error instanceof SyncError ? error : undefined),
  });
  return { [VENDOR]: () => Promise.resolve(adapter) };
}

function tableOf(api: CloudApi, type: string): ResourceTable<Connection, unknown> {
  return defineResourceTable<Connection, Item>({
    type,
    permissions: [`list:${type}`],
    volatile: ['/usage'],
    ...(TELLS_CHANGES.includes(type)
      ? {
          incremental: {
            overlapMs: OVERLAP_MS,
            deletedIdOf: ({ id, isGone }) => (isGone === true ? required(id, 'id') : undefined),
          },
        }
      : {}),
    pages: (listing) => listPages(api, type, listing),
    toResource: (item, scope) => toResource(item, type, scope),
  });
}

async function* listPages(
  api: CloudApi,
  type: string,
  { connection: { session, gate }, scope, resumeAt, since, signal }: Listing<Connection>,
): AsyncGenerator<Page<Item>> {
  let next = resumeAt;
  do {
    const call = {
      ...{ session, scope: scope.key, type },
      ...(next === undefined ? {} : { next }),
      ...(since === undefined ? {} : { since: since.getTime() }),
    };
    const answer = await gate.call('list', () => api.page(call, signal), { signal });
    const asOf = next === undefined ? { asOf: new Date(answer.at) } : {};
    for (const page of answer.pages) yield { ...page, ...asOf };
    next = answer.next;
  } while (next !== undefined);
}

/** A resource whose content follows from its id and version, but for what is volatile. */
export function toResource({ id, version }: Item, type: string, scope: Scope): Resource {
  const nativeId = required(id, 'id');
  return {
    nativeId,
    name: `${nativeId} in version ${String(version)}`,
    status: STATUSES[version % STATUSES.length] ?? 'unknown',
    nativeStatus: `state-${String(version)}`,
    regionId: scope.key,
    addresses: version % 2 === 0 ? [`10.0.0.${String(version % 256)}`] : [],
    tags: { version: String(version) },
    createdAt: new Date(Date.UTC(2024, 0, 1)),
    properties: { usage: Math.random(), version, nested: { type, list: [version, nativeId] } },
    relations: [{ kind: 'attached_to', type: 'networks', nativeId: `n-${String(version % 5)}` }],
  };
}
