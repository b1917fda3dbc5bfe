import type { JsonObject, JsonValue, Relation, Resource, Scope } from '#domain';
import { defineResourceTable, type Listing, type Page, required, type ResourceTable } from '#vendor-kit';

import { inOrder, textAt, textsAt, withoutEmpty } from '../shared/huawei-api/document.js';
import { HcsConnection, placeOf } from './connection.js';
import { type HcsType, statusOf } from './hcs-type.js';
import { type ManageOneRow, pagesOfClass } from './manageone/class-pages.js';
import type { ManageOneConnection } from './manageone/manageone-connection.js';
import { resourceOfRow } from './manageone/row-resource.js';
import { byMarker } from './paging.js';
import { tagsOf } from './tags-of.js';
import { timeOfText } from './time-of-text.js';

/** By which door a cloud is read: its tenants' services, or ManageOne's database of all of them, the operator's. */
export type HcsSource = HcsConnection | ManageOneConnection;

/** What a list of either has. */
export type HcsItem = { document: JsonObject } | ManageOneRow;

/** When ManageOne last looked at a row. */
const LAST_MODIFIED = '/last_Modified';

/** Declares a table. */
export function defineHcsTable(table: HcsType): ResourceTable<HcsSource, HcsItem> {
  const { type, action, manageOne } = table;
  return defineResourceTable<HcsSource, HcsItem>({
    type,
    permissions: [`${action} (by ManageOne: to read ${manageOne.classNames.join(' or ')})`],
    volatile: [LAST_MODIFIED],
    pages: ({ connection, ...listing }) =>
      connection instanceof HcsConnection
        ? pagesOf(table, { connection, ...listing })
        : pagesOfClass(manageOne.classNames, { connection, ...listing }),
    toResource: (item, scope) =>
      'row' in item ? resourceOfRow(item, scope, table) : resourceOf(item.document, scope, table),
  });
}

async function* pagesOf(
  table: HcsType,
  { connection, scope, resumeAt, signal }: Listing<HcsConnection>,
): AsyncGenerator<Page<{ document: JsonObject }>> {
  signal.throwIfAborted();
  const { service, action, path, list, maxPageSize, paging = byMarker, query = [], owner = [] } = table;
  const project = placeOf(scope.key);
  const isOwn = (item: JsonObject) => (textAt(item, ...owner) ?? project.projectId) === project.projectId;
  const pages = paging({
    call: { ...connection.serviceCall(service, project, path(project)), action, query },
    list,
    pageSize: Math.min(connection.pageSize, maxPageSize),
    idOf: (item) => idOf(item, table),
    get: (call) => connection.get(call, signal),
    resumeAt,
  });
  for await (const { items, ...place } of pages) {
    // A page is written in one statement, which takes no resource twice.
    const found = new Map((items as JsonObject[]).map((item) => [idOf(item, table), item]));
    const own = [...found.values()].filter(isOwn);
    yield { items: own.map((document) => ({ document })), ...place };
    signal.throwIfAborted();
  }
}

function idOf(item: JsonValue, { id = 'id' }: HcsType): string {
  return required(textAt(item, id), id);
}

function resourceOf(item: JsonObject, { key }: Scope, table: HcsType): Resource {
  const { name = 'name', state, created = [], addresses = [] } = table;
  const nativeId = idOf(item, table);
  const word = state === undefined ? undefined : textAt(item, state[0]);
  const createdAt = timeOfText(textAt(item, ...created));
  const zone = textAt(item, 'availability_zone', 'OS-EXT-AZ:availability_zone');
  return {
    nativeId,
    name: textAt(item, name) ?? nativeId,
    status: table.status?.(item) ?? statusOf(word, state?.[1]),
    ...(word === undefined ? {} : { nativeStatus: word }),
    regionId: placeOf(key).region,
    ...(zone === undefined ? {} : { zoneId: zone }),
    addresses: [...new Set(addresses.flatMap((at) => textsAt(item, at)))],
    tags: tagsOf(item),
    ...(createdAt > 0 ? { createdAt: new Date(createdAt) } : {}),
    properties: withoutEmpty(inOrder(item, table.unordered ?? [])),
    relations: relationsOf(item, table),
  };
}

function relationsOf(item: JsonObject, { relations = [], isRelated = () => true }: HcsType): Relation[] {
  return relations
    .filter(([, type]) => isRelated(item, type))
    .flatMap(([kind, type, at]) =>
      [...new Set(textsAt(item, at))].map((nativeId) => ({ kind, type, nativeId })),
    );
}
