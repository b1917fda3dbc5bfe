import type { ManagedObject } from '../model/managed-object.js';

const ENVELOPE_START =
  '<?xml version="1.0" encoding="UTF-8"?>\n' +
  '<soapenv:Envelope xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/"' +
  ' xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"' +
  ' xmlns:xsd="http://www.w3.org/2001/XMLSchema"' +
  ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n<soapenv:Body>\n';
const ENVELOPE_END = '\n</soapenv:Body>\n</soapenv:Envelope>';

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#xD;',
};
const REPLACEMENT_CHARACTER = '\ufffd';
/** Control characters may not appear in XML 1.0 at all, not even as references; vcsim replaces them too. */
const FORBIDDEN = String.raw`(?![\t\n\r\x7f-\x9f])\p{Cc}|[\ufffe\uffff]|\p{Surrogate}`;
const NEEDS_ESCAPE = new RegExp(`[&<>"\\r]|${FORBIDDEN}`, 'u');
const ESCAPED = new RegExp(NEEDS_ESCAPE, 'gu');

/** Text as it may stand between tags and in attribute values. */
export function escapeXml(text: string): string {
  if (!NEEDS_ESCAPE.test(text)) return text;
  return text.replace(ESCAPED, (character) => ESCAPES[character] ?? REPLACEMENT_CHARACTER);
}

/** A managed object reference as an element. */
export function referenceElement(tag: string, object: ManagedObject): string {
  return `<${tag} type="${object.type}">${object.id}</${tag}>`;
}

/** Puts the parts of a body into a SOAP envelope. */
export function* envelope(body: Iterable<string>): Generator<string> {
  yield ENVELOPE_START;
  yield* body;
  yield ENVELOPE_END;
}
