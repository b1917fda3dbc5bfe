import type { JsonObject, JsonValue } from '#domain';

import { factsOf, type HuaweiCall, listIn } from '../shared/huawei-api/huawei-client.js';
import { HuaweiError } from '../shared/huawei-api/huawei-error.js';
import { numberedPages, type PageNumber } from '../shared/numbered-pages.js';

/** What a listing is read with. */
export interface ListReading {
  call: HuaweiCall;
  /** Where the answer has the items. */
  list: string;
  pageSize: number;
  idOf: (item: JsonValue) => string;
  get: (call: HuaweiCall) => Promise<JsonObject>;
  resumeAt: string | undefined;
}

/** Items, and where they go on; absent on the last page. */
export interface ListPage {
  items: readonly JsonValue[];
  resumeAt?: string;
}

/** A way of paging, from a place on or from the beginning. */
export type Paging = (reading: ListReading) => AsyncGenerator<ListPage, void, undefined>;

/** Where a listing by markers goes on. */
interface MarkerPlace {
  /** The last item that was seen. */
  last: string;
  /** The one before it, where there is one. */
  marker?: string | undefined;
}

/**
 * Pages by `limit` and `marker`, the id that a page begins behind. A service may give fewer than asked for, so what
 * ends a list is that nothing is behind it. What services answer to the marker of an item that is gone is written
 * nowhere: an empty page would look like the end. So each page begins behind the last item but one, and has to begin
 * with the last one.
 */
export const byMarker: Paging = async function* (reading) {
  const { call, list, pageSize, idOf, resumeAt } = reading;
  let place = resumeAt === undefined ? undefined : (JSON.parse(resumeAt) as MarkerPlace);
  for (;;) {
    const overlap = place === undefined ? 0 : 1;
    const items = listIn(await askBehind(reading, place?.marker, pageSize + overlap), list, call);
    if (place !== undefined && (items[0] === undefined || idOf(items[0]) !== place.last)) {
      throw new HuaweiError('MARKER_REFUSED', factsOf(call));
    }
    const added = items.slice(overlap);
    const last = added.at(-1);
    if (last === undefined) {
      yield { items: [] };
      return;
    }
    const before = added.at(-2);
    place = { last: idOf(last), marker: before === undefined ? place?.last : idOf(before) };
    yield { items: added, resumeAt: JSON.stringify(place) };
  }
};

/** The item that a marker names may be gone; the same call was understood without it. */
async function askBehind(
  { call, get }: ListReading,
  marker: string | undefined,
  limit: number,
): Promise<JsonObject> {
  const query = [...(call.query ?? []), ['limit', String(limit)] as const];
  if (marker === undefined) return await get({ ...call, query });
  try {
    return await get({ ...call, query: [...query, ['marker', marker]] });
  } catch (error) {
    const isRefusal = error instanceof HuaweiError && [400, 404].includes(error.facts.status ?? 0);
    throw isRefusal ? new HuaweiError('MARKER_REFUSED', error.facts, { cause: error }) : error;
  }
}

/**
 * Pages by `limit` and `offset`, of an API that says how many there are.
 * @param total where the answer has the count
 * @param offsetOf what `offset` is for a page
 */
export function byNumber(total: string, offsetOf: (page: PageNumber) => number): Paging {
  return ({ call, list, pageSize, idOf, get, resumeAt }) =>
    numberedPages({
      ask: async ({ page, size }) => {
        const offset = offsetOf({ page, size });
        const numbers = [['limit', String(size)] as const, ['offset', String(offset)] as const];
        const answer = await get({ ...call, query: [...(call.query ?? []), ...numbers] });
        const [items, count] = [listIn(answer, list, call), Number(answer[total] ?? NaN)];
        // Without a count nobody knows whether this is the end.
        if (!(count >= items.length)) throw new HuaweiError('MALFORMED_ANSWER', factsOf(call));
        return { items, total: count };
      },
      idOf,
      resumeAt,
      pageSize,
    });
}

/** All at once. Handed on in pages, by id. */
export const allAtOnce: Paging = async function* ({ call, list, pageSize, idOf, get, resumeAt = '' }) {
  const all = listIn(await get(call), list, call).map((item) => ({ id: idOf(item), item }));
  const rest = all.filter(({ id }) => id > resumeAt).sort(({ id }, { id: other }) => (id < other ? -1 : 1));
  for (let start = 0; ; start += pageSize) {
    const page = rest.slice(start, start + pageSize);
    const last = page.at(-1);
    const items = page.map(({ item }) => item);
    if (start + pageSize >= rest.length || last === undefined) {
      yield { items };
      return;
    }
    yield { items, resumeAt: last.id };
  }
};
