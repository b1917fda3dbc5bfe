import type { JsonObject, JsonValue } from '#domain';

import { AzureError } from './azure-error.js';
import type { ResourceManagerClient } from './http/resource-manager-client.js';
import { RESOURCE_GRAPH_API } from './quotas.js';

/** The newest that the sovereign clouds have, too. */
const API_VERSION = '2022-10-01';
const OPERATION = 'Resource Graph';
/** The most rows that it answers with. */
const MAX_ROWS = 1_000;
/** Rows that a page has in common with the one before, where pages are large. */
const OVERLAP = 50;

/** A row of Resource Graph. What it has of these depends on the type. */
export interface GraphRow {
  id: string;
  name: string;
  /** In lower case. */
  type: string;
  location?: string | null;
  zones?: readonly string[] | null;
  tags?: Readonly<Record<string, JsonValue>> | null;
  properties?: JsonObject | null;
  [column: string]: JsonValue | readonly string[] | Readonly<Record<string, JsonValue>> | null | undefined;
}

/** What is asked of Resource Graph. */
export interface GraphQuery {
  query: string;
  subscriptions?: readonly string[];
  managementGroups?: readonly string[];
}

export interface GraphPage {
  rows: readonly GraphRow[];
  /** Where it goes on; absent on the last page. */
  resumeAt?: string;
}

interface GraphAnswer {
  data?: readonly GraphRow[];
  $skipToken?: string;
  resultTruncated?: string;
  totalRecords?: number;
}

/** Behind what a listing goes on. */
interface Place {
  /** How many rows there were. */
  offset: number;
  /** The id of the last of them. */
  last: string;
}

/**
 * The rows of a query that is ordered by id, page by page.
 *
 * Resource Graph counts rows from the beginning, and so do its own tokens ("capturing the next page size and
 * offset"): when something is deleted meanwhile, all that is behind it moves up, and what moves over a page's edge
 * would never be seen, and so be taken for deleted. So a page begins with rows that were seen, what is behind the
 * last of them is new, and if that one isn't there, the listing starts anew.
 * @throws {AzureError} `LISTING_MOVED` then
 */
export async function* graphPages(
  client: ResourceManagerClient,
  query: GraphQuery,
  { rowsPerPage, resumeAt }: { rowsPerPage: number; resumeAt?: string | undefined },
  signal: AbortSignal,
): AsyncGenerator<GraphPage, void, undefined> {
  let place = placeOf(resumeAt);
  for (;;) {
    const skip = Math.max(0, place.offset - Math.min(OVERLAP, rowsPerPage));
    const top = Math.min(MAX_ROWS, rowsPerPage + place.offset - skip);
    const { rows, isLast } = await answerTo(client, query, { skip, top }, signal);
    const fresh = place.offset === 0 ? rows : rows.slice(seenOf(rows, place.last, client.host));
    const last = fresh.at(-1);
    if (isLast) {
      yield { rows: fresh };
      return;
    }
    // There is more, says Resource Graph, and sends none of it.
    if (last === undefined) throw moved(client.host);
    place = { offset: skip + rows.length, last: last.id };
    yield { rows: fresh, resumeAt: `${String(place.offset)}:${place.last}` };
  }
}

async function answerTo(
  client: ResourceManagerClient,
  { query, ...where }: GraphQuery,
  { skip, top }: { skip: number; top: number },
  signal: AbortSignal,
) {
  const options = { resultFormat: 'objectArray', $top: top, $skip: skip };
  const body = { query, ...(where as JsonObject), options };
  const path = `/providers/Microsoft.ResourceGraph/resources?api-version=${API_VERSION}`;
  const call = { api: RESOURCE_GRAPH_API, operation: OPERATION, path, body };
  const answer = await client.call<GraphAnswer>(call, signal);
  const { data, $skipToken: token, resultTruncated, totalRecords = 0 } = answer;
  const facts = { host: client.host, operation: OPERATION };
  if (!Array.isArray(data)) throw new AzureError('MALFORMED_ANSWER', facts);
  const rows: readonly GraphRow[] = data;
  const isLast = token === undefined && skip + rows.length >= totalRecords;
  // Rows without an id cannot be gone on with.
  if (token === undefined && resultTruncated === 'true') throw new AzureError('TRUNCATED', facts);
  return { rows, isLast };
}

function placeOf(resumeAt: string | undefined): Place {
  if (resumeAt === undefined) return { offset: 0, last: '' };
  const split = resumeAt.indexOf(':');
  return { offset: Number(resumeAt.slice(0, split)), last: resumeAt.slice(split + 1) };
}

/** How many rows of a page were seen: those up to the last that was. */
function seenOf(rows: readonly GraphRow[], last: string, host: string): number {
  const index = rows.findLastIndex(({ id }) => id.toLowerCase() === last.toLowerCase());
  if (index === -1) throw moved(host);
  return index + 1;
}

function moved(host: string): AzureError {
  return new AzureError('LISTING_MOVED', { host, operation: OPERATION });
}
