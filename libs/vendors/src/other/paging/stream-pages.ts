import type { JsonObject, JsonValue } from '#domain';
import type { Page } from '#vendor-kit';

import { ExpressionError } from '../mapping/expression.js';
import { isObject, MappingError } from '../mapping/record-mapper.js';
import { OtherError } from '../other-error.js';
import { type ApiClient, factsOf } from '../requests/api-client.js';
import type { OutgoingRequest } from '../requests/outgoing-request.js';
import type { Stream } from '../stream.js';
import { digestOf, type PagePlace, readPlace, writtenPlace } from './page-place.js';
import { type PageStart, PagingError, type ReadPage } from './pager.js';

/** Bounds of a listing, whatever the cloud answers. An answer's bytes are bounded by the HTTP client. */
const MAX_PAGES = 20_000;
const MAX_RECORDS_PER_PAGE = 20_000;

/** What a cloud answers to the request for a page that it doesn't know any more. */
const REFUSED_PLACE = [400, 404, 410, 416, 422];

/** A record, and where it was found. */
export interface StreamRecord {
  stream: Stream;
  record: JsonObject;
  /** From 1 on. */
  page: number;
  row: number;
}

/** From where on a listing is read. */
export interface PlaceAsked {
  resumeAt?: string | undefined;
  signal: AbortSignal;
}

/** What is read with. */
export interface Reading extends PlaceAsked {
  client: ApiClient;
}

/** One page of a stream, as the cloud sent it. */
export interface StreamPage extends ReadPage {
  records: number;
  items: JsonValue[];
}

/** The pages of a stream from a place on. Those without records are passed over but for the last. */
export async function* streamPages(
  stream: Stream,
  { client, resumeAt, signal }: Reading,
): AsyncGenerator<Page<StreamRecord>, void, undefined> {
  let place = placeOf(stream, resumeAt);
  const starts = new Set<string>();
  for (;;) {
    signal.throwIfAborted();
    const { start = stream.pager.first } = place;
    const page = await readPage(stream, client, { start, seen: place.seen, signal });
    const request = stream.requestAt(start);
    const next = inStream(stream, request, () => nextPlace(stream, place, page));
    const items = identified(stream, request, { page, number: place.pages + 1 });
    if (next === undefined) {
      yield { items };
      return;
    }
    refuseRepeated(stream, request, { next, starts });
    if (items.length > 0) yield { items, resumeAt: writtenPlace(next) };
    place = next;
  }
}

function placeOf(stream: Stream, resumeAt: string | undefined): PagePlace {
  if (resumeAt === undefined) return { stream: stream.digest, pages: 0, seen: 0 };
  const place = readPlace(resumeAt, stream.digest);
  if (place !== undefined) return place;
  const { url } = stream.requestAt(undefined);
  throw new OtherError('CHANGED', { host: url.host, stream: stream.name });
}

/** Where a page is, and what came before it. */
export interface PageAsked {
  start: PageStart | undefined;
  /** Records on the pages before it. */
  seen: number;
  signal: AbortSignal;
}

/**
 * One page.
 * @throws {OtherError} when there is none, or it has no list of records
 */
export async function readPage(
  stream: Stream,
  client: ApiClient,
  { start, seen, signal }: PageAsked,
): Promise<StreamPage> {
  const request = stream.requestAt(start);
  const { errors, name } = stream;
  const { document, headers } = await client
    .call({ request, stream: name, errors }, signal)
    .catch((error: unknown) => {
      throw start === stream.pager.first ? error : refusedPlace(stream, error);
    });
  const items = recordsIn(stream, request, document);
  const { url } = request;
  return { document, headers, url, start, items, records: items.length, seen: seen + items.length };
}

/** The same was understood of the first page, so a complaint is of the place. Numbers of pages are always known. */
function refusedPlace({ pager }: Stream, error: unknown): unknown {
  if (!(error instanceof OtherError) || pager.isByPosition) return error;
  const { status = 0, kind } = error.facts;
  if (kind !== undefined || !REFUSED_PLACE.includes(status)) return error;
  return new OtherError('CURSOR_REFUSED', error.facts, { cause: error });
}

/** What is no list is never taken for an empty one. */
function recordsIn(stream: Stream, request: OutgoingRequest, document: JsonValue): JsonValue[] {
  const facts = factsOf({ request, stream: stream.name });
  const records = evaluatedRecords(
    stream,
    document,
    (detail) => new OtherError('NO_RECORDS', { ...facts, detail }),
  );
  if (!Array.isArray(records)) {
    const detail = records === null ? 'there is nothing' : 'there is something else';
    throw new OtherError('NO_RECORDS', { ...facts, detail });
  }
  if (records.length > MAX_RECORDS_PER_PAGE) {
    const detail = `a page has ${String(records.length)} records, and Muster takes ${String(MAX_RECORDS_PER_PAGE)}: ask for smaller pages`;
    throw new OtherError('TOO_LARGE', { ...facts, detail });
  }
  return records;
}

function evaluatedRecords(
  { records }: Stream,
  document: JsonValue,
  failure: (detail: string) => OtherError,
): JsonValue {
  try {
    return records.evaluate(document);
  } catch (error) {
    if (error instanceof ExpressionError) throw failure(error.message);
    throw error;
  }
}

/** Where the listing goes on behind a page; `undefined` when it is surely at its end. */
function nextPlace(stream: Stream, place: PagePlace, page: StreamPage): PagePlace | undefined {
  const { pager } = stream;
  const total = pager.total(page.document);
  if (pager.isByPosition && total !== undefined && place.total !== undefined && total < place.total) {
    throw new PagingError('SHIFTED', `${String(place.total)} became ${String(total)}`);
  }
  const start = pager.next(page);
  if (start === undefined) {
    if (total === undefined || page.seen >= total) return undefined;
    throw new PagingError('INCOMPLETE', `${String(page.seen)} of ${String(total)} records came`);
  }
  const last = page.records === 0 ? place.last : digestOf(page.items);
  if (page.records > 0 && last === place.last) {
    throw new PagingError('PAGING', 'a page came a second time; check the names in "pagination"');
  }
  return {
    stream: stream.digest,
    start,
    pages: place.pages + 1,
    seen: page.seen,
    ...(total === undefined ? {} : { total }),
    ...(last === undefined ? {} : { last }),
  };
}

/** Pages that lead back to where the listing was would be listed for ever. */
function refuseRepeated(
  stream: Stream,
  request: OutgoingRequest,
  { next, starts }: { next: PagePlace; starts: Set<string> },
): void {
  const start = digestOf(next.start);
  inStream(stream, request, () => {
    if (starts.has(start)) {
      throw new PagingError('PAGING', 'the pages lead back to one that was read; check "pagination"');
    }
    if (next.pages >= MAX_PAGES) {
      throw new PagingError('PAGING', `there are more than ${String(MAX_PAGES)} pages; ask for larger ones`);
    }
  });
  starts.add(start);
}

/** The records of a page, each with an id of its own: a page is written in one statement. */
function identified(
  stream: Stream,
  request: OutgoingRequest,
  { page, number }: { page: StreamPage; number: number },
): StreamRecord[] {
  const rows = new Map<string, number>();
  return page.items.map((record, index) => {
    const at = { page: number, row: index + 1 };
    return inRow(stream, request.url.host, at, () => {
      if (!isObject(record))
        throw new MappingError('id', 'has no object to look at: "records" gives something else');
      const id = stream.mapper.idOf(record);
      const earlier = rows.get(id);
      if (earlier !== undefined) {
        throw new MappingError('id', `gives the id of row ${String(earlier)} again: ids must be unique`);
      }
      rows.set(id, at.row);
      return { stream, record, ...at };
    });
  });
}

/** Does something with a row; what is wrong with it says where it is. @throws {OtherError} */
export function inRow<Result>(
  { name }: Stream,
  host: string,
  { page, row }: { page: number; row: number },
  work: () => Result,
): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof MappingError)) throw error;
    const detail = `page ${String(page)}, row ${String(row)}: ${error.message}`;
    throw new OtherError('MAPPING', { host, stream: name, detail }, { cause: error });
  }
}

/** Does something with a page; what is wrong with its paging says where it is. @throws {OtherError} */
function inStream<Result>(stream: Stream, request: OutgoingRequest, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof PagingError)) throw error;
    const facts = { ...factsOf({ request, stream: stream.name }), detail: error.message };
    throw new OtherError(error.code, facts, { cause: error });
  }
}
