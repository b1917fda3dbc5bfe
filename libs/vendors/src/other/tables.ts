import { defineResourceTable, type ResourceTable } from '#vendor-kit';

import type { OtherConnection } from './connection.js';
import { inRow, streamPages, type StreamRecord } from './paging/stream-pages.js';
import { RESOURCE_TYPES } from './resource-types.js';
import { isScopeOf } from './stream.js';

/** A type's table: all streams of the type, each a scope of its own. */
function streamTable(type: string): ResourceTable<OtherConnection, StreamRecord> {
  return defineResourceTable<OtherConnection, StreamRecord>({
    type,
    permissions: ["to read what the connector's streams of the type ask for"],

    isListedIn: (scope) => isScopeOf(type, scope),

    async *pages({ connection, scope, resumeAt, signal }) {
      yield* streamPages(connection.stream(scope.key), { client: connection.client, resumeAt, signal });
    },

    toResource: ({ stream, record, page, row }) =>
      inRow(stream, stream.host, { page, row }, () => stream.mapper.resourceOf(record)),
  });
}

/** A table for each type that a connector may list. */
export const TABLES = RESOURCE_TYPES.map(streamTable);
