import { createHash } from 'node:crypto';

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
  options?: { $top?: unknown; $skipToken?: unknown; resultFormat?: unknown };
}

/** Where a listing goes on: a subscription, a block of it, a resource in the block. */
interface Place {
  subscription: number;
  block: number;
  offset: number;
}

/** A simulated Azure Resource Graph. It makes no more of an estate than the page that is asked for. */
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
    const seal = createHash('sha256')
      .update(JSON.stringify([text, wanted, this.faults.skipTokenEpoch]))
      .digest('base64url');
    const start = placeOf(options.$skipToken, seal);
    if (start === undefined)
      return badRequest('InvalidSkipToken', 'The skip token is not valid for this query.');
    const { rows, next } = this.page(query, { subscriptions: wanted, start, top });
    const isPaged = rows.every((row) => typeof row['id'] === 'string');
    const more =
      next === undefined ? undefined : Buffer.from(JSON.stringify({ seal, ...next })).toString('base64');
    return jsonAnswer(
      200,
      {
        count: rows.length,
        data: rows,
        facets: [],
        resultTruncated: more !== undefined && !isPaged ? 'true' : 'false',
        ...(more === undefined || !isPaged ? {} : { $skipToken: more }),
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

  /** Up to `top` rows from a place on, and the place of the next row, if there is one. */
  private page(
    query: Query,
    { subscriptions, start, top }: { subscriptions: string[]; start: Place; top: number },
  ) {
    const rows: Row[] = [];
    for (const { resource, place } of this.resources(query, subscriptions, start)) {
      if (!this.isReadable(resource)) continue;
      const near = () => [...this.estate.near(resource)].filter((other) => this.isReadable(other));
      for (const row of rowsOf(query, { resource, near })) {
        if (rows.length === top) return { rows, next: place };
        rows.push(row);
      }
    }
    return { rows, next: undefined };
  }

  /** What a disabled subscription has is documented nowhere; nothing at all is the worst for who reads it. */
  private isDisabled(id: string): boolean {
    return this.estate.subscriptions.some(
      ({ subscriptionId, state }) => subscriptionId === id && state === 'Disabled',
    );
  }

  private *resources(query: Query, subscriptions: readonly string[], start: Place) {
    const table = TABLES.find((candidate) => candidate === query.source);
    if (table === undefined) throw new KqlError(`Table '${query.source}' was not found`);
    for (let subscription = start.subscription; subscription < subscriptions.length; subscription++) {
      const id = subscriptions[subscription] ?? '';
      if (this.isDisabled(id)) continue;
      const isFirst = subscription === start.subscription;
      const count = this.estate.blockCount(table, id);
      // The subscription itself is a container, and sorts before what it contains.
      for (let block = isFirst ? start.block : -1; block < count; block++) {
        const resources =
          block < 0 ? this.containersOf(table, id) : this.estate.block(table, id, block).resources;
        const from = isFirst && block === start.block ? start.offset : 0;
        for (const [offset, resource] of resources.entries()) {
          if (offset >= from) yield { resource, place: { subscription, block, offset } };
        }
      }
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

function placeOf(skipToken: unknown, seal: string): Place | undefined {
  if (skipToken === undefined) return { subscription: 0, block: -1, offset: 0 };
  if (typeof skipToken !== 'string') return undefined;
  try {
    const token = JSON.parse(Buffer.from(skipToken, 'base64').toString('utf8')) as Place & { seal?: string };
    return token.seal === seal ? token : undefined;
  } catch {
    return undefined;
  }
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((text) => typeof text === 'string') : [];
}

/** Resource Graph says what is bad in the details only. */
function badRequest(code: string, message: string): Answer {
  const support = 'Please provide below info when asking for support: timestamp = 2026-01-01T00:00:00Z.';
  return jsonAnswer(400, armError('BadRequest', support, [{ code, message }]));
}
