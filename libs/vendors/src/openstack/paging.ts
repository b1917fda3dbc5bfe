import type { JsonObject, JsonValue } from '#domain';

import { OpenstackError } from './openstack-error.js';

/** Where a listing goes on: behind an item, or behind so many items of which the last is known. */
export interface PagePlace {
  /** The last items of the page, the last one first: should that be gone, the one before it does as well. */
  markers: string[];
  /** How many items came before, of an API that counts them. */
  offset?: number;
}

/** One page of an API's listing. */
export interface AnsweredPage {
  items: JsonObject[];
  /** Absent on the last page. */
  place?: PagePlace;
}

/** A listing of which pages are asked for. */
export interface PagedListing {
  /** Where the answer has its items. */
  collection: string;
  itemsPerPage: number;
  /** What tells an item from others, and is its place in the listing. */
  markerOf: (item: JsonObject) => string;
  ask: (query: Readonly<Record<string, string>>) => Promise<JsonObject>;
  /** For errors. */
  host: () => Promise<string>;
  resumeAt: PagePlace | undefined;
}

export type Paging = (listing: PagedListing) => AsyncGenerator<AnsweredPage, void, undefined>;

/** So many of a page's last items would all have to be deleted for its place to be lost. */
const MARKERS_KEPT = 3;

/**
 * Pages by `limit` and `marker`. There is a next page where the answer says so: a page that is full may be the last, and
 * one that is not may be the server's own, smaller limit. The link itself is not followed: behind a proxy it often
 * leads to a host that is not there for us.
 */
export const byMarker: Paging = async function* (listing) {
  const { itemsPerPage, markerOf } = listing;
  let place = listing.resumeAt;
  let first: string | undefined;
  for (;;) {
    const document = await askBehind(listing, place?.markers ?? [], { limit: String(itemsPerPage) });
    const items = await itemsOf(listing, document);
    const [begin] = items;
    if (!hasNext(document, listing.collection)) {
      yield { items };
      return;
    }
    if (begin === undefined || markerOf(begin) === first) {
      throw new OpenstackError('REPEATED_PAGE', { host: await listing.host() });
    }
    first = markerOf(begin);
    place = { markers: lastMarkers(items, markerOf) };
    yield { items, place };
  }
};

/**
 * Pages by `limit` and `offset`. Each page begins with the last item of the page before: it is not where it was when
 * something in front of it was deleted, and something behind it would then be passed over.
 */
export const byOffset: Paging = async function* (listing) {
  const { itemsPerPage, markerOf } = listing;
  let { offset = 0, markers } = listing.resumeAt ?? { markers: [] };
  for (;;) {
    const [known] = markers;
    const overlap = known === undefined ? 0 : 1;
    const query = { limit: String(itemsPerPage + overlap), offset: String(offset - overlap) };
    const items = await itemsOf(listing, await listing.ask(query));
    if (known !== undefined && (items[0] === undefined || markerOf(items[0]) !== known)) {
      throw new OpenstackError('MARKER_GONE', { host: await listing.host() });
    }
    const added = items.slice(overlap);
    if (added.length === 0) {
      yield { items: [] };
      return;
    }
    offset += added.length;
    markers = lastMarkers(added, markerOf).slice(0, 1);
    yield { items: added, place: { markers, offset } };
  }
};

/** Asks behind the first of the markers that is still there. */
async function askBehind(
  listing: PagedListing,
  [marker, ...others]: readonly string[],
  query: Readonly<Record<string, string>>,
): Promise<JsonObject> {
  if (marker === undefined) return await listing.ask(query);
  try {
    return await listing.ask({ ...query, marker });
  } catch (error) {
    const isGone = error instanceof OpenstackError && error.code === 'MARKER_GONE';
    if (!isGone || others.length === 0) throw error;
  }
  return await askBehind(listing, others, query);
}

/** @throws {OpenstackError} where there is no list: an answer without it is no empty one */
async function itemsOf({ collection, host }: PagedListing, document: JsonObject): Promise<JsonObject[]> {
  const list = document[collection];
  if (!Array.isArray(list)) throw new OpenstackError('MALFORMED_ANSWER', { host: await host() });
  return list as JsonObject[];
}

function lastMarkers(items: readonly JsonObject[], markerOf: (item: JsonObject) => string): string[] {
  return items.slice(-MARKERS_KEPT).map(markerOf).reverse();
}

/** `servers_links: [{ rel: 'next' }]`; Glance and Magnum: `next`; Designate: `links: { next }`. */
function hasNext(document: JsonObject, collection: string): boolean {
  const links = document[`${collection}_links`];
  const hasLink = Array.isArray(links) && links.some((link) => fieldOf(link, 'rel') === 'next');
  return hasLink || isText(document['next']) || isText(fieldOf(document['links'], 'next'));
}

function fieldOf(value: JsonValue | undefined, field: string): JsonValue | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? value[field] : undefined;
}

function isText(value: JsonValue | undefined): boolean {
  return typeof value === 'string' && value !== '';
}
