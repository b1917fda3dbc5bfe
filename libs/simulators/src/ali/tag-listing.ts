import type { JsonObject } from '#domain';

import { AliFault } from './ali-fault.js';
import { UNLISTED_TAGS } from './documents/tagged.js';
import type { AliEstate } from './estate.js';

/** Databases whose tags are one call's, at most. */
const MAX_IDS = 50;
/** Tags of a page. The real one's number isn't documented; few, so that there are several pages. */
const PAGE = 20;

/** A call of RDS' `ListTagResources`. */
export interface TagRequest {
  parameters: URLSearchParams;
  region: string;
  tokenEpoch: number;
}

/** The tags of databases, by their ids. @throws {AliFault} as RDS does */
export function listDatabaseTags(
  estate: AliEstate,
  { parameters, region, tokenEpoch }: TagRequest,
): JsonObject {
  if (parameters.get('ResourceType') !== 'INSTANCE') {
    throw new AliFault(400, 'InvalidParameter.ResourceType', 'The specified ResourceType is not valid.');
  }
  const ids = [...parameters].flatMap(([name, id]) => (/^ResourceId\.\d+$/.test(name) ? [id] : []));
  if (ids.length === 0) throw new AliFault(400, 'MissingParameter.TagOrResource', 'Name ids or tags.');
  if (ids.length > MAX_IDS) {
    throw new AliFault(400, 'NumberExceed.ResourceIds', 'The maximum number of ResourceIds is exceeded.');
  }
  const databases = new Map(
    [...estate.from('database', region, 0)].map(({ document }) => [document['DBInstanceId'], document]),
  );
  const tags = ids.flatMap((id) => {
    const document = databases.get(id);
    if (document === undefined) {
      throw new AliFault(404, 'InvalidDBInstanceId.NotFound', 'The specified instance is not found.');
    }
    return Object.entries(document[UNLISTED_TAGS] as Record<string, string>).map(([key, value]) => ({
      ResourceId: id,
      ResourceType: 'INSTANCE',
      TagKey: key,
      TagValue: value,
    }));
  });
  const first = placeOf(parameters.get('NextToken') ?? '', tokenEpoch);
  const next = first + PAGE;
  return {
    TagResources: { TagResource: tags.slice(first, next) },
    NextToken: next < tags.length ? tokenOf(next, tokenEpoch) : '',
  };
}

function tokenOf(place: number, epoch: number): string {
  return Buffer.from(`${String(epoch)} tags ${String(place)}`).toString('base64');
}

function placeOf(token: string, epoch: number): number {
  if (token === '') return 0;
  const place = Number(/ (\d+)$/.exec(Buffer.from(token, 'base64').toString())?.[1]);
  if (token === tokenOf(place, epoch)) return place;
  throw new AliFault(400, 'InvalidParameter', 'The specified parameter NextToken is not valid.');
}
