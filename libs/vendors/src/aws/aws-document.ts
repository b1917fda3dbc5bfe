import type { JsonObject, JsonValue } from '#domain';

/**
 * An item of the SDK's as JSON, under AWS's names. Lists are sorted by what is in them: AWS promises no order of
 * any, and an unchanged resource has to stay the same.
 * @param left what is not worth keeping, by name: what changes by itself, and what is kept elsewhere
 */
export function documentOf(item: object, left: readonly string[] = []): JsonObject {
  const document: JsonObject = {};
  for (const [name, value] of Object.entries(item)) {
    const json = left.includes(name) ? undefined : jsonOf(value);
    if (json !== undefined) document[name] = json;
  }
  return document;
}

/** `undefined` for what JSON has no words for. */
function jsonOf(value: unknown): JsonValue | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return numberOf(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return sorted(value.map(jsonOf).filter((entry) => entry !== undefined));
  return typeof value === 'object' ? documentOf(value) : undefined;
}

/** As text what JSON has no number for. Its zero has no sign. */
function numberOf(value: number): JsonValue {
  if (value === 0) return 0;
  return Number.isFinite(value) ? value : String(value);
}

function sorted(list: JsonValue[]): JsonValue[] {
  if (list.length < 2) return list;
  return list
    .map((entry) => ({ entry, text: JSON.stringify(entry) }))
    .sort((one, other) => (one.text < other.text ? -1 : one.text > other.text ? 1 : 0))
    .map(({ entry }) => entry);
}
