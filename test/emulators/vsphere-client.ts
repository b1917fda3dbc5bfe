import { SaxesParser } from 'saxes';

const SCHEMA_INSTANCE_NAMESPACE = 'http://www.w3.org/2001/XMLSchema-instance';
const NAMESPACE = 'xmlns="urn:vim25"';

/** An element of an answer, without its prefixes. */
export interface AnswerElement {
  name: string;
  /** The plain `type` attribute of a managed object reference. */
  type: string;
  /** The `xsi:type` attribute, without its prefix. */
  schemaType: string;
  text: string;
  children: AnswerElement[];
}

export interface ObjectReference {
  type: string;
  id: string;
}

/** What an endpoint answered to one call. */
export interface Answer {
  status: number;
  /** The name of the fault, without the suffixes that servers don't agree on; absent when there is none. */
  fault: string | undefined;
  /** What the fault says beside its name. */
  faultDetail: AnswerElement | undefined;
  /** The elements of the response. */
  results: AnswerElement[];
  setCookie: string | undefined;
}

/**
 * A raw vim25 client for tests of endpoints: it sends what it is told and hides nothing of the answer. What it
 * does itself is to keep the session cookie, as every client must.
 */
export class VsphereTestClient {
  cookie = '';

  constructor(readonly url: string) {}

  /** Sends a method with its arguments, as XML, to an object. */
  async call(method: string, receiver: ObjectReference, body = ''): Promise<Answer> {
    return this.send(
      `<${method} ${NAMESPACE}><_this type="${receiver.type}">${receiver.id}</_this>${body}</${method}>`,
    );
  }

  /** Sends the XML of a SOAP body. */
  async send(body: string): Promise<Answer> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: {
        'Content-Type': 'text/xml; charset="utf-8"',
        SOAPAction: 'urn:vim25/6.7',
        ...(this.cookie && { Cookie: this.cookie }),
      },
      body:
        '<?xml version="1.0" encoding="UTF-8"?>' +
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"' +
        ` xmlns:xsi="${SCHEMA_INSTANCE_NAMESPACE}"><soapenv:Body>${body}</soapenv:Body></soapenv:Envelope>`,
    });
    const setCookie = response.headers.get('set-cookie') ?? undefined;
    if (setCookie !== undefined) this.cookie = setCookie.split(';', 1)[0] ?? '';
    return readAnswer(response.status, await response.text(), setCookie);
  }
}

export const child = (element: AnswerElement | undefined, name: string): AnswerElement | undefined =>
  element?.children.find((candidate) => candidate.name === name);

export const childrenNamed = (element: AnswerElement | undefined, name: string): AnswerElement[] =>
  element?.children.filter((candidate) => candidate.name === name) ?? [];

export const childText = (element: AnswerElement | undefined, name: string): string | undefined =>
  child(element, name)?.text;

export const asReference = (element: AnswerElement | undefined): ObjectReference => ({
  type: element?.type ?? '',
  id: element?.text ?? '',
});

/** A managed object reference as an argument. */
export const argument = (name: string, { type, id }: ObjectReference): string =>
  `<${name} type="${type}">${id}</${name}>`;

/** Reads an XML document. @throws when it is not well-formed. */
export function parseXml(xml: string): AnswerElement {
  const root: AnswerElement = { name: '', type: '', schemaType: '', text: '', children: [] };
  const open = [root];
  const parser = new SaxesParser({ xmlns: true });
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ local, attributes }) => {
    const element: AnswerElement = { name: local, type: '', schemaType: '', text: '', children: [] };
    for (const attribute of Object.values(attributes)) {
      if (attribute.local !== 'type') continue;
      const value = attribute.value.slice(attribute.value.indexOf(':') + 1);
      if (attribute.uri === SCHEMA_INSTANCE_NAMESPACE) element.schemaType = value;
      else element.type = attribute.value;
    }
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on('text', (text) => {
    const element = open.at(-1);
    if (element) element.text += text;
  });
  parser.on('closetag', () => {
    open.pop();
  });
  parser.write(xml).close();
  return root.children[0] ?? root;
}

const PROPERTY_COLLECTOR: ObjectReference = { type: 'PropertyCollector', id: 'propertyCollector' };

/** A request for properties; what is left out is not sent. */
export interface ReadRequest {
  /** What to read, by type. */
  properties: Readonly<Record<string, readonly string[] | 'all'>>;
  objects: readonly ObjectReference[];
  /** Follows each object instead of reading it: XML of its `selectSet`. */
  selectSet?: string;
  reportMissing?: boolean;
  maxObjects?: number;
  /** The call without paging that older clients use. */
  method?: 'RetrievePropertiesEx' | 'RetrieveProperties';
}

/** Sends a request for properties. */
export function read(client: VsphereTestClient, request: ReadRequest): Promise<Answer> {
  const { method = 'RetrievePropertiesEx', maxObjects, selectSet } = request;
  const propSets = Object.entries(request.properties).map(([type, paths]) => {
    const pathSets = paths === 'all' ? [] : paths.map((path) => `<pathSet>${path}</pathSet>`);
    return `<propSet><type>${type}</type><all>${paths === 'all'}</all>${pathSets.join('')}</propSet>`;
  });
  const objectSets = request.objects.map(
    (object) =>
      `<objectSet>${argument('obj', object)}<skip>${selectSet !== undefined}</skip>${selectSet ?? ''}</objectSet>`,
  );
  const missing =
    request.reportMissing === undefined
      ? ''
      : `<reportMissingObjectsInResults>${request.reportMissing}</reportMissingObjectsInResults>`;
  const options =
    maxObjects === undefined ? '<options/>' : `<options><maxObjects>${maxObjects}</maxObjects></options>`;
  return client.call(
    method,
    PROPERTY_COLLECTOR,
    `<specSet>${propSets.join('')}${objectSets.join('')}${missing}</specSet>` +
      (method === 'RetrievePropertiesEx' ? options : ''),
  );
}

/** Fetches the next objects of a listing. */
export function readOn(client: VsphereTestClient, token: string): Promise<Answer> {
  return client.call('ContinueRetrievePropertiesEx', PROPERTY_COLLECTOR, `<token>${token}</token>`);
}

/** The `selectSet` that goes from a container view to what is in it. */
export const VIEW_TRAVERSAL =
  '<selectSet xsi:type="TraversalSpec"><name>view</name><type>ContainerView</type><path>view</path>' +
  '<skip>false</skip></selectSet>';

/** One object of an answer. */
export interface ReadObject extends ObjectReference {
  /** The values that were sent, by property path. */
  values: Map<string, AnswerElement>;
  /** The faults of properties that could not be read, by path. */
  missing: Map<string, AnswerElement>;
}

/** The objects of an answer to a request for properties, of either method. */
export function objectsOf({ results }: Answer): ReadObject[] {
  const elements = results.flatMap((result) =>
    child(result, 'obj') ? [result] : childrenNamed(result, 'objects'),
  );
  return elements.map((element) => ({
    ...asReference(child(element, 'obj')),
    values: new Map(
      childrenNamed(element, 'propSet').flatMap((property) => {
        const value = child(property, 'val');
        return value ? [[childText(property, 'name') ?? '', value] as const] : [];
      }),
    ),
    missing: new Map(
      childrenNamed(element, 'missingSet').flatMap((entry) => {
        const fault = child(child(entry, 'fault'), 'fault');
        return fault ? [[childText(entry, 'path') ?? '', fault] as const] : [];
      }),
    ),
  }));
}

function readAnswer(status: number, xml: string, setCookie: string | undefined): Answer {
  const content = xml.startsWith('<') ? child(parseXml(xml), 'Body')?.children[0] : undefined;
  if (content?.name !== 'Fault') {
    return { status, fault: undefined, faultDetail: undefined, results: content?.children ?? [], setCookie };
  }
  const detail = child(content, 'detail')?.children[0];
  // vcsim's Go type for one fault has a suffix too many: InvalidPropertyFault, hence InvalidPropertyFaultFault.
  return {
    status,
    fault: detail?.name.replace(/(Fault)+$/, ''),
    faultDetail: detail,
    results: [],
    setCookie,
  };
}
