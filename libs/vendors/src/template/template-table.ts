import type { JsonObject } from '#domain';
import { defineResourceTable, type Page, type ResourceTable } from '#vendor-kit';

import type { TemplateConnection } from './connection.js';
import { TemplateError } from './template-error.js';

/** What the cloud's lists answer with. */
interface ListAnswer {
  items?: unknown;
  next_marker?: unknown;
}

/** How a type is read. What differs from type to type is data, or a function of a document. */
export interface TemplateTable<Document extends JsonObject> {
  type: string;
  /** For people: `the list of servers`. */
  operation: string;
  path: string;
  permissions: readonly string[];
  toResource: ResourceTable<TemplateConnection, Document>['toResource'];
}

/** Declares a table that is paged by marker, the id behind which a page begins. */
export function defineTemplateTable<Document extends JsonObject>(
  table: TemplateTable<Document>,
): ResourceTable<TemplateConnection, Document> {
  const { type, permissions, toResource } = table;
  return defineResourceTable<TemplateConnection, Document>({
    type,
    permissions,
    toResource,

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
        const page: Page<Document> = { items: answer.items as Document[] };
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
