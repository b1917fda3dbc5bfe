import type { JsonObject } from '#domain';

import { jsonAnswer } from '../http/answer.js';
import type { SimulatedRequest } from '../http/simulator-server.js';
import {
  numberIn,
  type RestCloud,
  type RestRoute,
  type RestSimulator,
  type RestSimulatorOptions,
  sameWith,
  startRestSimulator,
} from './rest-simulator.js';

/**
 * An invented small cloud. Its API lists collections by `limit` and, as one likes, `after`, `page` or `offset`:
 * `{ "data": […], "meta": { "total", "pages", "next_cursor", "next" } }`, and a Link header.
 */
export class NimbusEstate {
  /** By collection: `servers`. In the order in which they are listed. */
  readonly collections: Record<string, NimbusRecord[]> = {};

  /** The records of a collection, which may be changed. */
  of(collection: string): NimbusRecord[] {
    return (this.collections[collection] ??= []);
  }
}

/** A record of any collection. */
export interface NimbusRecord extends JsonObject {
  id: string;
  label: string;
  state: string;
}

export interface NimbusOptions extends RestSimulatorOptions {
  estate?: NimbusEstate;
}

/** A running Nimbus. */
export interface NimbusSimulator extends RestSimulator {
  readonly estate: NimbusEstate;
  /** The key's name, and the key. */
  readonly keyName: string;
  readonly key: string;
}

const KEY_NAME = 'muster';
const KEY = 'nimbus-5ecret-key';
const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

/** What a collection of Nimbus is in our vocabulary. */
export const NIMBUS_COLLECTIONS: Readonly<Record<string, string>> = {
  addresses: 'publicips',
  buckets: 'buckets',
  cards: 'networkInterfaces',
  clusters: 'clusters',
  databases: 'instances',
  disks: 'volumes',
  firewalls: 'securityGroups',
  functions: 'functions',
  gateways: 'natGateways',
  groups: 'scalingGroups',
  hosts: 'hosts',
  images: 'images',
  keys: 'keypairs',
  lans: 'networks',
  balancers: 'loadbalancers',
  networks: 'vpcs',
  projects: 'otherResources',
  routes: 'routeTables',
  servers: 'cloudservers',
  snapshots: 'snapshots',
  subnets: 'subnets',
  zones: 'zones',
};

const STATES = ['RUNNING', 'HALTED', 'BUILDING', 'BROKEN'];
const PLACES = ['north', 'south'];

/** A record of the invented kind. */
export function nimbusRecord(collection: string, number: number): NimbusRecord {
  const place = PLACES[number % PLACES.length] ?? '';
  return {
    id: `${collection}-${String(number).padStart(4, '0')}`,
    label: `${collection.slice(0, -1)} ${String(number)}`,
    state: STATES[number % STATES.length] ?? '',
    site: { name: place, room: `${place}-${String(number % 3)}` },
    ips: [`10.20.${String(Math.floor(number / 250))}.${String((number % 250) + 1)}`],
    labels: { team: number % 2 === 0 ? 'shop' : 'search' },
    created: 1_700_000_000 + number * 3_600,
    ...(collection === 'disks' ? { server: `servers-${String(number).padStart(4, '0')}` } : {}),
  };
}

/** An estate with so many records in each collection. */
export function nimbusEstate(counts: Readonly<Record<string, number>>): NimbusEstate {
  const estate = new NimbusEstate();
  for (const [collection, count] of Object.entries(counts)) {
    for (let number = 1; number <= count; number++) {
      estate.of(collection).push(nimbusRecord(collection, number));
    }
  }
  return estate;
}

const DEMO_COUNTS = { servers: 120, disks: 150, images: 8, networks: 4, subnets: 9, addresses: 20, hosts: 6 };

/** Starts a Nimbus. */
export async function startNimbus({ estate, ...options }: NimbusOptions = {}): Promise<NimbusSimulator> {
  const held = estate ?? nimbusEstate(DEMO_COUNTS);
  const simulator = await startRestSimulator(nimbusCloud(held), options);
  return { ...simulator, estate: held, keyName: KEY_NAME, key: KEY };
}

function nimbusCloud(estate: NimbusEstate): RestCloud {
  return {
    refuse: ({ headers }) =>
      headers['x-nimbus-key'] === `${KEY_NAME}:${KEY}`
        ? undefined
        : jsonAnswer(401, { error: { code: 'bad_key', message: 'The key is not known.' } }),
    routes: Object.keys(NIMBUS_COLLECTIONS).map((collection): RestRoute => ({
      path: `/v1/${collection}`,
      name: collection,
      answer: (request) => listOf(estate.of(collection), request),
    })),
  };
}

function listOf(records: readonly NimbusRecord[], request: SimulatedRequest) {
  const limit = Math.min(numberIn(request, 'limit', DEFAULT_LIMIT), MAX_LIMIT);
  const after = request.url.searchParams.get('after');
  if (after !== null && !after.startsWith('id:')) {
    return jsonAnswer(400, { error: { code: 'bad_cursor', message: 'The cursor is not known.' } });
  }
  const first = firstOf(records, request, limit);
  const data = records.slice(first, first + limit);
  const hasMore = first + limit < records.length;
  const cursor = hasMore ? `id:${data.at(-1)?.id ?? ''}` : null;
  const next = cursor === null ? null : sameWith(request, { after: cursor });
  const meta = {
    total: records.length,
    pages: Math.ceil(records.length / limit),
    next_cursor: cursor,
    next,
  };
  return jsonAnswer(200, { data, meta }, next === null ? {} : { Link: `<${next}>; rel="next"` });
}

/** Where the page begins; behind a record, that is where the next larger id is, should it be gone. */
function firstOf(records: readonly NimbusRecord[], request: SimulatedRequest, limit: number): number {
  const after = request.url.searchParams.get('after')?.slice('id:'.length);
  if (after !== undefined) {
    const next = records.findIndex(({ id }) => id > after);
    return next === -1 ? records.length : next;
  }
  const page = numberIn(request, 'page', 0);
  return page > 0 ? (page - 1) * limit : numberIn(request, 'offset', 0);
}

/** How Nimbus' pages may be asked for. */
export const NIMBUS_PAGINATIONS = {
  cursor: { type: 'cursor', parameter: 'after', cursor: 'meta.next_cursor', total: 'meta.total' },
  page: { type: 'page', parameter: 'page', total_pages: 'meta.pages' },
  offset: { type: 'offset', parameter: 'offset', total: 'meta.total' },
  next_link: { type: 'next_link', next: 'meta.next' },
  link_header: { type: 'link_header' },
} as const;
export type NimbusPagination = keyof typeof NIMBUS_PAGINATIONS;

export interface NimbusConnectorOptions {
  /** Records a page. */
  limit?: number;
  /** How each collection is read that shall be. Default: all, by cursor. */
  collections?: Readonly<Record<string, NimbusPagination>>;
}

/** The connector that reads a Nimbus. */
export function nimbusConnector(url: string, { limit = 100, collections }: NimbusConnectorOptions = {}) {
  const read =
    collections ?? Object.fromEntries(Object.keys(NIMBUS_COLLECTIONS).map((name) => [name, 'cursor']));
  return {
    version: 1,
    base_url: `${url}/v1`,
    auth: { type: 'header', name: 'X-Nimbus-Key', value: '${ak}:${sk}' },
    ...(url.startsWith('http:') ? { allow_insecure_http: true } : {}),
    requests_per_second: 100,
    errors: { code: 'error.code', message: 'error.message', kinds: { bad_cursor: 'cursor_expired' } },
    streams: Object.entries(read).map(([name, pagination]) => ({
      name,
      type: NIMBUS_COLLECTIONS[name] ?? 'otherResources',
      request: { path: `/${name}`, query: { limit } },
      records: 'data',
      pagination: NIMBUS_PAGINATIONS[pagination],
      mapping: {
        id: 'id',
        name: 'label',
        status: 'state',
        region: 'site.name',
        zone: 'site.room',
        addresses: 'ips',
        tags: 'labels',
        created_at: 'created',
        ...(name === 'disks'
          ? { relations: [{ kind: 'attached_to', type: 'cloudservers', id: 'server' }] }
          : {}),
      },
      states: { BROKEN: 'error' },
    })),
  };
}
