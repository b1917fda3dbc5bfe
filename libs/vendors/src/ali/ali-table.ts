import type { JsonObject, Relation, RelationKind, Resource, ResourceStatus } from '#domain';
import { defineResourceTable, type Listing, type Page, required } from '#vendor-kit';

import { type AliCall, ramAction } from './ali-client.js';
import { AliError } from './ali-error.js';
import type { AliConnection } from './connection.js';
import { toProperties } from './document.js';
import { classifyAliError } from './errors.js';
import type { AnsweredPage, Paging } from './paging.js';
import { placeOf } from './place.js';
import type { Product } from './products.js';

/** A vendor's states in our words; what isn't here is `unknown`. */
export type States = Readonly<Record<string, ResourceStatus>>;

/** One id, several, or none. */
type Ids = string | undefined | readonly (string | undefined)[];

/** What a table makes of an item. Everything but the id may be missing. */
export interface AliDescription {
  id: string | undefined;
  name?: string | undefined;
  /** The vendor's word, and what it means; without it the resource is `available`. */
  state?: readonly [native: string | undefined, states: States];
  /** What is true whatever the state says. */
  status?: ResourceStatus | undefined;
  /** Of a resource that is listed globally. */
  region?: string | undefined;
  zone?: string | undefined;
  addresses?: readonly (string | undefined)[] | undefined;
  tags?: readonly AliTag[] | undefined;
  created?: string | undefined;
  relations?: readonly (readonly [kind: RelationKind, type: string, ids: Ids])[];
}

/** A tag, as one product or another spells it. */
export interface AliTag {
  TagKey?: string;
  TagValue?: string;
  Key?: string;
  Value?: string;
  key?: string;
  value?: string;
}

/** One listing of a product's API. */
export interface AliSource<Answer, Item, Status = Answer> extends Pick<
  AliCall,
  'action' | 'path' | 'parameters'
> {
  product: Product;
  /** A call that says whether the listing would be whole: one of our codes where it would not. */
  needs?: { action: string; problem: (answer: Status) => string | undefined };
  paging: Paging;
  /** Where the answer has the page. Without items, there are none. */
  read: (answer: Answer) => { items: readonly Item[] | undefined } & Omit<AnsweredPage<Item>, 'items'>;
  /** What the listing lacks of a page's items, by more calls: one that fails, fails the page. */
  detail?: AliDetail<Item>;
  describe: (item: Item) => AliDescription;
  /** Of an API that is not told its region by its endpoint alone: the parameter that names it. */
  regionParameter?: string;
  /** Fields of the document that are not kept: secrets, and what changes by itself. */
  omit?: readonly string[];
}

/** Makes further calls of a listing's product. */
export type AliCaller = (
  call: Pick<AliCall, 'action' | 'parameters' | 'bucket'> & { region?: string },
) => Promise<JsonObject>;

/** How a listing's items are made whole. */
export interface AliDetail<Item> {
  /** What is called for it. */
  action: string;
  complete: (items: readonly Item[], call: AliCaller) => Promise<readonly Item[]>;
}

/** How a type is read from Alibaba Cloud. */
export interface AliTable {
  type: string;
  /** Absent: in each region. */
  listedIn?: 'global';
  /** As a resource table's. */
  volatile?: readonly `/${string}`[];
  /** Several, where a type is more than one product's. */
  sources: readonly AnySource[];
}

/** A source whose items are its own business. */
export type AnySource = AliSource<never, never, never>;

/** An item, and which of a table's sources it is from. */
interface SourcedItem {
  source: number;
  document: JsonObject;
}

/** Declares a source; only there so that the compiler infers the types and checks the shape. */
export function source<Answer, Item, Status>(declared: AliSource<Answer, Item, Status>): AnySource {
  return declared as unknown as AnySource;
}

/** Declares a table, listed by its sources. */
export function defineAliTable({ type, listedIn, volatile, sources }: AliTable) {
  return defineResourceTable<AliConnection, SourcedItem>({
    type,
    permissions: sources.flatMap(permissionsOf),
    ...(volatile === undefined ? {} : { volatile }),
    isListedIn: (scope) => (placeOf(scope).region === undefined) === (listedIn === 'global'),
    pages: (listing) => pagesOf(sources, listing),
    toResource({ source: index, document }, scope) {
      const { describe, omit } = ownSource(sources, index);
      return toResource(describe(document), toProperties(document, omit), placeOf(scope).region);
    },
  });
}

function permissionsOf({ product, action, needs, detail }: AnySource): string[] {
  return [{ action }, needs, detail].flatMap((each) =>
    each === undefined ? [] : [ramAction({ product, action: each.action })],
  );
}

/** Sources are kept without their types, as one table may have several; each gets back what is its own. */
function ownSource(sources: readonly AnySource[], index: number): AliSource<JsonObject, JsonObject> {
  const from = sources[index];
  if (from === undefined) throw new Error(`there is no source ${String(index)}`);
  return from as unknown as AliSource<JsonObject, JsonObject>;
}

/**
 * Lists one source after the other. A place is the source's number and the place in it. A source that is not
 * offered here is left out as long as another is; when none is, that is what fails. One that has begun is
 * offered: what it says then does not end its listing, which would look complete.
 */
async function* pagesOf(
  sources: readonly AnySource[],
  { resumeAt, ...listing }: Listing<AliConnection>,
): AsyncGenerator<Page<SourcedItem>> {
  const [start = '0', ...place] = (resumeAt ?? '0').split(' ');
  let isOffered = place.length > 0;
  for (let index = Number(start); index < sources.length; index += 1) {
    const isLast = index === sources.length - 1;
    const resumed = index === Number(start) && place.join(' ') !== '' ? place.join(' ') : undefined;
    let hasBegun = resumed !== undefined;
    try {
      for await (const page of pagesOfSource(ownSource(sources, index), listing, resumed)) {
        hasBegun = true;
        const items = page.items.map((document) => ({ source: index, document }));
        const next = placeBehind(page, index, isLast);
        if (items.length > 0 || page.resumeAt !== undefined || isLast) {
          yield { items, ...(next === undefined ? {} : { resumeAt: next }) };
        }
        isOffered = true;
      }
    } catch (error) {
      if (hasBegun || classifyAliError(error)?.kind !== 'absent' || (isLast && !isOffered)) throw error;
      if (isLast) yield { items: [] };
    }
  }
}

function placeBehind({ resumeAt }: Page<unknown>, index: number, isLast: boolean): string | undefined {
  if (resumeAt !== undefined) return `${String(index)} ${resumeAt}`;
  return isLast ? undefined : `${String(index + 1)} `;
}

function pagesOfSource(
  from: AliSource<JsonObject, JsonObject>,
  { connection, scope, signal }: Omit<Listing<AliConnection>, 'resumeAt'>,
  resumeAt: string | undefined,
) {
  const { product, action, path, regionParameter, detail } = from;
  const { region = '', ...place } = { ...placeOf(scope), product };
  const where = region === '' ? place : { ...place, region };
  const more: AliCaller = (call) => connection.call({ ...where, ...call }, signal);
  return from.paging<JsonObject>({
    async ask(page) {
      await expectWhole(from, more, connection);
      const named = regionParameter === undefined ? {} : { [regionParameter]: region };
      const call = { ...where, action, parameters: { ...from.parameters, ...named, ...page } };
      const answer = await connection.call(path === undefined ? call : { ...call, path }, signal);
      const { items = [], ...rest } = from.read(answer);
      return { items: detail === undefined ? items : await detail.complete(items, more), ...rest };
    },
    idOf: (item) => required(from.describe(item).id, 'id'),
    resumeAt,
    pageLimit: connection.pageLimit,
  });
}

/** @throws {AliError} with the code of what is lacking */
async function expectWhole(
  { product, action, needs }: AliSource<JsonObject, JsonObject>,
  call: AliCaller,
  connection: AliConnection,
): Promise<void> {
  if (needs === undefined) return;
  const code = needs.problem(await call({ action: needs.action }));
  if (code === undefined) return;
  throw new AliError(code, {
    host: connection.hostOf(product),
    call: `${product.name} ${action}`,
    action: ramAction({ product, action: needs.action }),
  });
}

function toResource(described: AliDescription, properties: JsonObject, region: string | undefined): Resource {
  const { name, state: [native, states] = [undefined, {}], zone, created } = described;
  const nativeId = required(described.id, 'id');
  const status = described.status ?? (native === undefined ? 'available' : (states[native] ?? 'unknown'));
  const createdAt = created === undefined || created === '' ? NaN : Date.parse(created);
  return {
    nativeId,
    name: name || nativeId,
    status,
    ...(native === undefined ? {} : { nativeStatus: native }),
    regionId: described.region ?? region ?? '',
    ...(zone === undefined || zone === '' ? {} : { zoneId: zone }),
    addresses: [...new Set(present(described.addresses))],
    tags: tagsOf(described.tags),
    ...(Number.isNaN(createdAt) ? {} : { createdAt: new Date(createdAt) }),
    properties,
    relations: relationsOf(described.relations),
  };
}

function tagsOf(tags: readonly AliTag[] = []): Record<string, string> {
  const pairs = tags.map((tag) => [
    tag.TagKey ?? tag.Key ?? tag.key ?? '',
    tag.TagValue ?? tag.Value ?? tag.value ?? '',
  ]);
  return Object.fromEntries(pairs) as Record<string, string>;
}

function relationsOf(relations: AliDescription['relations'] = []): Relation[] {
  return relations.flatMap(([kind, type, ids]) =>
    [...new Set(present([ids].flat()))].map((nativeId) => ({ kind, type, nativeId })),
  );
}

function present(texts: readonly (string | undefined)[] = []): string[] {
  return texts.filter((text): text is string => text !== undefined && text !== '');
}
