import type { Resource, SyncError } from '#domain';
import type { Listing, OfferedScope, Page, VendorAdapter } from '#vendor-kit';

/** What a listing's connection is. */
export interface ScriptedConnection {
  accountId: string;
  /** The secret that it was made with. */
  sk: string;
}

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
  /** What signing in waits for; told the secret. */
  connecting: (sk: string) => Promise<void> | void = () => undefined;
  /** Where its accounts are listed. */
  scopes: readonly OfferedScope[] = [{ key: 'scope', name: 'The scope' }];

  readonly adapters = { VMWARE: () => Promise.resolve(this.adapter()) };

  private adapter(): VendorAdapter {
    return {
      vendor: 'VMWARE',
      unitsAtOnce: 2,
      connect: async ({ accountId, sk }) => {
        this.connects += 1;
        this.signedIn.add(accountId);
        await this.connecting(sk);
        if (this.connectError !== undefined) throw this.connectError;
        this.open += 1;
        return { accountId, sk } satisfies ScriptedConnection;
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
      classify: () => undefined,
    };
  }
}

/** The body that adds an account of the scripted vendor. */
export function scriptedAccount(accountId: string) {
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
