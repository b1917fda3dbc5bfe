import type { JsonObject, RelationKind, Resource, ResourceStatus } from '#domain';
import { defineResourceTable, type Page, required, type ResourceTable } from '#vendor-kit';

import type { TemplateConnection } from './connection.js';
import { TemplateError } from './template-error.js';

/** What the cloud's lists answer with. */
interface ListAnswer {
  items?: unknown;
  next_marker?: unknown;
}

/** What a table makes of a document. Everything but the id may be missing. */
export interface TemplateDescription {
  id: string | null | undefined;
  name?: string | null | undefined;
  /** The vendor's word, and what it means. */
  state: readonly [native: string | null | undefined, statuses: Readonly<Record<string, ResourceStatus>>];
  zone?: string | null | undefined;
  /** ISO 8601, with a zone. */
  created?: string | null | undefined;
  addresses?: readonly string[] | null | undefined;
  tags?: Readonly<Record<string, string | null>> | null | undefined;
  relations?: readonly (readonly [
    kind: RelationKind,
    type: string,
    ids: readonly string[] | null | undefined,
  ])[];
}

/** How a type is read. What differs from type to type is data, or a function of a document. */
export interface TemplateTable<Document> {
  type: string;
  /** For people: `the list of servers`. */
  operation: string;
  path: string;
  permissions: readonly string[];
  describe: (document: Document) => TemplateDescription;
}

/** Declares a table that is paged by marker, the id behind which a page begins. */
export function defineTemplateTable<Document>(
  table: TemplateTable<Document>,
): ResourceTable<TemplateConnection, JsonObject> {
  const { type, permissions, describe } = table;
  return defineResourceTable<TemplateConnection, JsonObject>({
    type,
    permissions,
    toResource: (document, scope) => toResource(describe(document as Document), document, scope.key),

    async *pages({ connection: { client, itemsPerPage }, scope, resumeAt, signal }) {
      const { operation, path } = table;
      let marker = resumeAt;
      for (;;) {
        const query = {
          region: scope.key,
          limit: String(itemsPerPage),
          ...(marker === undefined ? {} : { marker }),
        };
        const answer = (await client.get({ operation, path, query }, signal)) as ListAnswer;
        // An answer without its list is no empty list.
        if (!Array.isArray(answer.items)) {
          throw new TemplateError('MALFORMED_ANSWER', { host: client.host, operation });
        }
        const page: Page<JsonObject> = { items: answer.items as JsonObject[] };
        const next = answer.next_marker;
        if (typeof next !== 'string') {
          yield page;
          return;
        }
        // A page that leads back to itself would be listed for ever.
        if (next === marker) throw new TemplateError('MALFORMED_ANSWER', { host: client.host, operation });
        marker = next;
        yield { ...page, resumeAt: marker };
      }
    },
  });
}

function toResource(described: TemplateDescription, properties: JsonObject, regionId: string): Resource {
  const { name, zone, created, addresses, tags, relations = [] } = described;
  const [native, statuses] = described.state;
  const nativeId = required(described.id, 'id');
  const createdAt = Date.parse(created ?? '');
  return {
    nativeId,
    name: name || nativeId,
    status: statuses[native ?? ''] ?? 'unknown',
    ...(native ? { nativeStatus: native } : {}),
    regionId,
    ...(zone ? { zoneId: zone } : {}),
    addresses: addresses ?? [],
    tags: Object.fromEntries(Object.entries(tags ?? {}).map(([key, value]) => [key, value ?? ''])),
    ...(Number.isNaN(createdAt) ? {} : { createdAt: new Date(createdAt) }),
    properties,
    relations: relations.flatMap(([kind, target, ids]) =>
      (ids ?? []).map((id) => ({ kind, type: target, nativeId: id })),
    ),
  };
}
