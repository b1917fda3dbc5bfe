import type { JsonObject, JsonValue } from '#domain';

import type { PaginationDocument, ParameterPlace } from '../document/connector-document.js';
import { compileExpression, type Expression, ExpressionError } from '../mapping/expression.js';
import { nextLinkOf } from './link-header.js';

/** Where a page begins: a page's number, an offset, a cursor, or path and query of a link. */
export type PageStart = string | number;

/** A request as far as paging changes it. */
export interface PageRequest {
  url: URL;
  body: JsonObject | undefined;
}

/** A page, as far as it tells where the next one is. */
export interface ReadPage {
  document: JsonValue;
  headers: Readonly<Record<string, string>>;
  /** What was asked for. */
  url: URL;
  start: PageStart | undefined;
  /** How many records it has. */
  records: number;
  /** How many all pages up to this one have. */
  seen: number;
}

/** Longer places are not kept. */
const MAX_START_CHARACTERS = 8_192;

/**
 * A listing that cannot go on. `PAGING`: cloud and connector don't go together. `INCOMPLETE`: the listing is known
 * to lack something. Its message is for whoever wrote the connector.
 */
export class PagingError extends Error {
  override readonly name = 'PagingError';

  constructor(
    readonly code: 'PAGING' | 'INCOMPLETE' | 'SHIFTED',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** How a stream goes from page to page. */
export interface Pager {
  /** Where the first page begins; `undefined` when it needs no word. */
  readonly first: PageStart | undefined;
  /** Whether records that vanish shift those behind them into pages that were read already. */
  readonly isByPosition: boolean;
  /** The request of the page that begins there. */
  ask(request: PageRequest, start: PageStart | undefined): PageRequest;
  /**
   * Where the next page begins; `undefined` when this was surely the last one.
   * @throws {PagingError}
   */
  next(page: ReadPage): PageStart | undefined;
  /** How many records the cloud says there are in all. @throws {PagingError} */
  total(document: JsonValue): number | undefined;
}

/** The pager of a stream. A short page never ends a listing: a server may give fewer than it was asked for. */
export function pagerOf(pagination: PaginationDocument): Pager {
  const total = optional('total', pagination.total);
  const common = {
    first: undefined,
    isByPosition: false,
    ask: (request: PageRequest) => request,
    total: (document: JsonValue) => (total === undefined ? undefined : wholeNumber(total, document)),
  };
  switch (pagination.type) {
    case 'none':
      return { ...common, next: () => undefined };
    case 'page':
      return { ...common, ...byNumber(pagination), next: nextNumber(pagination, common.total) };
    case 'offset':
      return { ...common, ...byNumber({ start: 0, ...pagination }), next: nextOffset(common.total) };
    case 'cursor':
      return { ...common, ask: asking(pagination), next: nextCursor(pagination) };
    case 'next_link': {
      const next = named('next', pagination.next);
      return { ...common, ask: following, next: (page) => linkOf(textAt(next, page.document), page) };
    }
    case 'link_header':
      return {
        ...common,
        ask: following,
        next: (page) => linkOf(nextLinkOf(page.headers['link'] ?? ''), page),
      };
  }
}

/** An expression with the name that errors give it. */
type Named = readonly [name: string, expression: Expression];

const named = (name: string, source: string): Named => [name, compileExpression(source)];

function optional(name: string, source: string | undefined): Named | undefined {
  return source === undefined ? undefined : named(name, source);
}

function valueAt([name, expression]: Named, document: JsonValue): JsonValue {
  try {
    return expression.evaluate(document);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new PagingError('PAGING', `pagination.${name} fails: ${error.message}`, { cause: error });
  }
}

function misfit([name]: Named, wanted: string): PagingError {
  return new PagingError('PAGING', `pagination.${name} gives no ${wanted}`);
}

function wholeNumber(expression: Named, document: JsonValue): number {
  const value = valueAt(expression, document);
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0) return number;
  throw misfit(expression, 'number');
}

function truth(expression: Named, document: JsonValue): boolean {
  const value = valueAt(expression, document);
  if (typeof value === 'boolean') return value;
  throw misfit(expression, 'true or false');
}

/** A text; `undefined` where there is none. */
function textAt(expression: Named, document: JsonValue): string | undefined {
  const value = valueAt(expression, document);
  if (value === null || value === '' || value === false) return undefined;
  if (typeof value === 'string') return value;
  throw misfit(expression, 'text');
}

interface Parameter {
  parameter: string;
  in?: ParameterPlace;
}

function asking({ parameter, in: place = 'query' }: Parameter): Pager['ask'] {
  return ({ url, body }, start) => {
    if (start === undefined) return { url, body };
    if (place === 'body') return { url, body: withParameter(body ?? {}, parameter.split('.'), start) };
    const asked = new URL(url);
    asked.searchParams.set(parameter, String(start));
    return { url: asked, body };
  };
}

function withParameter(body: JsonObject, [name = '', ...rest]: string[], value: PageStart): JsonObject {
  if (rest.length === 0) return { ...body, [name]: value };
  const inner = body[name];
  const isInner = typeof inner === 'object' && inner !== null && !Array.isArray(inner);
  return { ...body, [name]: withParameter(isInner ? inner : {}, rest, value) };
}

function byNumber(pagination: Parameter & { start?: number }): Pick<Pager, 'first' | 'isByPosition' | 'ask'> {
  return { first: pagination.start ?? 1, isByPosition: true, ask: asking(pagination) };
}

function nextNumber(
  pagination: Extract<PaginationDocument, { type: 'page' }>,
  total: Pager['total'],
): Pager['next'] {
  const pages = optional('total_pages', pagination.total_pages);
  const last = optional('last', pagination.last);
  const { start: first = 1 } = pagination;
  const isLast = ({ document, seen, records }: ReadPage, number: number): boolean => {
    const all = total(document);
    if (pages !== undefined) return number - first + 1 >= wholeNumber(pages, document);
    if (last !== undefined) return truth(last, document);
    return all === undefined ? records === 0 : seen >= all;
  };
  return (page) => {
    const number = Number(page.start);
    if (isLast(page, number)) return undefined;
    return page.records === 0 ? lacking() : number + 1;
  };
}

/** By what was got, not by what was asked for. */
function nextOffset(total: Pager['total']): Pager['next'] {
  return (page) => {
    const all = total(page.document);
    if (all === undefined ? page.records === 0 : page.seen >= all) return undefined;
    return page.records === 0 ? lacking() : Number(page.start) + page.records;
  };
}

function lacking(): never {
  throw new PagingError('INCOMPLETE', 'a page before the last one is empty');
}

function nextCursor(pagination: Extract<PaginationDocument, { type: 'cursor' }>): Pager['next'] {
  const cursor = named('cursor', pagination.cursor);
  const hasMore = optional('has_more', pagination.has_more);
  return ({ document }) => {
    const value = valueAt(cursor, document);
    const isThere = value !== null && value !== '' && value !== false;
    if (hasMore !== undefined) {
      if (!truth(hasMore, document)) return undefined;
      if (!isThere)
        throw new PagingError(
          'PAGING',
          'pagination.has_more says that there is more, but there is no cursor',
        );
    }
    if (!isThere) return undefined;
    if (typeof value === 'number') return value;
    if (typeof value === 'string') return bounded(value);
    throw misfit(cursor, 'cursor');
  };
}

/** The link's own query takes the place of the request's. */
function following({ url, body }: PageRequest, start: PageStart | undefined): PageRequest {
  return { url: start === undefined ? url : new URL(String(start), url.origin), body };
}

/** Path and query of a link, which must lead to where the request went: it is told the secret there. */
function linkOf(link: string | undefined, { url }: ReadPage): string | undefined {
  if (link === undefined) return undefined;
  if (!URL.canParse(link, url.href)) throw new PagingError('PAGING', 'the link to the next page is no URL');
  const next = new URL(link, url);
  if (next.origin !== url.origin) {
    throw new PagingError(
      'PAGING',
      `the link to the next page leads to ${next.origin}, and Muster follows it only within ${url.origin}`,
    );
  }
  return bounded(next.pathname + next.search);
}

function bounded(start: string): string {
  if (start.length <= MAX_START_CHARACTERS) return start;
  const most = String(MAX_START_CHARACTERS);
  throw new PagingError('PAGING', `the place of the next page has more than ${most} characters`);
}
