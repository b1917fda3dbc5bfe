/** Whether it is an object as JSON has them: anything else, such as a Date, has a form of its own there. */
export function isPlainObject(value: object): value is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** What JSON makes of a value. */
export function asJson(value: object): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** Whether JSON has a word for it: what has none is left out of an object. */
export function hasJson(value: unknown): boolean {
  return value !== undefined && typeof value !== 'function' && typeof value !== 'symbol';
}
