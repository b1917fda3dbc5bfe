import type { JsonObject, JsonValue } from '#domain';

/** Where products have their tags: a list, or one inside. */
const TAG_FIELDS = ['Tags', 'tags'];

/**
 * A resource's `properties`: the vendor's document without some of its fields, and with its tags in order, as
 * Alibaba Cloud has them in none.
 */
export function toProperties(document: JsonObject, omit: readonly string[] = []): JsonObject {
  const kept = Object.entries(document).filter(([name]) => !omit.includes(name));
  return Object.fromEntries(
    kept.map(([name, value]) => [name, TAG_FIELDS.includes(name) ? inOrder(value) : value]),
  );
}

function inOrder(value: JsonValue): JsonValue {
  if (Array.isArray(value)) {
    return value
      .map((tag) => ({ tag, text: JSON.stringify(tag) }))
      .sort((one, other) => (one.text < other.text ? -1 : 1))
      .map(({ tag }) => tag);
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, inOrder(inner)]));
}
