import type { JsonObject, JsonValue } from '#domain';

/**
 * A document without what these JSON Pointers (RFC 6901) lead to. They lead through objects only; one that
 * leads nowhere is passed over. The document itself stays as it is.
 */
export function withoutVolatile(properties: JsonObject, volatile: readonly string[]): JsonObject {
  return volatile.reduce((document, pointer) => omit(document, tokensOf(pointer)), properties);
}

function tokensOf(pointer: string): string[] {
  const tokens = pointer.split('/').slice(1);
  return tokens.map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function omit(document: JsonObject, [token, ...rest]: readonly string[]): JsonObject {
  if (token === undefined || !Object.hasOwn(document, token)) return document;
  const { [token]: child, ...others } = document;
  if (rest.length === 0) return others;
  return isObject(child) ? { ...others, [token]: omit(child, rest) } : document;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
