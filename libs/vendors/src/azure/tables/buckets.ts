import { SyncError } from '#domain';
import { defineResourceTable, type Page, type ResourceTable } from '#vendor-kit';

import { AzureError } from '../azure-error.js';
import { type AzureTable, resourceOf } from '../azure-table.js';
import type { AzureConnection } from '../connection.js';
import type { ListPage } from '../http/resource-manager-client.js';
import { STORAGE_API } from '../quotas.js';
import type { GraphRow } from '../resource-graph.js';
import { AZURE_TYPES, nativeIdOf, readAction } from '../resource-types.js';

const API_VERSION = '2023-05-01';
const ACCOUNTS = AZURE_TYPES.storageAccounts[0];
const PERMISSIONS = [ACCOUNTS, ...AZURE_TYPES.buckets].map(readAction);
const BAD_REQUEST = 400;
/** An account of files only has no containers, which Azure says by an error; and one may be gone by now. */
const WITHOUT_CONTAINERS = ['FeatureNotSupportedForAccount', 'ResourceNotFound', 'ResourceGroupNotFound'];

/** A storage account, as far as its containers need it. */
interface StorageAccount {
  id: string;
  location: string;
}

const TABLE: AzureTable = {
  type: 'buckets',
  permissions: PERMISSIONS,
  condition: () => ({ status: 'available' }),
  moreRelations: ({ id }) => [['contained_in', id.replace(/\/blobServices\/.*$/i, '')]],
  // Whoever writes through a lease changes them.
  volatile: ['/properties/leaseState', '/properties/leaseStatus'],
};

/** Where a listing is: in which storage account, and behind which of its pages. */
interface Place {
  account: string;
  /** Azure's own link; absent at the account's beginning. */
  link?: string | undefined;
}

interface Reading {
  connection: AzureConnection;
  subscriptionId: string;
  signal: AbortSignal;
}

/**
 * Blob containers, which Resource Graph doesn't have: asked of Azure Resource Manager, one storage account after the
 * other in the order of their ids, so that a place outlives accounts that come and go. No right to data is needed.
 */
export const buckets: ResourceTable<AzureConnection, GraphRow> = defineResourceTable<
  AzureConnection,
  GraphRow
>({
  type: TABLE.type,
  permissions: PERMISSIONS,
  ...(TABLE.volatile === undefined ? {} : { volatile: TABLE.volatile }),

  async *pages({ connection, scope: { key: subscriptionId }, resumeAt, signal }) {
    const { access } = connection;
    signal.throwIfAborted();
    await access.checkEnabled(subscriptionId, signal);
    const reading = { connection, subscriptionId, signal };
    const begin = resumeAt === undefined ? undefined : (JSON.parse(resumeAt) as Place);
    for await (const page of containerPages(reading, begin)) {
      if (page.resumeAt === undefined) {
        // As of all types: only asked at the end do they tell that nothing was left out of what came before.
        await access.checkEnabled(subscriptionId, signal);
        await access.checkActions(PERMISSIONS, subscriptionId, signal);
      }
      yield page;
    }
  },

  toResource: (row) => resourceOf(row, TABLE),
});

async function* containerPages(
  reading: Reading,
  begin: Place | undefined,
): AsyncGenerator<Page<GraphRow>, void, undefined> {
  const accounts = (await storageAccounts(reading)).filter(
    ({ id }) => begin === undefined || nativeIdOf(id) >= begin.account,
  );
  for (const [index, account] of accounts.entries()) {
    const key = nativeIdOf(account.id);
    const following = accounts[index + 1];
    let link = begin?.account === key ? begin.link : undefined;
    do {
      const { value, nextLink } = await containersOf(account, link, reading);
      link = nextLink;
      const place: Place | undefined =
        link === undefined ? following && { account: nativeIdOf(following.id) } : { account: key, link };
      const items = value.map((container) => ({ ...container, location: account.location }));
      if (place !== undefined) yield { items, resumeAt: JSON.stringify(place) };
      else yield { items };
    } while (link !== undefined);
  }
  if (accounts.length === 0) yield { items: [] };
}

/** All of a subscription, by id: Azure allows some hundred in each region. */
async function storageAccounts({
  connection: { client },
  subscriptionId,
  signal,
}: Reading): Promise<StorageAccount[]> {
  const path = `/subscriptions/${subscriptionId}/providers/${ACCOUNTS}?api-version=${API_VERSION}`;
  const call = { api: `${STORAGE_API}/${subscriptionId}`, operation: 'the list of storage accounts', path };
  const found: StorageAccount[] = [];
  for await (const page of client.pages<GraphRow>(call, signal)) {
    for (const { id, location } of listOf(page, client.host)) found.push({ id, location: location ?? '' });
  }
  return found.sort((one, other) => (nativeIdOf(one.id) < nativeIdOf(other.id) ? -1 : 1));
}

/** A page of an account's containers. */
async function containersOf(
  { id }: StorageAccount,
  link: string | undefined,
  { connection: { client, rowsPerPage }, subscriptionId, signal }: Reading,
): Promise<{ value: readonly GraphRow[]; nextLink: string | undefined }> {
  const first = `${id}/blobServices/default/containers?api-version=${API_VERSION}&$maxpagesize=${String(rowsPerPage)}`;
  const call = {
    api: `${STORAGE_API}/${subscriptionId}`,
    operation: 'the list of blob containers',
    path: link ?? first,
  };
  try {
    const page = await client.call<ListPage<GraphRow>>(call, signal);
    const nextLink = page.nextLink || undefined;
    if (nextLink !== undefined && nextLink === link)
      throw new SyncError('bug', 'Azure answered a page of blob containers with a link to the same page.');
    return { value: listOf(page, client.host), nextLink };
  } catch (error) {
    if (!(error instanceof AzureError)) throw error;
    if (WITHOUT_CONTAINERS.includes(error.code)) return { value: [], nextLink: undefined };
    if (link !== undefined && error.facts.status === BAD_REQUEST)
      throw new AzureError('LISTING_MOVED', error.facts, { cause: error });
    throw error;
  }
}

/** @throws {AzureError} for an answer without its list, which is none of nothing */
function listOf<Item>({ value }: ListPage<Item>, host: string): readonly Item[] {
  if (value === undefined || !Array.isArray(value)) throw new AzureError('MALFORMED_ANSWER', { host });
  return value as readonly Item[];
}
