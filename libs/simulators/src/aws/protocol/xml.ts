/** What becomes an element: text, elements by name, or a list. `undefined` becomes nothing. */
export type XmlValue =
  | string
  | number
  | boolean
  | Date
  | undefined
  | XmlList
  | readonly XmlValue[]
  | { readonly [name: string]: XmlValue };

/** A list whose entries have a name of their own. */
export class XmlList {
  constructor(
    readonly entryName: string,
    readonly entries: readonly XmlValue[],
  ) {}
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
};

/**
 * Writes an element.
 * @param entryName what the entries of plain lists are called: `item` with EC2, else `member`
 */
export function element(name: string, value: XmlValue, entryName: string): string {
  if (value === undefined) return '';
  if (value instanceof XmlList)
    return `<${name}>${contents(value.entries, value.entryName, entryName)}</${name}>`;
  if (isList(value)) return `<${name}>${contents(value, entryName, entryName)}</${name}>`;
  if (value instanceof Date) return `<${name}>${value.toISOString()}</${name}>`;
  if (typeof value !== 'object') return `<${name}>${escapeXml(String(value))}</${name}>`;
  let inner = '';
  for (const [field, content] of Object.entries(value)) inner += element(field, content, entryName);
  return `<${name}>${inner}</${name}>`;
}

function contents(entries: readonly XmlValue[], name: string, entryName: string): string {
  let text = '';
  for (const entry of entries) text += element(name, entry, entryName);
  return text;
}

function isList(value: XmlValue): value is readonly XmlValue[] {
  return Array.isArray(value);
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"\r]/g, (character) => ESCAPES[character] ?? character);
}
