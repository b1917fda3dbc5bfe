/** An escape for a character that Postgres' jsonb refuses: NUL, or half of a surrogate pair. */
const MAYBE_REFUSED = /\\u(0000|d[89a-f])/;

/**
 * JSON text that Postgres can store as jsonb. Characters that it cannot hold, which some vendor sooner or
 * later sends in a name or a tag, become U+FFFD rather than failing the page.
 */
export function toJsonPayload(value: unknown): string {
  return storableJson(JSON.stringify(value), value);
}

/** The same, of a value whose JSON has been made already. */
export function storableJson(json: string, value: unknown): string {
  return MAYBE_REFUSED.test(json) ? JSON.stringify(value, storable) : json;
}

function storable(_key: string, value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [storableText(key), item as unknown]));
}

/** The same for a plain text column, whose contents must be compared with the text that was stored. */
export function storableText(text: string): string;
export function storableText(text: string | null): string | null;
export function storableText(text: string | null): string | null {
  return text === null ? null : text.replaceAll('\0', '\uFFFD').toWellFormed();
}
