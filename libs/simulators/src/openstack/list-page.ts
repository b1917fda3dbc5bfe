import type { SimulatedItem } from './openstack-estate.js';

/** A page, and whether another one follows. */
export interface ListPage {
  items: readonly SimulatedItem[];
  hasNext: boolean;
}

/** Why a page is refused. */
export type PageProblem = 'marker' | 'limit';

/**
 * The page that a query asks for.
 * @param maxLimit what a page has at most, whatever is asked for; a larger limit is cut without a word
 */
export function listPage(
  items: readonly SimulatedItem[],
  query: URLSearchParams,
  { maxLimit, isByOffset }: { maxLimit: number; isByOffset: boolean },
): ListPage | PageProblem {
  const wanted = query.get('limit');
  if (wanted !== null && !/^\d+$/.test(wanted)) return 'limit';
  const limit = Math.min(wanted === null ? maxLimit : Number(wanted), maxLimit);
  const from = isByOffset ? Number(query.get('offset') ?? 0) : placeBehind(items, query.get('marker'));
  if (from === undefined) return 'marker';
  const page = items.slice(from, from + limit);
  // A page that is full is followed by another one, even if that is empty.
  return { items: page, hasNext: limit > 0 && page.length === limit };
}

function placeBehind(items: readonly SimulatedItem[], marker: string | null): number | undefined {
  if (marker === null) return 0;
  const index = items.findIndex(({ id }) => id === marker);
  return index < 0 ? undefined : index + 1;
}
