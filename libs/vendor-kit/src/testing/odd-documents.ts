/** A document that differs from a vendor's in one place. */
export interface OddDocument {
  /** What is odd about it: `without /disks/0/id`. */
  name: string;
  document: unknown;
}

/** Ten kilobytes in the scripts of the world, with what breaks careless code: quotes, markup, an emoji's two halves. */
export const LONG_TEXT = `"名前' <Größe> \\ 🚀 שלום\u200d — `.repeat(320);

/**
 * A vendor's document with each of its fields left out, each set to null, and each text replaced by a long one: what
 * a vendor may send one day. Only plain objects and arrays are looked into; the document itself is not changed.
 * @param nulls false for what has none, as XML
 */
export function* oddDocuments(document: unknown, { nulls = true } = {}): Generator<OddDocument> {
  for (const { path, value, isElement } of placesIn(document)) {
    const where = `/${path.join('/')}`;
    yield { name: `without ${where}`, document: changed(document, path, undefined) };
    if (nulls && !isElement) yield { name: `null at ${where}`, document: changed(document, path, null) };
    if (typeof value === 'string') {
      yield { name: `a long text at ${where}`, document: changed(document, path, LONG_TEXT) };
    }
  }
}

/** A field of an object or an element of an array, however deep. */
interface Place {
  path: readonly string[];
  value: unknown;
  isElement: boolean;
}

function* placesIn(branch: unknown, path: readonly string[] = []): Generator<Place> {
  if (!isBranch(branch)) return;
  for (const [key, value] of Object.entries(branch) as [string, unknown][]) {
    yield { path: [...path, key], value, isElement: Array.isArray(branch) };
    yield* placesIn(value, [...path, key]);
  }
}

/** The document with another value at a path; undefined takes the field, or the array's element, away. */
function changed(document: unknown, [key, ...rest]: readonly string[], replacement: unknown): unknown {
  if (key === undefined || !isBranch(document)) return replacement;
  const entries = (Object.entries(document) as [string, unknown][]).flatMap(([name, value]) => {
    const now = name === key ? changed(value, rest, replacement) : value;
    return now === undefined ? [] : [[name, now] as const];
  });
  return Array.isArray(document) ? entries.map(([, element]) => element) : Object.fromEntries(entries);
}

function isBranch(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}
