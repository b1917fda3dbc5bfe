import type { OpenAPIObject } from '@nestjs/swagger';

type Json = Record<string, unknown>;

const SCHEMAS = '#/components/schemas/';
const SUFFIX = /Dto$/;

/** Says that a request with a field that is not known is refused. Answers may come to have more fields. */
export function closeRequestSchemas({ paths, components }: OpenAPIObject): void {
  const schemas = components?.schemas as Record<string, Json>;
  const open = Object.values(paths).flatMap((item) =>
    Object.values(item as Record<string, Json>).flatMap(({ requestBody }) => [...referencesIn(requestBody)]),
  );
  const closed = new Set<Json>();
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const schema = schemas[String(at['$ref']).slice(SCHEMAS.length)];
    if (schema === undefined || closed.has(schema)) continue;
    closed.add(schema);
    if (schema['properties'] !== undefined) schema['additionalProperties'] = false;
    open.push(...referencesIn(schema));
  }
}

/** Names the schemas as a client's author would: `SyncTask`, not `SyncTaskDto`. */
export function dropDtoSuffix(document: OpenAPIObject): void {
  for (const reference of referencesIn(document)) {
    reference['$ref'] = String(reference['$ref']).replace(SUFFIX, '');
  }
  const schemas = Object.entries(document.components?.schemas ?? {});
  const named = schemas.map(([name, schema]) => [name.replace(SUFFIX, ''), schema] as const);
  Object.assign(document.components ?? {}, { schemas: Object.fromEntries(named) });
}

/** Every object with a `$ref` in what may be nested. */
function* referencesIn(value: unknown): Generator<Json> {
  if (typeof value !== 'object' || value === null) return;
  if ('$ref' in value) yield value;
  for (const child of Object.values(value)) yield* referencesIn(child);
}
