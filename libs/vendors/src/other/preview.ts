import type { JsonObject, JsonValue } from '#domain';
import type { ListingPreview, PreviewedRow } from '#vendor-kit';

import type { OtherConnection } from './connection.js';
import { classifyOtherError } from './errors.js';
import { isObject, MappingError } from './mapping/record-mapper.js';
import { readPage } from './paging/stream-pages.js';
import { operationOf } from './requests/outgoing-request.js';
import { shownDocument } from './shown-document.js';
import type { Stream } from './stream.js';

/** So many listings are looked at. */
const MAX_LISTINGS = 20;
/** So many records of each are shown. */
const MAX_ROWS = 5;
/** So many names of fields are. */
const MAX_UNMAPPED = 100;
/** For how long it asks, in milliseconds: less than a check may take, so that what came in time is shown. */
const TIME_MS = 15_000;

type Found = Pick<ListingPreview, 'records' | 'rows' | 'unmapped' | 'problem'>;

/** What the first page of each stream is made into, one stream after the other. A stream that fails says why. */
export async function previewStreams(
  { streams, client }: Pick<OtherConnection, 'streams' | 'client'>,
  signal: AbortSignal,
  timeMs = TIME_MS,
): Promise<ListingPreview[]> {
  const limit = AbortSignal.timeout(timeMs);
  const previews: ListingPreview[] = [];
  for (const stream of streams.slice(0, MAX_LISTINGS)) {
    const { scope, document, pager } = stream;
    const request = operationOf(stream.requestAt(pager.first));
    const read = async (): Promise<Found> => {
      const page = { start: pager.first, seen: 0, signal: AbortSignal.any([signal, limit]) };
      const { items } = await readPage(stream, client, page);
      return foundIn(stream, items);
    };
    const found = await read().catch((error: unknown) => {
      signal.throwIfAborted();
      return nothing(limit.aborted ? tooSlow(timeMs) : reasonOf(error));
    });
    previews.push({ scope: scope.name, type: document.type, request, ...found });
  }
  return previews;
}

/** What is wrong with one stream. What is wrong with the account, or with Muster, is thrown. */
function reasonOf(error: unknown): string {
  const meaning = classifyOtherError(error);
  if (meaning === undefined || ['throttled', 'credentials'].includes(meaning.kind)) throw error;
  return meaning.message;
}

function tooSlow(timeMs: number): string {
  return `Nothing came within the ${String(timeMs / 1_000)} s that a preview has for all streams.`;
}

function nothing(problem: string): Found {
  return { records: 0, rows: [], unmapped: [], problem };
}

function foundIn({ mapper }: Stream, items: readonly JsonValue[]): Found {
  const shown = items.slice(0, MAX_ROWS);
  const unmapped = new Set(shown.filter(isObject).flatMap((record) => mapper.unmappedFields(record)));
  return {
    records: items.length,
    rows: shown.map((item) => rowOf(mapper, item)),
    unmapped: [...unmapped].sort().slice(0, MAX_UNMAPPED),
    problem: null,
  };
}

function rowOf(mapper: Stream['mapper'], item: JsonValue): PreviewedRow {
  if (!isObject(item)) return { record: null, resource: null, problem: 'The record is no object.' };
  const record = shownDocument(item);
  try {
    const { createdAt, ...resource } = mapper.resourceOf(item);
    const time = createdAt === undefined ? {} : { createdAt: createdAt.toISOString() };
    const document = { ...resource, ...time } as unknown as JsonObject;
    return { record, resource: shownDocument(document), problem: null };
  } catch (error) {
    if (!(error instanceof MappingError)) throw error;
    return { record, resource: null, problem: error.message };
  }
}
