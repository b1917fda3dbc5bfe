import type { JsonObject, JsonValue } from '#domain';

const EVERY_FIELD = '*';

/**
 * The texts at a path of a document, through lists and objects: `attachments.serverId`; `*` is every field. Config
 * writes the names of a service's fields anew, and one service's like `vpcId` and another's like `VpcId` or `vpc_id`:
 * names are compared by their letters and digits.
 */
export function textsAt(document: JsonValue | undefined, path: string): string[] {
  const values = path
    .split('.')
    .map((step) => (step === EVERY_FIELD ? step : lettersOf(step)))
    .reduce<JsonValue[]>(
      (found, step) =>
        found.flatMap((value) => {
          const inner = stepInto(value, step);
          return inner.flat();
        }),
      document === undefined ? [] : [document].flat(),
    );
  return values.filter((value): value is string => typeof value === 'string' && value !== '');
}

export function textAt(document: JsonValue | undefined, ...paths: readonly string[]): string | undefined {
  return paths.flatMap((path) => textsAt(document, path))[0];
}

/** A document without fields that say nothing. */
export function withoutEmpty(document: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(document).filter(([, value]) => value !== undefined && value !== null && value !== ''),
  ) as JsonObject;
}

/** A document with those of its fields in order that are lists without one, or every sync would find it changed. */
export function inOrder(document: JsonObject, fields: readonly string[]): JsonObject {
  const sorted = fields.flatMap((field) => {
    const list = document[field];
    if (!Array.isArray(list)) return [];
    const texts = list.map((item) => ({ text: JSON.stringify(item), item }));
    return [
      [
        field,
        texts.sort(({ text }, { text: other }) => (text < other ? -1 : 1)).map(({ item }) => item),
      ] as const,
    ];
  });
  return { ...document, ...Object.fromEntries(sorted) };
}

/** The object that a text is in JSON; `undefined` where it is none. */
export function objectIn(text: string): JsonObject | undefined {
  try {
    const document: unknown = JSON.parse(text);
    const isObject = typeof document === 'object' && document !== null && !Array.isArray(document);
    return isObject ? (document as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

function stepInto(value: JsonValue, step: string): JsonValue[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  if (step === EVERY_FIELD) return Object.values(value);
  const found = Object.entries(value).find(([name]) => lettersOf(name) === step);
  return found === undefined ? [] : [found[1]];
}

function lettersOf(name: string): string {
  return name.replace(/[^\da-z]/gi, '').toLowerCase();
}
