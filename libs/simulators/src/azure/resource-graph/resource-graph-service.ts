import { type Answer, jsonAnswer } from '../../http/answer.js';
import { armError } from '../arm-error.js';
import type { AzureEstate, GraphTable, SimulatedResource } from '../azure-estate.js';
import type { AzureFaults } from '../azure-faults.js';
import { type Row, rowsOf } from './evaluate-kql.js';
import { KqlError, parseKql, type Query } from './kql.js';

const TABLES: readonly GraphTable[] = ['resources', 'resourcecontainers', 'computeresources'];
const DEFAULT_ROWS = 100;
const MAX_ROWS = 1_000;
const SUBSCRIPTION_TYPE = 'Microsoft.Resources/subscriptions';
/** What Resource Graph tells of its quota: 15 queries in 5 seconds. */
const QUOTA_HEADERS = { 'x-ms-user-quota-remaining': '14', 'x-ms-user-quota-resets-after': '00:00:05' };

interface QueryRequest {
  query?: unknown;
  subscriptions?: unknown;
  managementGroups?: unknown;
  options?: { $top?: unknown; $skip?: unknown; $skipToken?: unknown; resultFormat?: unknown };
}

/** A simulated Azure Resource Graph. It reads its estate from the beginning for each page, one resource at a time. */
export class ResourceGraphService {
  constructor(
    private readonly estate: AzureEstate,
    private readonly faults: AzureFaults,
  ) {}

  answer(body: Buffer): Answer {
    try {
      return this.answerTo(JSON.parse(body.toString('utf8')) as QueryRequest);
    } catch (error) {
      if (error instanceof KqlError) return badRequest('InvalidQuery', error.message);
      if (error instanceof SyntaxError) return badRequest('InvalidJson', 'The body is not JSON.');
      throw error;
    }
  }

  private answerTo({ query: text, subscriptions, managementGroups, options = {} }: QueryRequest): Answer {
    if (typeof text !== 'string') return badRequest('InvalidQuery', 'Query is missing.');
    if (options.resultFormat !== 'objectArray')
      return badRequest('InvalidFormat', 'The simulator answers objectArray only.');
    const top = options.$top ?? DEFAULT_ROWS;
    if (typeof top !== 'number' || top < 1 || top > MAX_ROWS)
      return badRequest('InvalidTop', '$top must be 1 to 1000.');
    const query = parseKql(text);
    const wanted = this.scopeOf(textsOf(subscriptions), textsOf(managementGroups));
    if (wanted.length === 0) {
      const message = `There must be at least one subscription that is eligible to contain resources. Given: '${textsOf(subscriptions).join(', ')}'.`;
      return badRequest('NoValidSubscriptionsInQueryRequest', message);
    }
    const skip = offsetOf(options);
    if (skip === undefined) return badRequest('InvalidSkip', 'The rows to skip are not understood.');
    const { rows, totalRecords } = this.page(query, { subscriptions: wanted, skip, top });
    const isMore = skip + rows.length < totalRecords;
    const isPaged = rows.every((row) => typeof row['id'] === 'string');
    return jsonAnswer(
      200,
      {
        totalRecords,
        count: rows.length,
        data: rows,
        facets: [],
        resultTruncated: isMore && !isPaged ? 'true' : 'false',
        ...(isMore && isPaged ? { $skipToken: tokenOf(skip + rows.length) } : {}),
      },
      QUOTA_HEADERS,
    );
  }

  private scopeOf(subscriptions: readonly string[], managementGroups: readonly string[]): string[] {
    const ids = subscriptions.map((id) => id.toLowerCase());
    return this.estate.subscriptions
      .filter(({ subscriptionId, managementGroups: groups, state }) => {
        const isNamed = ids.includes(subscriptionId.toLowerCase());
        const isBelow = groups.some((group) => managementGroups.includes(group));
        return (isNamed || isBelow) && state !== 'Deleted' && !this.faults.isHidden(subscriptionId);
      })
      .map(({ subscriptionId }) => subscriptionId)
      .sort();
  }

  /** Up to `top` rows behind the first `skip`, and how many there are in all. */
  private page(
    query: Query,
    { subscriptions, skip, top }: { subscriptions: string[]; skip: number; top: number },
  ) {
    const rows: Row[] = [];
    let totalRecords = 0;
    for (const resource of this.resources(query, subscriptions)) {
      if (!this.isReadable(resource)) continue;
      const near = () => [...this.estate.near(resource)].filter((other) => this.isReadable(other));
      for (const row of rowsOf(query, { resource, near })) {
        if (totalRecords >= skip && rows.length < top) rows.push(row);
        totalRecords += 1;
      }
    }
    return { rows, totalRecords };
  }

  /** What a disabled subscription has is documented nowhere; nothing at all is the worst for who reads it. */
  private isDisabled(id: string): boolean {
    return this.estate.subscriptions.some(
      ({ subscriptionId, state }) => subscriptionId === id && state === 'Disabled',
    );
  }

  private *resources(query: Query, subscriptions: readonly string[]) {
    const table = TABLES.find((candidate) => candidate === query.source);
    if (table === undefined) throw new KqlError(`Table '${query.source}' was not found`);
    for (const id of subscriptions) {
      if (this.isDisabled(id)) continue;
      // The subscription itself is a container, and sorts before what it contains.
      yield* this.containersOf(table, id);
      const count = this.estate.blockCount(table, id);
      for (let block = 0; block < count; block++) yield* this.estate.block(table, id, block).resources;
    }
  }

  private containersOf(table: GraphTable, subscriptionId: string): SimulatedResource[] {
    const found = this.estate.subscriptions.find((candidate) => candidate.subscriptionId === subscriptionId);
    if (table !== 'resourcecontainers' || found === undefined) return [];
    return [
      {
        id: `/subscriptions/${subscriptionId}`,
        name: found.displayName,
        type: SUBSCRIPTION_TYPE,
        location: '',
        resourceGroup: '',
        properties: { state: found.state },
      },
    ];
  }

  /** What the application may not read is left out, and nothing says so. */
  private isReadable({ type }: SimulatedResource): boolean {
    return !this.faults.isDenied(`${type}/read`);
  }
}

/** Which rows to skip: as a token says it, unless it is said outright. */
function offsetOf({
  $skip: skip,
  $skipToken: token,
}: NonNullable<QueryRequest['options']>): number | undefined {
  const offset =
    skip ??
    (typeof token === 'string' ? Number(Buffer.from(token, 'base64').toString('utf8')) : (token ?? 0));
  return typeof offset === 'number' && Number.isInteger(offset) && offset >= 0 ? offset : undefined;
}

function tokenOf(offset: number): string {
  return Buffer.from(String(offset)).toString('base64');
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((text) => typeof text === 'string') : [];
}

/** Resource Graph says what is bad in the details only. */
function badRequest(code: string, message: string): Answer {
  const support = 'Please provide below info when asking for support: timestamp = 2026-01-01T00:00:00Z.';
  return jsonAnswer(400, armError('BadRequest', support, [{ code, message }]));
}
