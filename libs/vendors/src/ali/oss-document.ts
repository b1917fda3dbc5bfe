import type { JsonObject, JsonValue } from '#domain';

import { XmlReader } from '../shared/xml/xml-reader.js';

/** An element that is being read. */
interface Element {
  name: string;
  text: string;
  children: [name: string, value: JsonValue][];
}

/**
 * An XML document of OSS as JSON: an element with elements inside becomes an object, any other a text.
 * @param lists elements of which there may be several, whatever number there is
 * @throws {XmlError} when it is not well-formed or not complete
 */
export function readOssDocument(xml: string, lists: readonly string[]): JsonObject {
  const open: Element[] = [{ name: '', text: '', children: [] }];
  const innermost = () => open.at(-1) ?? { name: '', text: '', children: [] };
  const reader = new XmlReader({
    open({ localName }) {
      open.push({ name: localName, text: '', children: [] });
      return true;
    },
    text(piece) {
      innermost().text += piece;
    },
    close() {
      const { name, text, children } = open.pop() ?? innermost();
      const value = children.length === 0 && !lists.includes(name) ? text : toObject(children, lists);
      innermost().children.push([name, value]);
    },
  });
  reader.write(xml);
  reader.end();
  return toObject(innermost().children, lists);
}

function toObject(children: Element['children'], lists: readonly string[]): JsonObject {
  const object: JsonObject = {};
  for (const [name, value] of children) {
    const before = object[name];
    if (!lists.includes(name)) object[name] = value;
    else object[name] = Array.isArray(before) ? [...before, value] : [value];
  }
  return object;
}
