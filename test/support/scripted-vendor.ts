import type { Schemas } from '#client';
import { type CallLimit, type Resource, SyncError } from '#domain';
import type { CallGate, Listing, OfferedScope, Page, VendorAdapter } from '#vendor-kit';

/** What a listing's connection is. */
export interface ScriptedConnection {
  accountId: string;
  /** The secret that it was made with. */
  sk: string;
  gate: CallGate;
}

/** A call of the scripted vendor's API. */
export interface ScriptedCall {
  accountId: string;
  /** A gate is one process's. */
  gate: CallGate;
  /** When it was made, by `performance.now()`. */
  at: number;
}

const SCRIPTED_API = 'script';

/** One resource type of the scripted vendor: what listing it does, from a place on. */
export type Script = (listing: Listing<unknown>) => AsyncIterable<Page<string>>;

/** A vendor that does as told: for what no real vendor does on demand. Its accounts pass for VMWARE's. */
export class ScriptedVendor {
  /** By resource type. */
  readonly scripts: Record<string, Script> = {};
  /** How often an account signed in. */
  connects = 0;
  /** Which accounts tried to. */
  readonly signedIn = new Set<string>();
  /** How many connections are open. */
  open = 0;
  connectError: Error | undefined;
  /** How many units of an account run at once. */
  unitsAtOnce = 2;
  /** The limit of its API, if it declares one. */
  quota: CallLimit | undefined;
  /** All calls of its API, in order; see {@link calling}. */
  readonly calls: ScriptedCall[] = [];
  /** What becomes of a call: a test may throw here. */
  answer: (call: ScriptedCall) => Promise<void> | void = () => undefined;
  /** What signing in waits for; told the secret. */
  connecting: (sk: string) => Promise<void> | void = () => undefined;
  /** Where its accounts are listed. */
  scopes: readonly OfferedScope[] = [{ key: 'scope', name: 'The scope' }];

  readonly adapters = { VMWARE: () => Promise.resolve(this.adapter()) };

  private adapter(): VendorAdapter {
    return {
      vendor: 'VMWARE',
      unitsAtOnce: this.unitsAtOnce,
      ...(this.quota === undefined ? {} : { quotas: { [SCRIPTED_API]: this.quota } }),
      connect: async ({ accountId, sk, gate }) => {
        this.connects += 1;
        this.signedIn.add(accountId);
        await this.connecting(sk);
        if (this.connectError !== undefined) throw this.connectError;
        this.open += 1;
        return { accountId, sk, gate } satisfies ScriptedConnection;
      },
      disconnect: () => {
        this.open -= 1;
        return Promise.resolve();
      },
      scopes: () => Promise.resolve(this.scopes),
      tables: Object.keys(this.scripts).map((type) => ({
        type,
        permissions: [`list:${type}`],
        pages: (listing) => this.scripts[type]?.(listing) ?? pagesOf([])(listing),
        toResource: (item: unknown) => resourceOf(item as string),
      })),
      classify: (error) => (error instanceof SyncError ? error : undefined),
    };
  }

  /** Lists the pages, each of which takes some calls of the API. */
  calling(pages: readonly (readonly string[])[], callsPerPage = 1): Script {
    return pagesOf(pages, async (_page, { connection, signal }) => {
      const { accountId, gate } = connection as ScriptedConnection;
      for (let made = 0; made < callsPerPage; made += 1) {
        const call = async () => {
          const one: ScriptedCall = { accountId, gate, at: performance.now() };
          this.calls.push(one);
          await this.answer(one);
        };
        await gate.call(SCRIPTED_API, call, { signal });
      }
    });
  }
}

/** The body that adds an account of the scripted vendor. */
export function scriptedAccount(
  accountId: string,
): Schemas['CreateAccount'] & { settings: Schemas['VmwareSettings'] } {
  return {
    vendor: 'VMWARE',
    account_id: accountId,
    account_name: `Account ${accountId}`,
    ak: 'user',
    sk: 'secret',
    settings: { endpoint: 'https://vc' },
  };
}

/** A resource whose whole content is its id, and whatever follows a `=` in it. */
export function resourceOf(item: string): Resource {
  const [nativeId = '', content = ''] = item.split('=');
  return {
    nativeId,
    name: nativeId,
    status: 'running',
    regionId: 'region',
    addresses: [],
    tags: {},
    properties: { content },
    relations: [],
  };
}

/** Lists the pages, resuming where it was left. `before` runs before each page, with its number from 0. */
export function pagesOf(
  pages: readonly (readonly string[])[],
  before: (page: number, listing: Listing<unknown>) => Promise<void> | void = () => undefined,
): Script {
  return async function* (listing) {
    const all = pages.length === 0 ? [[]] : pages;
    for (let page = Number(listing.resumeAt ?? 0); page < all.length; page += 1) {
      await before(page, listing);
      const last = page === all.length - 1;
      yield { items: all[page] ?? [], ...(last ? {} : { resumeAt: String(page + 1) }) };
    }
  };
}

/** `count` item names: `a0`, `a1`, … */
export function items(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${String(index)}`);
}

/** A listing that fails, the first `times` times it is asked. */
export function failing(error: SyncError, times = Infinity, then: Script = pagesOf([])): Script {
  let failures = 0;
  return async function* (listing) {
    if (failures < times) {
      failures += 1;
      throw error;
    }
    yield* then(listing);
  };
}
