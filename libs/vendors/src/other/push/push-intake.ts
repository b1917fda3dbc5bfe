import type { JsonObject, Relation, Resource, Scope } from '#domain';
import { type PageIntake, type PostedResource, PostedResourceError } from '#vendor-kit';

import type { MappingDocument } from '../document/connector-document.js';
import { MappingError, RecordMapper } from '../mapping/record-mapper.js';
import { scopeKeyOf } from '../stream.js';
import { DEFAULT_TIMEOUT_MINUTES, type PushDocument } from './push-document.js';

const SECONDS_A_MINUTE = 60;

/** A posted resource has our names for its fields already. */
const MAPPING: MappingDocument = {
  id: 'id',
  name: 'name',
  zone: 'zone',
  addresses: 'addresses',
  tags: 'tags',
  created_at: 'created_at',
  properties: 'properties || `{}`',
};

/** Makes resources of what a source posts. */
export class PushIntake implements PageIntake {
  readonly timeoutSeconds: number;
  private readonly withStatus: RecordMapper;
  private readonly withoutStatus: RecordMapper;

  constructor({ timeout_minutes = DEFAULT_TIMEOUT_MINUTES, states, default_status }: PushDocument) {
    this.timeoutSeconds = timeout_minutes * SECONDS_A_MINUTE;
    this.withoutStatus = new RecordMapper({ mapping: MAPPING });
    this.withStatus = new RecordMapper({
      mapping: { ...MAPPING, status: 'status' },
      ...(states === undefined ? {} : { states }),
      ...(default_status === undefined ? {} : { default_status }),
    });
  }

  scopeOf(type: string, region: string): Scope {
    const names = region === '' ? [] : [region];
    return { key: scopeKeyOf(type, 'push', ...names), name: region === '' ? 'push' : region };
  }

  resourceOf(posted: PostedResource, region: string): Resource {
    const mapper = (posted.status ?? '') === '' ? this.withoutStatus : this.withStatus;
    try {
      const resource = mapper.resourceOf(posted as unknown as JsonObject);
      return { ...resource, regionId: region, relations: relationsOf(posted) };
    } catch (error) {
      if (!(error instanceof MappingError)) throw error;
      throw new PostedResourceError(error.message.replace(/^mapping\./, ''), { cause: error });
    }
  }
}

/** Each once. */
function relationsOf({ relations }: PostedResource): Relation[] {
  const all = (relations ?? []).map(({ kind, type, id }): Relation => ({ kind, type, nativeId: id }));
  return [...new Map(all.map((one) => [`${one.kind} ${one.type} ${one.nativeId}`, one])).values()];
}
