import type { ManagedObjectReference } from './shape.js';

const SPECIAL: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Whatever isn't a `Char` of XML 1.0: control characters and lone surrogates. */
const NOT_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/** Text as XML content or attribute value. Characters that XML 1.0 can't carry at all become U+FFFD. */
export function escapeXml(value: string): string {
  return value
    .replace(NOT_XML, '\ufffd')
    .replace(/[&<>"]/g, (character) => SPECIAL[character] ?? character)
    .replace(/\r/g, '&#13;');
}

/** `<tag>value</tag>`, escaped. */
export function element(tag: string, value: string | number | boolean): string {
  return `<${tag}>${escapeXml(String(value))}</${tag}>`;
}

/** `<tag type="HostSystem">host-12</tag>`: a reference to a managed object. */
export function referenceElement(tag: string, object: ManagedObjectReference): string {
  return `<${tag} type="${escapeXml(object.type)}">${escapeXml(object.value)}</${tag}>`;
}

/** A call of a managed object's method, as a SOAP 1.1 document. `parameters` is XML, in the schema's order. */
export function envelope(target: ManagedObjectReference, method: string, parameters: string): string {
  return (
    '<?xml version="1.0" encoding="UTF-8"?>' +
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"' +
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>' +
    `<${method} xmlns="urn:vim25">${referenceElement('_this', target)}${parameters}</${method}>` +
    '</soapenv:Body></soapenv:Envelope>'
  );
}
