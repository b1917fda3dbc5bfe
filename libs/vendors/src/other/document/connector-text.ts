import { JSON_SCHEMA, mergeTag } from 'js-yaml';

import { loadYaml } from '../../shared/yaml/load-yaml.js';

/** How large a connector may be, as JSON and as text. */
export const MAX_CONNECTOR_CHARACTERS = 262_144;
/** Deeper than what the API takes. */
const MAX_DEPTH = 16;
/** What would be a number, true, false or null in JSON is one, and all else is text: no, 0123, and True, a state. */
const SCHEMA = JSON_SCHEMA.withTags(mergeTag);

const TOO_LARGE = {
  problem:
    `connector must have at most ${String(MAX_CONNECTOR_CHARACTERS)} characters, with all that its aliases repeat, ` +
    `and ${String(MAX_DEPTH)} levels`,
};

/** The connector that a text holds as YAML, or why it holds none. JSON is YAML, too. */
export function readConnectorText(text: string): { connector: object } | { problem: string } {
  if (text.length > MAX_CONNECTOR_CHARACTERS) return TOO_LARGE;
  const read = loadYaml(text, SCHEMA);
  if ('problem' in read) return { problem: `connector: ${read.problem}` };
  const { document } = read;
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    return { problem: 'connector: the YAML must be a map, with version and so on' };
  return isBounded(document) ? { connector: document } : TOO_LARGE;
}

/** Whether a document has an end, and about as many characters of JSON as a connector may have, or fewer. */
function isBounded(document: object): boolean {
  const open: { value: unknown; depth: number }[] = [{ value: document, depth: 0 }];
  let characters = 0;
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const { value, depth } = node;
    characters += typeof value === 'string' ? value.length : 1;
    if (characters > MAX_CONNECTOR_CHARACTERS || depth > MAX_DEPTH) return false;
    if (typeof value !== 'object' || value === null) continue;
    for (const [name, inner] of Object.entries(value)) {
      characters += Array.isArray(value) ? 0 : name.length;
      open.push({ value: inner, depth: depth + 1 });
    }
  }
  return true;
}
