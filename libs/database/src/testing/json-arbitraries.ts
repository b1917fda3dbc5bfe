import fc from 'fast-check';

import type { JsonObject, JsonValue } from '#domain';

/** Texts that something on the way could take for others. */
const AWKWARD_TEXTS = ['', '\0', 'a\0', '\ud800', '\ufffd', 'é', 'é', '1:a', '0', 'null', '{}', '\u{1f600}'];
const AWKWARD_NUMBERS = [
  0,
  -0,
  1.0,
  1e21,
  1e-7,
  2 ** 31,
  -(2 ** 31),
  2 ** 53,
  0.1,
  5e-324,
  1.7976931348623157e308,
];
/** Keys that objects have by birth, or that look like numbers, which JavaScript puts first. */
const AWKWARD_KEYS = ['__proto__', 'constructor', 'toString', 'length', '0', '10', '2', '', 'a', 'b'];

const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...AWKWARD_TEXTS));
const key = fc.oneof(fc.string(), fc.constantFrom(...AWKWARD_KEYS));

const { value, document } = fc.letrec<{ value: JsonValue; document: JsonObject }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    text,
    fc.constantFrom(...AWKWARD_NUMBERS),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.constantFrom(null, true, false),
    fc.array(tie('value'), { maxLength: 5 }),
    tie('document'),
  ),
  document: fc.dictionary(key, tie('value'), { maxKeys: 6 }).map((entries) => ({ ...entries })),
}));

/** JSON values, and documents, as awkward as vendors can be. */
export const jsonValue: fc.Arbitrary<JsonValue> = value;
export const jsonDocument: fc.Arbitrary<JsonObject> = document;

/** The same value with the keys of every object in the opposite order. */
export function withKeysReversed(of: JsonValue): JsonValue {
  if (Array.isArray(of)) return of.map(withKeysReversed);
  if (typeof of !== 'object' || of === null) return of;
  const entries = Object.entries<JsonValue>(of);
  return Object.fromEntries(entries.reverse().map(([name, item]) => [name, withKeysReversed(item)]));
}
