import type { Resource } from '#domain';
import { defineResourceTable, type ResourceTable } from '#vendor-kit';

import type { OtherConnection } from './connection.js';
import type { FileConnection } from './file/file-connection.js';
import { inRow, type StreamRecord } from './paging/stream-pages.js';
import type { PushConnection } from './push/push-connection.js';
import { RESOURCE_TYPES } from './resource-types.js';
import { isScopeOf } from './stream.js';

/** How an account is read: by asking an API, from a file, or not at all, since its source posts by itself. */
export type OtherSource = OtherConnection | FileConnection | PushConnection;

/** A type's table: all streams of the type, each a scope of its own, or what of a file is of the type. */
function tableOf(type: string): ResourceTable<OtherSource, StreamRecord | Resource> {
  return defineResourceTable<OtherSource, StreamRecord | Resource>({
    type,
    permissions: ["to read what the connector's streams of the type ask for"],

    isListedIn: (scope) => isScopeOf(type, scope),

    async *pages({ connection, scope, resumeAt, signal }) {
      yield* connection.pages(scope.key, { resumeAt, signal });
    },

    toResource: (item) => ('nativeId' in item ? item : resourceOf(item)),
  });
}

function resourceOf({ stream, record, page, row }: StreamRecord): Resource {
  return inRow(stream, stream.host, { page, row }, () => stream.mapper.resourceOf(record));
}

/** A table for each type that a connector may list. */
export const TABLES = RESOURCE_TYPES.map(tableOf);
