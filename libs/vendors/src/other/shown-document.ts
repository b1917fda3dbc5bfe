import type { JsonObject, JsonValue } from '#domain';

/** A larger document is not shown, in characters of JSON. */
const MAX_CHARACTERS = 8_192;
/** What lies deeper is not shown. */
const MAX_DEPTH = 32;
/** Names of what may be secret. */
export const SECRET_NAME =
  /pass(?!ive)|pwd|secret|token|credential|private_?key|(api|access)_?key|authoriz|cookie/i;
const MASKED = '[masked]';
/** Fields by which lists of pairs name what they hold: `{"key": "password", "value": "…"}`. */
const NAMING_FIELDS = ['key', 'name', 'Key', 'Name'];
const VALUE_FIELD = /^value$/i;

/** A document as people may see it who try a mapping: without what is named like a secret, and not too large. */
export function shownDocument(document: JsonObject): JsonObject {
  const shown = masked(document, 0) as JsonObject;
  const characters = JSON.stringify(shown).length;
  return characters > MAX_CHARACTERS
    ? { too_large: `${String(characters)} characters, of which none are shown` }
    : shown;
}

function masked(value: JsonValue, depth: number): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  if (depth === MAX_DEPTH) return '[too deep]';
  if (Array.isArray(value)) return value.map((one) => masked(one, depth + 1));
  const isSecretPair = NAMING_FIELDS.some((field) => isSecretName(value[field]));
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const isSecret = SECRET_NAME.test(name) || (isSecretPair && VALUE_FIELD.test(name));
      return [name, isSecret && inner !== null ? MASKED : masked(inner, depth + 1)];
    }),
  );
}

function isSecretName(value: JsonValue | undefined): boolean {
  return typeof value === 'string' && SECRET_NAME.test(value);
}
