import { SaxesParser } from 'saxes';

import type { ObjectReference } from './vim-fault.js';
import { invalidRequest } from './vim-fault.js';

const SOAP_NAMESPACE = 'http://schemas.xmlsoap.org/soap/envelope/';
const SCHEMA_INSTANCE_NAMESPACE = 'http://www.w3.org/2001/XMLSchema-instance';

/** An element of a request, without its prefixes. */
export interface RequestElement {
  name: string;
  namespace: string;
  /** The plain `type` attribute: a managed object reference's type. */
  type: string;
  /** The `xsi:type` attribute, without its prefix. */
  schemaType: string;
  text: string;
  children: RequestElement[];
}

/** A call as a client sent it. */
export interface MethodCall {
  method: string;
  /** The object it is sent to. */
  receiver: ObjectReference;
  arguments: RequestElement;
}

/**
 * Reads a SOAP request.
 * @throws {VimFault} `InvalidRequest` when it is not one.
 */
export function parseRequest(xml: string): MethodCall {
  const envelope = parseXml(xml);
  const body = envelope.children.find(
    ({ name, namespace }) => name === 'Body' && namespace === SOAP_NAMESPACE,
  );
  const call = body?.children[0];
  if (envelope.name !== 'Envelope' || !call) throw invalidRequest('The request has no SOAP body.');
  return { method: call.name, receiver: referenceOf(childOf(call, '_this')), arguments: call };
}

export function childOf(element: RequestElement, name: string): RequestElement | undefined {
  return element.children.find((child) => child.name === name);
}

export function childrenOf(element: RequestElement, name: string): RequestElement[] {
  return element.children.filter((child) => child.name === name);
}

/** The text of a child; empty when there is none. */
export function textOf(element: RequestElement | undefined, name: string): string {
  return (element && childOf(element, name)?.text) ?? '';
}

export function isTrue(element: RequestElement, name: string): boolean {
  const text = textOf(element, name).trim();
  return text === 'true' || text === '1';
}

/** A managed object reference, of nothing when there is no such element. White space counts, as in vcsim. */
export function referenceOf(element: RequestElement | undefined): ObjectReference {
  return { type: element?.type ?? '', id: element?.text ?? '' };
}

function parseXml(xml: string): RequestElement {
  const parser = new SaxesParser({ xmlns: true });
  const root = emptyElement('', '');
  const open = [root];
  const top = (): RequestElement => open.at(-1) ?? root;
  parser.on('error', (error) => {
    throw invalidRequest(`The request is not well-formed XML: ${error.message}`);
  });
  parser.on('doctype', () => {
    throw invalidRequest('The request may not have a document type.');
  });
  parser.on('opentag', (tag) => {
    const element = emptyElement(tag.local, tag.uri);
    for (const attribute of Object.values(tag.attributes)) {
      if (attribute.local !== 'type') continue;
      if (attribute.uri === SCHEMA_INSTANCE_NAMESPACE) element.schemaType = withoutPrefix(attribute.value);
      else if (attribute.uri === '') element.type = attribute.value;
    }
    top().children.push(element);
    open.push(element);
  });
  parser.on('text', (text) => {
    top().text += text;
  });
  parser.on('cdata', (text) => {
    top().text += text;
  });
  parser.on('closetag', () => {
    open.pop();
  });
  parser.write(xml).close();
  return root.children[0] ?? root;
}

function emptyElement(name: string, namespace: string): RequestElement {
  return { name, namespace, type: '', schemaType: '', text: '', children: [] };
}

function withoutPrefix(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
