import type { JsonObject, Relation, Resource, Scope } from '#domain';

import { textAt, textsAt, withoutEmpty } from '../../shared/huawei-api/document.js';
import { type HcsType, statusOf } from '../hcs-type.js';
import { tagsOf } from '../tags-of.js';
import { timeOfText } from '../time-of-text.js';
import { type ManageOneRow, nativeIdOf } from './class-pages.js';
import { projectOf } from './manageone-connection.js';

/** Fields with the region, the best first: the id that the services have in their hosts, then names, then ManageOne's. */
const REGION = ['bizRegionNativeId', 'logicalRegionName', 'regionName', 'bizRegionId', 'regionId'];
const ZONE = ['azoneName', 'azoneId'];
const NO_ADDRESS = '0.0.0.0';
/** An id of ManageOne's own, by which no resource of ours is called. */
const OWN_ID = /^[\dA-F]{32}$/;

/** Normalizes a row to what the service's own document is normalized to. */
export function resourceOfRow({ row, homeRegion }: ManageOneRow, { key }: Scope, type: HcsType): Resource {
  const { manageOne, state, addresses = [], created = [] } = type;
  const nativeId = nativeIdOf(row);
  const word = state === undefined ? undefined : textAt(row, state[0], 'status');
  const createdAt = timeOfText(textAt(row, 'createdAt', 'launchedAt', ...created));
  const zone = textAt(row, ...ZONE);
  const found = [...(manageOne.addresses ?? []), ...addresses].flatMap((path) => listAt(row, path));
  return {
    nativeId,
    name: textAt(row, manageOne.name ?? 'name') ?? nativeId,
    status: type.status?.(row) ?? statusOf(word, state?.[1]),
    ...(word === undefined ? {} : { nativeStatus: word }),
    regionId: projectOf(key)?.region ?? textAt(row, ...REGION) ?? homeRegion,
    ...(zone === undefined ? {} : { zoneId: zone }),
    addresses: [...new Set(found)].filter((address) => address !== NO_ADDRESS),
    tags: tagsOf(row),
    ...(createdAt > 0 ? { createdAt: new Date(createdAt) } : {}),
    properties: withoutEmpty(row),
    relations: relationsOf(row, type),
  };
}

function relationsOf(
  row: JsonObject,
  { manageOne, relations = [], isRelated = () => true }: HcsType,
): Relation[] {
  const found = [...(manageOne.relations ?? []), ...relations]
    .filter(([, type]) => isRelated(row, type))
    .flatMap(([kind, type, path]) =>
      listAt(row, path)
        .filter((id) => !OWN_ID.test(id))
        .map((nativeId): Relation => ({ kind, type, nativeId })),
    );
  return [...new Map(found.map((relation) => [Object.values(relation).join(' '), relation])).values()];
}

/** What a field holds: one text, or several as `@one@two@`. */
function listAt(row: JsonObject, path: string): string[] {
  return textsAt(row, path)
    .flatMap((text) => text.split('@'))
    .filter((part) => part !== '');
}
