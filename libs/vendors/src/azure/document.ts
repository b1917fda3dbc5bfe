import type { JsonObject, JsonValue } from '#domain';

/**
 * The texts at a path of a document, through lists and objects: `networkProfile.networkInterfaces.id`. Documents
 * are of hundreds of types that only Azure's own clients have declarations of, so what isn't there, or is something
 * else, is no text.
 */
export function textsAt(document: JsonValue | undefined, path: string): string[] {
  return valuesAt(document, path).filter(
    (value): value is string => typeof value === 'string' && value !== '',
  );
}

export function textAt(document: JsonValue | undefined, path: string): string | undefined {
  return textsAt(document, path)[0];
}

/** A document without some of its fields. */
export function without(document: JsonObject, fields: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(document).filter(([field]) => !fields.includes(field)));
}

function valuesAt(document: JsonValue | undefined, path: string): JsonValue[] {
  return path.split('.').reduce<JsonValue[]>(
    (values, step) =>
      values.flatMap((value) => {
        const inner = stepInto(value, step);
        return Array.isArray(inner) ? inner : inner === undefined ? [] : [inner];
      }),
    document === undefined ? [] : [document].flat(),
  );
}

function stepInto(value: JsonValue, step: string): JsonValue | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, step) ? value[step] : undefined;
}
