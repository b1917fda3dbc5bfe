import type { Page } from '#vendor-kit';

import type { AwsCommand } from './aws-clients.js';
import type { AwsConnection } from './aws-connection.js';
import { AwsError } from './aws-error.js';
import type { AwsPlace } from './regions.js';
import type { AwsService } from './services.js';

/** What a listing needs. */
export interface AwsReading {
  connection: AwsConnection;
  /** What is listed: of which account, in which region or once. */
  place: AwsPlace;
  /** Which region is asked. */
  region: string;
  /** Where to go on; absent at the start. */
  cursor?: string | undefined;
  signal: AbortSignal;
}

/** Lists items page by page. The last page is the one without `resumeAt`. */
export type AwsListing<Item> = (reading: AwsReading) => AsyncGenerator<Page<Item>, void, undefined>;

/** Makes further calls for a listing. */
export type AwsCaller = <Output>(service: AwsService, command: AwsCommand<Output>) => Promise<Output>;

/** A listing that AWS pages, by tokens. */
export interface PagedListing<Output, Item> {
  service: AwsService;
  /** How few and how many items AWS lets a page have. */
  pageSize: readonly [min: number, max: number];
  request: (page: { size: number; cursor?: string | undefined; region: string }) => AwsCommand<Output>;
  items: (output: Output) => readonly Item[] | undefined;
  next: (output: Output) => string | undefined;
  /** What the list lacks of its items, by more calls. */
  detail?: (items: readonly Item[], call: AwsCaller) => Promise<readonly Item[]>;
}

/** Lists what AWS pages. Its tokens outlive a connection, so that another process can go on. */
export function paged<Output, Item>({
  pageSize: [min, max],
  ...listing
}: PagedListing<Output, Item>): AwsListing<Item> {
  return async function* ({ cursor: begin, ...reading }) {
    const { connection, region, signal } = reading;
    const call = callerOf(reading);
    const size = Math.max(min, Math.min(max, connection.itemsPerPage));
    let cursor = begin;
    for (;;) {
      signal.throwIfAborted();
      const command = listing.request({ size, cursor, region });
      const output = await call(listing.service, command).catch((error: unknown) => {
        throw cursor === undefined ? error : asRefusedCursor(error);
      });
      const found = listing.items(output) ?? [];
      const items = listing.detail === undefined ? found : await listing.detail(found, call);
      const next = listing.next(output) || undefined;
      if (next === undefined) {
        yield { items };
        return;
      }
      if (next === cursor) throw repeated(listing.service, region, command);
      yield { items, resumeAt: next };
      cursor = next;
    }
  };
}

/**
 * What services say to a place in a listing that they don't know (any more): most have no code of its own for it.
 * To a first page they would say it too; so a request that is wrong altogether is told by the next try.
 */
const CURSOR_REFUSED = [
  'InvalidArgument',
  'InvalidInput',
  'InvalidParameterException',
  'InvalidParameterValue',
  'InvalidParameterValueException',
  'NoSuchHostedZone',
  'ValidationError',
  'ValidationException',
];

function asRefusedCursor(error: unknown): unknown {
  if (!(error instanceof AwsError) || !CURSOR_REFUSED.includes(error.code)) return error;
  return new AwsError('CURSOR_REFUSED', error.facts, { cause: error });
}

/** A listing that AWS gives all at once. */
export interface WholeListing<Output, Item> {
  service: AwsService;
  request: () => AwsCommand<Output>;
  items: (output: Output) => readonly Item[] | undefined;
  /** What tells an item from all others: they come in no order that AWS promises. */
  key: (item: Item) => string;
}

/** So many items of a listing that comes all at once are a page of ours. */
const WHOLE_PAGE = 1_000;

/** Lists what AWS doesn't page, in pages of ours. They go on behind the last item, by its key. */
export function whole<Output, Item>(listing: WholeListing<Output, Item>): AwsListing<Item> {
  return async function* ({ cursor, ...reading }) {
    const { connection, signal } = reading;
    signal.throwIfAborted();
    const output = await callerOf(reading)(listing.service, listing.request());
    const pending = (listing.items(output) ?? [])
      .map((item) => ({ item, key: listing.key(item) }))
      .filter(({ key }) => cursor === undefined || key > cursor)
      .sort((one, other) => (one.key < other.key ? -1 : 1));
    const size = Math.min(WHOLE_PAGE, connection.itemsPerPage);
    for (let begin = 0; ; begin += size) {
      signal.throwIfAborted();
      const page = pending.slice(begin, begin + size);
      const items = page.map(({ item }) => item);
      const isLast = begin + size >= pending.length;
      yield isLast ? { items } : { items, resumeAt: page.at(-1)?.key ?? '' };
      if (isLast) return;
    }
  };
}

/** Lists one thing after another. A cursor says in which of them it is. */
export function inTurn<Items extends readonly unknown[]>(
  ...listings: { [Index in keyof Items]: AwsListing<Items[Index]> }
): AwsListing<Items[number]> {
  return async function* ({ cursor = '0:', ...reading }) {
    const [, begin = '0', rest = ''] = /^(\d+):(.*)$/s.exec(cursor) ?? [];
    for (const [index, listing] of listings.entries()) {
      if (index < Number(begin)) continue;
      const place = index === Number(begin) && rest !== '' ? { cursor: rest } : {};
      const isLast = index === listings.length - 1;
      for await (const { items, resumeAt } of listing({ ...reading, ...place })) {
        if (resumeAt !== undefined) yield { items, resumeAt: `${index}:${resumeAt}` };
        else if (isLast) yield { items };
        else if (items.length > 0) yield { items, resumeAt: `${index + 1}:` };
      }
    }
  };
}

/** Makes a listing's calls, of its account and region. */
export function callerOf({ connection, place: { account }, region, signal }: AwsReading): AwsCaller {
  return (service, command) => connection.call({ account, service, region }, command, signal);
}

/** Without end, a listing would never say that it is complete. */
function repeated(service: AwsService, region: string, command: object): AwsError {
  const operation = command.constructor.name;
  return new AwsError('REPEATED_TOKEN', { service, region, operation, detail: 'the same page again' });
}
