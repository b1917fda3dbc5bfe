import { SyncError } from '#domain';

/** With fewer, no size may be left that overlaps: at a multiple of all of them, 2,520 for sizes up to 10. */
const MIN_PAGE_SIZE = 10;

/** A page, asked for by its number, which counts from 1, and by how many items a page has. */
export interface PageNumber {
  page: number;
  size: number;
}

/** What a numbered page holds. */
export interface NumberedPage<Item> {
  items: readonly Item[];
  /** How many there are in all, where the API says so. */
  total?: number | undefined;
}

/** What a listing by page numbers needs. */
export interface NumberedListing<Item> {
  ask: (page: PageNumber) => Promise<NumberedPage<Item>>;
  idOf: (item: Item) => string;
  resumeAt: string | undefined;
  /** The most items a page; fewer than ten are as ten. */
  pageSize: number;
}

/** Where a numbered listing goes on: a page with an item that was seen. */
interface NumberedPlace extends PageNumber {
  /** The last item that was seen. */
  last: string;
}

/**
 * Lists by page numbers, which count from the listing's beginning: when something before a page is deleted, all behind
 * it moves up, and what moves over the page's edge would never be seen, and so be taken for deleted. So each page
 * holds the last item that was seen, and what is behind that is new; if it isn't there, the listing starts anew.
 * To overlap, pages have different sizes, of at least {@link MIN_PAGE_SIZE}.
 */
export async function* numberedPages<Item>({
  ask,
  idOf,
  resumeAt,
  pageSize,
}: NumberedListing<Item>): AsyncGenerator<{ items: readonly Item[]; resumeAt?: string }, void, undefined> {
  const maxSize = Math.max(MIN_PAGE_SIZE, pageSize);
  let place = resumeAt === undefined ? undefined : (JSON.parse(resumeAt) as NumberedPlace);
  for (;;) {
    const { page, size } = place ?? { page: 1, size: maxSize };
    const { items, total } = await ask({ page, size });
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
}

/** How many items of a page were seen: those up to the last that was. */
function seenOf(ids: readonly string[], last: string): number {
  const index = ids.lastIndexOf(last);
  if (index === -1) throw moved();
  return index + 1;
}

/** The page that holds the item before `end` and goes farthest beyond it. */
function overlapping(end: number, maxSize: number): PageNumber {
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
