import { getEventListeners } from 'node:events';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { type Resource, SyncError, type SyncErrorKind } from '#domain';

import { eventually } from '../../../../test/support/eventually.js';
import type { CallGate } from '../call-gate.js';
import type { Page, ResourceTable } from '../resource-table.js';
import type { VendorAdapter } from '../vendor-adapter.js';
import type { VendorManifest } from '../vendor-manifest.js';
import {
  type ConnectedVendor,
  listItems,
  listPages,
  listResources,
  type PeerAccess,
  type ResourcePage,
  tableOf,
  withConnection,
} from './list-resources.js';
import { oddDocuments } from './odd-documents.js';
import { openGate } from './open-gate.js';
import { openNetwork } from './open-network.js';

/** A simulated or recorded vendor, with an account on it. */
export interface VendorPeer {
  access: PeerAccess;
  close(): Promise<void>;
}

/** A way in which the vendor can fail a listing that has already begun. */
export interface VendorFailure<Peer> {
  /** For the test's title: `NoPermission on the call`. */
  name: string;
  kind: SyncErrorKind;
  provoke: (peer: Peer) => void | Promise<void>;
}

/** What the suite needs of a vendor. */
export interface VendorConformance<Peer extends VendorPeer> {
  manifest: VendorManifest;
  /** The adapter, with pages so small that every type of the paged estate has two or more. */
  adapter: VendorAdapter;
  /** The adapter with pages of so many items, as far as the vendor lets one choose. */
  adapterOf?: (itemsPerPage: number) => VendorAdapter;
  estates: {
    /** A few of every type, whose listings are resumed from everywhere. */
    paged: () => Promise<Peer>;
    /** An account with nothing in it. */
    empty: () => Promise<Peer>;
    /** One that shows what real resources look like; its resources are committed as the golden ones. */
    golden: () => Promise<Peer>;
  };
  /** Types that even an empty account has one of. */
  neverEmpty?: readonly string[];
  /** At least one `permission`, and one `throttled` or `unavailable`. */
  failures: readonly VendorFailure<Peer>[];
  /** What becomes of listings under which the estate changes. */
  incidents?: {
    /** Takes away a resource of a type that the first page of its listing had. */
    deletion?: { type: string; provoke: (peer: Peer, resource: Resource) => void | Promise<void> };
    /** Makes the vendor forget all places in listings of a type, where they are the vendor's to forget. */
    forgottenPlace?: { type: string; provoke: (peer: Peer) => void | Promise<void> };
    /** Sets the vendor's clock an hour ahead of ours, where calls carry the time at which they were signed. */
    clockSkew?: { provoke: (peer: Peer) => void | Promise<void> };
  };
  /**
   * Where in an item of a listing the vendor's own document is, if it isn't the item itself, and whether it holds
   * no nulls: XML has none, and some SDKs leave them out.
   */
  documents?: { at?: string; haveNoNulls?: boolean };
  /** For a vendor whose peer lets everybody in. */
  asksForNoSecret?: true;
}

/** Golden resources per type: one of each status, up to this many. */
const MAX_GOLDEN_RESOURCES = 6;

/**
 * The suite that every vendor's tables pass. It drives them over the wire, as the engine does, and checks what
 * the engine relies on; see `ResourceTable` for the promises. Golden resources are Jest snapshots beside the
 * vendor's spec: `npm test -- <spec> -u` after a change that is meant.
 */
export function describeVendorConformance<Peer extends VendorPeer>(vendor: VendorConformance<Peer>): void {
  describe(`${vendor.manifest.vendor} conformance`, () => {
    describeDeclarations(vendor);
    describeConnection(vendor);
    describeGate(vendor);
    describePaging(vendor);
    describePageSizes(vendor);
    describeEmptyAccount(vendor);
    describeResources(vendor);
    describeOddDocuments(vendor);
    describeFailures(vendor);
    describeWrongSecret(vendor);
    describeDeletion(vendor);
    describeForgottenPlace(vendor);
    describeClockSkew(vendor);
    describeChanges(vendor);
  });
}

function describeDeclarations<Peer extends VendorPeer>({
  adapter,
  manifest,
  failures,
}: VendorConformance<Peer>) {
  it('lists the types its manifest names, each once', () => {
    expect(adapter.vendor).toBe(manifest.vendor);
    expect(adapter.unitsAtOnce).toBeGreaterThanOrEqual(1);
    expect(adapter.tables.map(({ type }) => type).sort()).toEqual([...manifest.resourceTypes].sort());
    expect(new Set(manifest.resourceTypes).size).toBe(manifest.resourceTypes.length);
  });

  it('declares quotas that let calls through', () => {
    for (const { perSecond, burst } of Object.values(adapter.quotas ?? {})) {
      expect(perSecond).toBeGreaterThan(0);
      expect(burst).toBeGreaterThanOrEqual(1);
    }
  });

  it.each(adapter.tables.map((table) => [table.type, table] as const))('names what %s needs', (_, table) => {
    expect(table.permissions.length).toBeGreaterThan(0);
    for (const permission of table.permissions) expect(permission).not.toBe('');
  });

  it('is tried with a refused and with a failing vendor', () => {
    const kinds = new Set(failures.map(({ kind }) => kind));
    expect(kinds.has('permission')).toBe(true);
    expect(kinds.has('throttled') || kinds.has('unavailable')).toBe(true);
  });
}

function describeConnection<Peer extends VendorPeer>({
  manifest,
  adapter,
  estates,
}: VendorConformance<Peer>) {
  const peer = peerOf(estates.paged);

  it('finds the same scopes in every connection', async () => {
    const keys: string[][] = [];
    const regions: (string | undefined)[] = [];
    for (let connections = 0; connections < 2; connections++) {
      const access = { ...peer().access, gate: openGate, network: openNetwork };
      const { signal } = new AbortController();
      const connection = await adapter.connect(access, signal);
      try {
        const scopes = await adapter.scopes(connection, signal);
        keys.push(scopes.map(({ key }) => key));
        regions.push(...scopes.map(({ region }) => region));
        // The signal may be the process's, and live as long.
        await eventually('nothing listens to it', () => getEventListeners(signal, 'abort').length === 0);
      } finally {
        await adapter.disconnect(connection);
      }
    }
    expect(keys[0]?.length).toBeGreaterThan(0);
    expect(new Set(keys[0]).size).toBe(keys[0]?.length);
    expect(keys[1]).toEqual(keys[0]);
    expect(regions.some((region) => region !== undefined)).toBe(manifest.hasRegions);
  });

  it('does not connect when aborted', async () => {
    const reason = new Error('stopped by the test');
    const access = { ...peer().access, gate: openGate, network: openNetwork };
    await expect(adapter.connect(access, AbortSignal.abort(reason))).rejects.toBeDefined();
  });

  it('disconnects from a vendor that is gone', async () => {
    const gone = await estates.empty();
    const access = { ...gone.access, gate: openGate, network: openNetwork };
    const connection = await adapter.connect(access, new AbortController().signal);
    await gone.close();
    await adapter.disconnect(connection);
  });
}

/** A gate that a test closes: what isn't a courtesy is refused then. */
function closableGate() {
  const refusal = new SyncError('throttled', 'closed by the test', { vendorCode: 'CLOSED' });
  let isClosed = false;
  const gate: CallGate = {
    call: (_api, make, { courtesy } = {}) =>
      isClosed && courtesy !== true ? Promise.reject(refusal) : make(),
  };
  return { gate, close: () => (isClosed = true) };
}

function describeGate<Peer extends VendorPeer>({ adapter, estates }: VendorConformance<Peer>) {
  const peer = peerOf(estates.paged);

  it('does not sign in at a closed gate', async () => {
    const { gate, close } = closableGate();
    close();
    const error: unknown = await adapter
      .connect({ ...peer().access, gate, network: openNetwork }, new AbortController().signal)
      .catch((reason: unknown) => reason);
    expect(adapter.classify(error)).toMatchObject({ kind: 'throttled', vendorCode: 'CLOSED' });
  });

  it.each(adapter.tables.map((table) => [table.type, table] as const))(
    'lists no %s at a closed gate, says so, and signs out all the same',
    async (_, table) => {
      const { gate, close } = closableGate();
      const error = await withConnection(
        adapter,
        peer().access,
        (connected) => {
          close();
          return listPages(table, connected).catch((reason: unknown) => reason);
        },
        { gate, table },
      );
      expect(adapter.classify(error)).toMatchObject({ kind: 'throttled', vendorCode: 'CLOSED' });
    },
  );
}

function describePaging<Peer extends VendorPeer>({ adapter, estates }: VendorConformance<Peer>) {
  const peer = peerOf(estates.paged);
  const tables = adapter.tables.map((table) => [table.type, table] as const);

  it.each(tables)('lists %s in pages, the same in every run, each resource once', async (_, table) => {
    const runs = [await pagesOf(table), await pagesOf(table)];
    const [first, second] = runs.map((pages) => pages.flatMap(idsOf));
    expect(runs[0]?.length).toBeGreaterThanOrEqual(2);
    expect(first?.length).toBeGreaterThanOrEqual(2);
    expect(new Set(first).size).toBe(first?.length);
    expect(second).toEqual(first);
    expect(runs[1]).toEqual(runs[0]);
  });

  it.each(tables)('resumes %s wherever it stopped', async (_, table) => {
    const pages = await pagesOf(table);
    for (const [index, { resumeAt }] of pages.entries()) {
      if (resumeAt === undefined) continue;
      const rest = pages.slice(index + 1).flatMap(idsOf);
      // In a connection of its own: whoever resumes is another process.
      const resumed = await withConnection(
        adapter,
        peer().access,
        (connected) => listPages(table, connected, resumeAt),
        { table },
      );
      expect(resumed.flatMap(idsOf)).toEqual(rest);
    }
  });

  it.each(tables)('stops listing %s when aborted', async (_, table) => {
    const stop = async ({ connection, scope }: ConnectedVendor) => {
      const aborted = AbortSignal.abort(new Error('stopped by the test'));
      const never = table.pages({ connection, scope, signal: aborted })[Symbol.asyncIterator]();
      await expect(never.next()).rejects.toBeDefined();

      const controller = new AbortController();
      const begun = table.pages({ connection, scope, signal: controller.signal })[Symbol.asyncIterator]();
      expect((await begun.next()).done).toBe(false);
      controller.abort(new Error('stopped by the test'));
      await expect(begun.next()).rejects.toBeDefined();
    };
    await withConnection(adapter, peer().access, stop, { table });
  });

  async function pagesOf(table: ResourceTable<unknown, unknown>) {
    const list = (connected: ConnectedVendor) => listPages(table, connected);
    return await withConnection(adapter, peer().access, list, { table });
  }
}

function describePageSizes<Peer extends VendorPeer>(vendor: VendorConformance<Peer>) {
  const { adapter, adapterOf, estates } = vendor;
  if (adapterOf === undefined) return;
  const peer = peerOf(estates.paged);

  it.each(adapter.tables.map(({ type }) => type))(
    'lists the same %s on a page that is just full, lacks one, or holds one more, and one by one',
    async (type) => {
      const idsByPages = async (itemsPerPage: number) => {
        const sized = adapterOf(itemsPerPage);
        const table = tableOf(sized, type);
        const list = (connected: ConnectedVendor) => listResources(table, connected);
        const resources = await withConnection(sized, peer().access, list, { table });
        return resources.map(({ nativeId }) => nativeId).sort();
      };
      const ids = await idsByPages(1);
      expect(new Set(ids).size).toBe(ids.length);
      for (const itemsPerPage of [ids.length - 1, ids.length, ids.length + 1]) {
        expect(await idsByPages(Math.max(itemsPerPage, 1))).toEqual(ids);
      }
    },
  );
}

function describeEmptyAccount<Peer extends VendorPeer>(vendor: VendorConformance<Peer>) {
  const { adapter, estates, neverEmpty = [] } = vendor;
  const peer = peerOf(estates.empty);
  const tables = adapter.tables.filter(({ type }) => !neverEmpty.includes(type));

  it.each(tables.map((table) => [table.type, table] as const))(
    'lists no %s where there are none',
    async (_, table) => {
      const list = (connected: ConnectedVendor) => listPages(table, connected);
      const pages = await withConnection(adapter, peer().access, list, { table });
      expect(pages).toEqual([{ resources: [], resumeAt: undefined }]);
    },
  );
}

function describeResources<Peer extends VendorPeer>({ adapter, manifest, estates }: VendorConformance<Peer>) {
  const peer = peerOf(estates.golden);

  it.each(adapter.tables.map((table) => [table.type, table] as const))('normalizes %s', async (_, table) => {
    const list = (connected: ConnectedVendor) => listResources(table, connected);
    const resources = await withConnection(adapter, peer().access, list, { table });
    expect(resources.length).toBeGreaterThan(0);
    for (const resource of resources) expectWellFormed(resource, manifest);
    expect(goldenOf(resources)).toMatchSnapshot();
  });
}

function describeOddDocuments<Peer extends VendorPeer>(vendor: VendorConformance<Peer>) {
  const { adapter, manifest, estates, documents = {} } = vendor;
  const peer = peerOf(estates.golden);

  it.each(adapter.tables.map((table) => [table.type, table] as const))(
    'normalizes %s whose fields are missing, null or long, or says that the answer is wrong',
    async (_, table) => {
      const wrong: string[] = [];
      const tryOut = async (connected: ConnectedVendor) => {
        for (const item of await exampleItems(table, connected)) {
          for (const { name, item: odd } of oddItems(item, documents)) {
            const problem = problemOf(() => table.toResource(odd, connected.scope));
            if (problem !== undefined) wrong.push(`${name}: ${problem}`);
          }
        }
      };
      await withConnection(adapter, peer().access, tryOut, { table });
      expect(wrong).toEqual([]);
    },
  );

  function problemOf(normalize: () => Resource): string | undefined {
    let resource: Resource;
    try {
      resource = normalize();
    } catch (error) {
      // One that the adapter means: whoever reads it learns what is wrong with the vendor's answer.
      return error instanceof SyncError || adapter.classify(error) !== undefined ? undefined : String(error);
    }
    try {
      expectWellFormed(resource, manifest);
    } catch (error) {
      return String(error);
    }
    return undefined;
  }
}

/** An item whose document, or what of it is the vendor's, differs in one place. */
function* oddItems(
  item: unknown,
  { at, haveNoNulls = false }: NonNullable<VendorConformance<VendorPeer>['documents']>,
): Generator<{ name: string; item: unknown }> {
  const own = at === undefined ? item : (item as Record<string, unknown>)[at];
  for (const { name, document } of oddDocuments(own, { nulls: !haveNoNulls })) {
    yield { name, item: at === undefined ? document : { ...(item as object), [at]: document } };
  }
}

/** Of a type's items those whose resources are the golden ones. */
async function exampleItems(
  table: ResourceTable<unknown, unknown>,
  connected: ConnectedVendor,
): Promise<unknown[]> {
  const items = await listItems(table, connected);
  const resources = items.map((item) => table.toResource(item, connected.scope));
  return goldenOf(resources).map((resource) => items[resources.indexOf(resource)]);
}

function describeFailures<Peer extends VendorPeer>({ adapter, estates, failures }: VendorConformance<Peer>) {
  it.each(failures.map((failure) => [failure.name, failure] as const))(
    'classifies %s',
    async (_, failure) => {
      const peer = await estates.paged();
      try {
        await withConnection(adapter, peer.access, async (connected) => {
          await failure.provoke(peer);
          const error = await failureOf(adapter, connected);
          const classified = adapter.classify(error);
          expect(classified?.kind).toBe(failure.kind);
          expect(classified?.vendorCode).toBeTruthy();
          expect(classified?.message).not.toBe('');
          expect(`${String(classified?.message)} ${String(error)}`).not.toContain(peer.access.sk);
        });
      } finally {
        await peer.close();
      }
    },
  );
}

function describeWrongSecret<Peer extends VendorPeer>(vendor: VendorConformance<Peer>) {
  if (vendor.asksForNoSecret === true) return;
  const { adapter, estates } = vendor;
  const peer = peerOf(estates.empty);

  it('says that a wrong secret is one, without telling it', async () => {
    const sk = 'n0-secret-of-anybody';
    const error = await withConnection(adapter, { ...peer().access, sk }, (connected) =>
      failureOf(adapter, connected),
    ).catch((reason: unknown) => reason);
    const classified = adapter.classify(error);
    expect(classified).toMatchObject({ kind: 'credentials', retryable: false });
    expect(`${String(classified?.message)} ${String(error)}`).not.toContain(sk);
  });
}

function describeDeletion<Peer extends VendorPeer>({
  adapter,
  estates,
  incidents: { deletion } = {},
}: VendorConformance<Peer>) {
  if (deletion === undefined) return;
  const { type, provoke } = deletion;
  const peer = peerOf(estates.paged);
  const table = tableOf(adapter, type);

  it(`leaves none of the ${type} out that stay when one is deleted between pages, or fails`, async () => {
    await withConnection(
      adapter,
      peer().access,
      async (connected) => {
        const before = await listResources(table, connected);
        const [first] = await listPages(table, connected);
        const gone = first?.resources[0];
        if (first?.resumeAt === undefined || gone === undefined) throw new Error(`${type} are on one page`);
        await provoke(peer(), gone);
        const rest = await listPages(table, connected, first.resumeAt).catch((error: unknown) => error);
        if (!Array.isArray(rest)) {
          expect(adapter.classify(rest)).toMatchObject({ kind: 'unavailable' });
          return;
        }
        const listed = [first, ...(rest as ResourcePage[])];
        const staying = before.filter(({ nativeId }) => nativeId !== gone.nativeId);
        expect(listed.flatMap(idsOf)).toEqual(
          expect.arrayContaining(staying.map(({ nativeId }) => nativeId)),
        );
        const after = await listResources(table, connected);
        expect(after.map(({ nativeId }) => nativeId)).not.toContain(gone.nativeId);
      },
      { table },
    );
  });
}

function describeForgottenPlace<Peer extends VendorPeer>({
  adapter,
  estates,
  incidents: { forgottenPlace } = {},
}: VendorConformance<Peer>) {
  if (forgottenPlace === undefined) return;
  const { type, provoke } = forgottenPlace;
  const peer = peerOf(estates.paged);
  const table = tableOf(adapter, type);

  it(`has the listing of ${type} begin anew when its place is forgotten`, async () => {
    await withConnection(
      adapter,
      peer().access,
      async (connected) => {
        const [first] = await listPages(table, connected);
        if (first?.resumeAt === undefined) throw new Error(`${type} are on one page`);
        await provoke(peer());
        const error = await listPages(table, connected, first.resumeAt).catch((reason: unknown) => reason);
        expect(adapter.classify(error)).toMatchObject({ cursorExpired: true });
        expect((await listPages(table, connected)).length).toBeGreaterThanOrEqual(2);
      },
      { table },
    );
  });
}

function describeClockSkew<Peer extends VendorPeer>({
  adapter,
  estates,
  incidents: { clockSkew } = {},
}: VendorConformance<Peer>) {
  if (clockSkew === undefined) return;

  it.each(adapter.tables.map((table) => [table.type, table] as const))(
    'lists %s, or says that the clock is wrong, when it is an hour off',
    async (_, table) => {
      const peer = await estates.paged();
      await clockSkew.provoke(peer);
      const list = (connected: ConnectedVendor) => listPages(table, connected);
      const listed = await withConnection(adapter, peer.access, list, { table })
        .catch((error: unknown) => error)
        .finally(() => peer.close());
      if (Array.isArray(listed)) return;
      const classified = adapter.classify(listed);
      expect(classified?.message).toMatch(/clock/i);
      expect(['unavailable', 'credentials']).toContain(classified?.kind);
    },
  );
}

async function failureOf(adapter: VendorAdapter, connected: ConnectedVendor): Promise<unknown> {
  const [table] = adapter.tables;
  if (table === undefined) throw new Error('the vendor has no table');
  return await listPages(table, connected).then(
    () => new Error('the listing did not fail'),
    (error: unknown) => error,
  );
}

/** A peer for all tests of the block around the call. */
function peerOf<Peer extends VendorPeer>(start: () => Promise<Peer>): () => Peer {
  let peer: Peer | undefined;
  beforeAll(async () => {
    peer = await start();
  });
  afterAll(async () => {
    await peer?.close();
  });
  return () => {
    if (peer === undefined) throw new Error('the peer has not started');
    return peer;
  };
}

function idsOf({ resources }: { resources: readonly Resource[] }): string[] {
  return resources.map(({ nativeId }) => nativeId);
}

function expectWellFormed(resource: Resource, manifest: VendorManifest): void {
  expect(resource.nativeId).not.toBe('');
  expect(resource.name).not.toBe('');
  expect(undefinedIn(resource)).toEqual([]);
  expect(resource.zoneId).not.toBe('');
  if (resource.createdAt !== undefined) expect(resource.createdAt.getTime()).not.toBeNaN();
  const texts = [resource.name, resource.regionId, ...resource.addresses, ...Object.values(resource.tags)];
  expect(texts.filter((text) => typeof text !== 'string')).toEqual([]);
  // Only what JSON can hold, or it would not come back from the database as it went in.
  expect(JSON.parse(JSON.stringify(resource.properties))).toEqual(resource.properties);
  for (const { type, nativeId } of resource.relations) {
    expect(manifest.resourceTypes).toContain(type);
    expect(nativeId).not.toBe('');
  }
}

/** Paths of fields that are there and hold `undefined`. */
function undefinedIn(value: unknown, path = ''): string[] {
  if (value === undefined) return [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => undefinedIn(inner, `${path}.${key}`));
}

/** One resource of each status, in the listing's order. */
function goldenOf(resources: readonly Resource[]): Resource[] {
  const byStatus = new Map<string, Resource>();
  for (const resource of resources) {
    const status = `${resource.status} ${resource.nativeStatus ?? ''}`;
    if (!byStatus.has(status)) byStatus.set(status, resource);
  }
  return [...byStatus.values()].slice(0, MAX_GOLDEN_RESOURCES);
}

const DAY_MS = 86_400_000;

function describeChanges<Peer extends VendorPeer>({ adapter, estates }: VendorConformance<Peer>) {
  const tables = adapter.tables.filter(({ incremental }) => incremental !== undefined);
  if (tables.length === 0) return;
  const peer = peerOf(estates.paged);

  it.each(tables.map((table) => [table.type, table] as const))(
    'says when a listing of %s began, and lists what has changed since a time',
    async (_, table) => {
      await withConnection(
        adapter,
        peer().access,
        async (connected) => {
          const all = await pagesOf(connected);
          expect(table.incremental?.overlapMs).toBeGreaterThan(0);
          expect(all[0]?.asOf).toBeInstanceOf(Date);
          // A place may be returned to at any time.
          expect((await pagesOf(connected, { resumeAt: all[0]?.resumeAt }))[0]?.asOf).toBeUndefined();
          const ever = await pagesOf(connected, { since: new Date(0) });
          expect(ever.flatMap(({ items }) => items)).toEqual(all.flatMap(({ items }) => items));
          const [first, second] = ever;
          const resumed = await pagesOf(connected, { since: new Date(0), resumeAt: first?.resumeAt });
          expect(resumed[0]?.items).toEqual(second?.items);
          expect(resumed).toHaveLength(ever.length - 1);
          for (const item of ever.flatMap(({ items }) => items)) {
            expect(table.incremental?.deletedIdOf?.(item)).toBeUndefined();
          }
          const none = await pagesOf(connected, { since: new Date(Date.now() + DAY_MS) });
          expect(none.map(({ items, resumeAt }) => [items, resumeAt])).toEqual([[[], undefined]]);
        },
        { table },
      );

      async function pagesOf(
        { connection, scope }: ConnectedVendor,
        { resumeAt, since }: { resumeAt?: string | undefined; since?: Date } = {},
      ): Promise<Page<unknown>[]> {
        const pages: Page<unknown>[] = [];
        const listing = {
          ...{ connection, scope, signal: new AbortController().signal },
          ...(resumeAt === undefined ? {} : { resumeAt }),
          ...(since === undefined ? {} : { since }),
        };
        for await (const page of table.pages(listing)) pages.push(page);
        return pages;
      }
    },
  );
}
