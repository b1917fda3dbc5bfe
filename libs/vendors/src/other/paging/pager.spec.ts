import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { JsonObject, JsonValue } from '#domain';

import type { PaginationDocument } from '../document/connector-document.js';
import { nextLinkOf } from './link-header.js';
import { pagerOf, type PageStart, PagingError, type ReadPage } from './pager.js';

const URL_OF_LIST = new URL('https://cloud.example/api/things?limit=3');

const PAGINATIONS: Record<string, PaginationDocument> = {
  'page until an empty one': { type: 'page', parameter: 'page' },
  'page from 0': { type: 'page', parameter: 'page', start: 0 },
  'page of total_pages': { type: 'page', parameter: 'page', total_pages: 'pages' },
  'page until last': { type: 'page', parameter: 'page', last: 'last' },
  'page of total': { type: 'page', parameter: 'page', total: 'total' },
  'offset until an empty one': { type: 'offset', parameter: 'offset' },
  'offset of total': { type: 'offset', parameter: 'offset', total: 'total' },
  'offset in the body': { type: 'offset', parameter: 'paging.offset', in: 'body', total: 'total' },
  cursor: { type: 'cursor', parameter: 'after', cursor: 'cursor' },
  'cursor and has_more': { type: 'cursor', parameter: 'after', cursor: 'cursor', has_more: 'more' },
  'cursor in the body': { type: 'cursor', parameter: 'after', in: 'body', cursor: 'cursor' },
  next_link: { type: 'next_link', next: 'next' },
  link_header: { type: 'link_header' },
};

interface Answer {
  document: JsonObject & { items: number[] };
  headers: Record<string, string>;
}

/** A server that knows all ways of paging, and never gives more than `size` whatever it is asked for. */
function answerTo(
  all: readonly number[],
  size: number,
  firstPage: number,
  url: URL,
  body?: JsonObject,
): Answer {
  const inBody = (body?.['paging'] as JsonObject | undefined)?.['offset'];
  const parameter = (name: string) => url.searchParams.get(name);
  const page = parameter('page');
  const first =
    page === null
      ? Number(parameter('offset') ?? inBody ?? parameter('after') ?? body?.['after'] ?? 0)
      : (Number(page) - firstPage) * size;
  const end = first + size;
  const hasMore = end < all.length;
  const next = `/api/things?limit=3&offset=${String(end)}`;
  return {
    document: {
      items: all.slice(first, end),
      total: all.length,
      pages: Math.ceil(all.length / size),
      last: !hasMore,
      more: hasMore,
      cursor: hasMore ? String(end) : null,
      next: hasMore ? `https://cloud.example${next}` : '',
    },
    headers: hasMore ? { link: `</api/things>; rel="first", <${next}>; rel="next"` } : {},
  };
}

/** Pages to the end, and says what came. */
function listAll(pagination: PaginationDocument, all: readonly number[], size: number): number[] {
  const pager = pagerOf(pagination);
  const firstPage = pagination.type === 'page' ? (pagination.start ?? 1) : 1;
  const seen: number[] = [];
  let start: PageStart | undefined = pager.first;
  for (let pages = 0; pages < 1_000; pages++) {
    const { url, body } = pager.ask({ url: URL_OF_LIST, body: undefined }, start);
    const { document, headers } = answerTo(all, size, firstPage, url, body);
    seen.push(...document.items);
    const records = document.items.length;
    start = pager.next({ document, headers, url, start, records, seen: seen.length });
    if (start === undefined) return seen;
  }
  throw new Error('the listing has no end');
}

function pageWith(document: JsonValue, more: Partial<ReadPage> = {}): ReadPage {
  return { document, headers: {}, url: URL_OF_LIST, start: 1, records: 3, seen: 3, ...more };
}

describe('pagerOf', () => {
  it.each(Object.entries(PAGINATIONS))('%s lists all, each once, in order', (_, pagination) => {
    fc.assert(
      fc.property(fc.nat({ max: 40 }), fc.integer({ min: 1, max: 7 }), (count, size) => {
        const all = Array.from({ length: count }, (_value, index) => index);
        expect(listAll(pagination, all, size)).toEqual(all);
      }),
    );
  });

  it('takes a short page for no end', () => {
    for (const pagination of [
      PAGINATIONS['page until an empty one'],
      PAGINATIONS['offset until an empty one'],
    ]) {
      if (pagination === undefined) throw new Error('no such pagination');
      expect(pagerOf(pagination).next(pageWith({}, { records: 1 }))).toBeDefined();
    }
  });

  it.each<[string, PaginationDocument, JsonValue, string]>([
    [
      'a total that is none',
      { type: 'offset', parameter: 'o', total: 'total' },
      {},
      'pagination.total gives no number',
    ],
    [
      'pages that are none',
      { type: 'page', parameter: 'p', total_pages: 'n' },
      { n: 'x' },
      'total_pages gives no number',
    ],
    [
      'a last that is none',
      { type: 'page', parameter: 'p', last: 'last' },
      {},
      'pagination.last gives no true or false',
    ],
    [
      'more, and no cursor',
      { type: 'cursor', parameter: 'c', cursor: 'c', has_more: 'more' },
      { more: true },
      'says that there is more',
    ],
    [
      'a has_more that is none',
      { type: 'cursor', parameter: 'c', cursor: 'c', has_more: 'more' },
      {},
      'has_more gives no',
    ],
    [
      'a cursor that is none',
      { type: 'cursor', parameter: 'c', cursor: 'c' },
      { c: {} },
      'pagination.cursor gives no cursor',
    ],
    [
      'an endless cursor',
      { type: 'cursor', parameter: 'c', cursor: 'c' },
      { c: 'x'.repeat(9_000) },
      'more than 8192',
    ],
    [
      'a link that is none',
      { type: 'next_link', next: 'next' },
      { next: 5 },
      'pagination.next gives no text',
    ],
    [
      'a foreign link',
      { type: 'next_link', next: 'next' },
      { next: 'https://evil.example/x' },
      'leads to https://evil.example',
    ],
    [
      'a link without TLS',
      { type: 'next_link', next: 'next' },
      { next: 'http://cloud.example/x' },
      'only within',
    ],
  ])('refuses %s', (_, pagination, document, reason) => {
    const next = () => pagerOf(pagination).next(pageWith(document));
    expect(next).toThrow(PagingError);
    expect(next).toThrow(reason);
  });

  it.each<[string, PaginationDocument, JsonValue]>([
    ['page', { type: 'page', parameter: 'p', total_pages: 'n' }, { n: 3 }],
    ['offset', { type: 'offset', parameter: 'o', total: 'n' }, { n: 9 }],
  ])('takes an empty %s before the last one for no end', (_, pagination, document) => {
    expect(() => pagerOf(pagination).next(pageWith(document, { records: 0 }))).toThrow(
      expect.objectContaining({ code: 'INCOMPLETE' }),
    );
  });

  it('reads a total that is a text', () => {
    expect(pagerOf({ type: 'none', total: 'n' }).total({ n: '12' })).toBe(12);
  });
});

describe('nextLinkOf', () => {
  it.each([
    ['<https://a.example/?page=2>; rel="next"', 'https://a.example/?page=2'],
    ['<a>; rel="prev", <b,c>; title="x"; rel=next, <d>; rel="last"', 'b,c'],
    ['<a>; rel="last next"', 'a'],
    ['<a>;REL=NEXT', 'a'],
    ['<a>; rel="prev"', undefined],
    ['<a>', undefined],
    ['', undefined],
  ])('of %s is %s', (header, target) => {
    expect(nextLinkOf(header)).toBe(target);
  });

  it('ends soon, whatever the header', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        expect(['string', 'undefined']).toContain(typeof nextLinkOf(text));
      }),
    );
    expect(nextLinkOf('<'.repeat(100_000))).toBeUndefined();
  });
});
