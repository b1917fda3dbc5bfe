const PLACEHOLDER = /\$\{([^{}$]{0,100})\}/g;

/** The names that stand in a text as `${name}`. */
export function placeholdersIn(text: string): string[] {
  return [...text.matchAll(PLACEHOLDER)].map(([, name = '']) => name);
}

/** Fills a text's placeholders in. Those without a value stay: `check-connector.ts` has refused them. */
export function filledIn(
  text: string,
  values: Readonly<Record<string, string>>,
  encode: (value: string) => string = (value) => value,
): string {
  return text.replace(PLACEHOLDER, (whole, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    return value === undefined ? whole : encode(value);
  });
}
