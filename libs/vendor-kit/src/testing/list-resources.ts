import type { Resource, Scope } from '#domain';

import type { CallGate } from '../call-gate.js';
import type { ResourceTable } from '../resource-table.js';
import type { VendorAccess, VendorAdapter } from '../vendor-adapter.js';
import { openGate } from './open-gate.js';
import { openNetwork } from './open-network.js';

/** An account on a peer; whoever connects to it brings gate and network. */
export type PeerAccess = Omit<VendorAccess, 'gate' | 'network'>;

/** A connected account, for a test. */
export interface ConnectedVendor {
  connection: unknown;
  scope: Scope;
}

/** One page of a listing, normalized. */
export interface ResourcePage {
  resources: readonly Resource[];
  resumeAt: string | undefined;
}

const NEVER = new AbortController().signal;

/** How a test connects. */
export interface ConnectOptions {
  gate?: CallGate;
  /** What is to be listed: in the first scope in which it is. Default: the first scope. */
  table?: Pick<ResourceTable<unknown, unknown>, 'isListedIn'>;
}

/** Connects, works in one of the account's scopes, and disconnects whatever happens. */
export async function withConnection<Result>(
  adapter: VendorAdapter,
  access: PeerAccess,
  work: (connected: ConnectedVendor) => Promise<Result>,
  { gate = openGate, table }: ConnectOptions = {},
): Promise<Result> {
  const connection = await adapter.connect({ ...access, gate, network: openNetwork }, NEVER);
  try {
    const scopes = await adapter.scopes(connection, NEVER);
    const scope = scopes.find((candidate) => table?.isListedIn?.(candidate) !== false);
    if (scope === undefined) throw new Error('the account has no scope');
    return await work({ connection, scope });
  } finally {
    await adapter.disconnect(connection);
  }
}

/** Lists a table to its end, as the engine would. Fails on a listing that ends without a last page. */
export async function listPages(
  table: ResourceTable<unknown, unknown>,
  { connection, scope }: ConnectedVendor,
  resumeAt?: string,
): Promise<ResourcePage[]> {
  const pages: ResourcePage[] = [];
  const listing = { connection, scope, signal: NEVER, ...(resumeAt === undefined ? {} : { resumeAt }) };
  for await (const page of table.pages(listing)) {
    const resources = page.items.map((item) => table.toResource(item, scope));
    pages.push({ resources, resumeAt: page.resumeAt });
    if (page.resumeAt === undefined) return pages;
  }
  throw new Error(`the listing of ${table.type} ended without its last page`);
}

/** All of a table's items, as the vendor sent them. */
export async function listItems(
  table: ResourceTable<unknown, unknown>,
  { connection, scope }: ConnectedVendor,
): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const page of table.pages({ connection, scope, signal: NEVER })) items.push(...page.items);
  return items;
}

/** All of a table's resources. */
export async function listResources(
  table: ResourceTable<unknown, unknown>,
  connected: ConnectedVendor,
): Promise<Resource[]> {
  const pages = await listPages(table, connected);
  return pages.flatMap(({ resources }) => resources);
}

/** An adapter's table of a type. */
export function tableOf(adapter: VendorAdapter, type: string): ResourceTable<unknown, unknown> {
  const table = adapter.tables.find((candidate) => candidate.type === type);
  if (table === undefined) throw new Error(`the vendor has no table ${type}`);
  return table;
}
