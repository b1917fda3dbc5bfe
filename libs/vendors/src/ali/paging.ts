import { numberedPages } from '../shared/numbered-pages.js';

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

/** By page numbers; see {@link numberedPages}. */
export function byNumber(
  pageSize: number,
  [numberName, sizeName]: readonly [number: string, size: string] = ['PageNumber', 'PageSize'],
): Paging {
  return <Item>({ ask, idOf, resumeAt, pageLimit }: PagedListing<Item>) =>
    numberedPages({
      ask: ({ page, size }) => ask({ [numberName]: page, [sizeName]: size }),
      idOf,
      resumeAt,
      pageSize: Math.min(pageSize, pageLimit),
    });
}
