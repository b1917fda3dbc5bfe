import type { JsonObject, JsonValue } from '#domain';

import { textAt } from '../shared/huawei-api/document.js';

/** What stands between several in ManageOne's texts. */
const BETWEEN = /[@,]/;

/**
 * A resource's tags, by name. Services have them as an object, or a list of `key=value` or `{ key, value }`; ManageOne
 * as a text that holds any of these, as JSON or as `@key=value@…@`.
 */
export function tagsOf({ tags, metadata }: JsonObject): Record<string, string> {
  const labels =
    typeof metadata === 'object' && metadata !== null ? (metadata as JsonObject)['labels'] : null;
  const pairs = [tags, labels].flatMap((found): (readonly [string, JsonValue])[] => {
    const list = typeof found === 'string' ? ofText(found) : found;
    if (typeof list !== 'object' || list === null) return [];
    return Array.isArray(list) ? list.map(pairOf) : Object.entries(list);
  });
  return Object.fromEntries(
    pairs
      .filter(([name]) => name !== '')
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

function ofText(text: string): JsonValue {
  if (/^\s*[[{]/.test(text)) {
    try {
      return JSON.parse(text) as JsonValue;
    } catch {
      // Then it only begins like JSON.
    }
  }
  return text.split(BETWEEN);
}

function pairOf(tag: JsonValue): readonly [string, JsonValue] {
  if (typeof tag === 'string') {
    const split = tag.indexOf('=');
    return split < 0 ? [tag, ''] : [tag.slice(0, split), tag.slice(split + 1)];
  }
  return [textAt(tag, 'key') ?? '', textAt(tag, 'value') ?? ''];
}
