import { SyncError } from '#domain';

/** With fewer, no size may be left that overlaps: at a multiple of all of them, 2,520 for sizes up to 10. */
const MIN_PAGE_SIZE = 10;

/** An answer's page, however it was asked for. */
export interface AnsweredPage<Item> {
  items: readonly Item[];
  /** Where an API that hands out tokens goes on. */
  nextToken?: string | undefined;
  /** How many there are in all, where an API that numbers its pages says so. */
  total?: number | undefined;
}

/** A page, with the place behind it unless it is the last. */
export interface PlacedPage<Item> {
  items: readonly Item[];
  resumeAt?: string;
}

/** What a listing needs to page. */
export interface PagedListing<Item> {
  ask: (parameters: Record<string, string | number>) => Promise<AnsweredPage<Item>>;
  idOf: (item: Item) => string;
  resumeAt: string | undefined;
  /** Items a page, if fewer than the API allows. */
  pageLimit: number;
}

export type Paging = <Item>(listing: PagedListing<Item>) => AsyncGenerator<PlacedPage<Item>>;

/** By tokens. The vendor may send fewer than asked for; the last page has no token. */
export function byToken(
  pageSize: number,
  [sizeName, tokenName]: readonly [size: string, token: string] = ['MaxResults', 'NextToken'],
): Paging {
  return async function* ({ ask, resumeAt, pageLimit }) {
    let token = resumeAt;
    do {
      const { items, nextToken } = await ask({
        [sizeName]: Math.min(pageSize, pageLimit),
        ...(token === undefined ? {} : { [tokenName]: token }),
      });
      token = nextToken === '' ? undefined : nextToken;
      yield { items, ...(token === undefined ? {} : { resumeAt: token }) };
    } while (token !== undefined);
  };
}

/** Where a numbered listing goes on: a page with an item that was seen. */
interface NumberedPlace {
  page: number;
  size: number;
  /** The last item that was seen. */
  last: string;
}

/**
 * By page numbers, which count from the listing's beginning: when something before a page is deleted, all behind
 * it moves up, and what moves over the page's edge would never be seen, and so be taken for deleted. So each page
 * holds the last item that was seen, and what is behind that is new; if it isn't there, the listing starts anew.
 * To overlap, pages have different sizes, of at least {@link MIN_PAGE_SIZE}.
 */
export function byNumber(
  pageSize: number,
  [numberName, sizeName]: readonly [number: string, size: string] = ['PageNumber', 'PageSize'],
): Paging {
  return async function* ({ ask, idOf, resumeAt, pageLimit }) {
    const maxSize = Math.max(MIN_PAGE_SIZE, Math.min(pageSize, pageLimit));
    let place = resumeAt === undefined ? undefined : (JSON.parse(resumeAt) as NumberedPlace);
    for (;;) {
      const { page, size } = place ?? { page: 1, size: maxSize };
      const { items, total } = await ask({ [numberName]: page, [sizeName]: size });
      const fresh = items.slice(place === undefined ? 0 : seenOf(items.map(idOf), place.last));
      const end = (page - 1) * size + items.length;
      const isLast = total === undefined ? items.length < size : end >= total;
      const last = fresh.at(-1);
      if (isLast) {
        yield { items: fresh };
        return;
      }
      // There is more, says the vendor, and sends none of it.
      if (last === undefined) throw moved();
      place = { ...overlapping(end, maxSize), last: idOf(last) };
      yield { items: fresh, resumeAt: JSON.stringify(place) };
    }
  };
}

/** How many items of a page were seen: those up to the last that was. */
function seenOf(ids: readonly string[], last: string): number {
  const index = ids.lastIndexOf(last);
  if (index === -1) throw moved();
  return index + 1;
}

/** The page that holds the item before `end` and goes farthest beyond it. */
function overlapping(end: number, maxSize: number): Pick<NumberedPlace, 'page' | 'size'> {
  let best = { page: end, size: 1 };
  for (let size = maxSize; size > 1; size -= 1) {
    const page = Math.ceil(end / size);
    if (page * size > best.page * best.size) best = { page, size };
  }
  return best;
}

function moved(): SyncError {
  return new SyncError('unavailable', 'Something was deleted while this was listed, so it is listed anew.', {
    vendorCode: 'LISTING_MOVED',
    cursorExpired: true,
  });
}
