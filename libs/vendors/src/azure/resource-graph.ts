import type { JsonObject, JsonValue } from '#domain';

import { AzureError } from './azure-error.js';
import type { ResourceManagerClient } from './http/resource-manager-client.js';
import { RESOURCE_GRAPH_API } from './quotas.js';

/** The newest that the sovereign clouds have, too. */
const API_VERSION = '2022-10-01';
const OPERATION = 'Resource Graph';
const BAD_REQUEST = 400;

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

export interface GraphPage<Row> {
  rows: readonly Row[];
  /** Where it goes on; bound to the query and its subscriptions. Absent on the last page. */
  skipToken?: string;
}

interface GraphAnswer<Row> {
  data?: readonly Row[];
  $skipToken?: string;
  resultTruncated?: string;
}

/** One page of a query's rows. */
export async function graphPage<Row = GraphRow>(
  client: ResourceManagerClient,
  { query, ...where }: GraphQuery,
  { rowsPerPage, skipToken }: { rowsPerPage: number; skipToken?: string | undefined },
  signal: AbortSignal,
): Promise<GraphPage<Row>> {
  const options = {
    resultFormat: 'objectArray',
    $top: rowsPerPage,
    ...(skipToken === undefined ? {} : { $skipToken: skipToken }),
  };
  const body = { query, ...(where as JsonObject), options };
  const path = `/providers/Microsoft.ResourceGraph/resources?api-version=${API_VERSION}`;
  const call = { api: RESOURCE_GRAPH_API, operation: OPERATION, path, body };
  try {
    const answer = await client.call<GraphAnswer<Row>>(call, signal);
    const { data, $skipToken: next, resultTruncated } = answer;
    const facts = { host: client.host, operation: OPERATION };
    if (!Array.isArray(data)) throw new AzureError('MALFORMED_ANSWER', facts);
    // A page that leads back to itself would be listed for ever; one that is cut off has no continuation.
    if (next !== undefined && next === skipToken) throw new AzureError('REPEATED_PAGE', facts);
    if (next === undefined && resultTruncated === 'true') throw new AzureError('TRUNCATED', facts);
    return { rows: data, ...(next === undefined ? {} : { skipToken: next }) };
  } catch (error) {
    throw skipToken === undefined ? error : refusedToken(error);
  }
}

/**
 * Which code Resource Graph has for a token that it does not know (any more) is documented nowhere. The same query
 * was understood without it, so any other complaint about it is of the token.
 */
function refusedToken(error: unknown): unknown {
  if (!(error instanceof AzureError) || error.facts.status !== BAD_REQUEST) return error;
  if (error.facts.codes?.includes('NoValidSubscriptionsInQueryRequest') === true) return error;
  return new AzureError('SKIP_TOKEN_REFUSED', error.facts, { cause: error });
}
