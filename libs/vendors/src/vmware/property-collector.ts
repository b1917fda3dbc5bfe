import { compareReferences, keyOf } from './managed-objects.js';
import { element, escapeXml, referenceElement } from './soap/envelope.js';
import {
  anything,
  list,
  type ManagedObjectReference,
  propertiesOf,
  record,
  reference,
  type Shapes,
  text,
  type ValuesOf,
  variant,
} from './soap/shape.js';
import type { SoapCall } from './soap/soap-transport.js';
import { VsphereError } from './vsphere-error.js';
import { compareVersions, type VsphereSession } from './vsphere-session.js';

/** A managed object as the collector sent it. */
export interface CollectedObject<Fields extends Shapes = Shapes> {
  reference: ManagedObjectReference;
  /** By property path. What is unset at the server is absent. */
  properties: ValuesOf<Fields>;
  /** Paths that the user may not read, or that the server failed to read. */
  unreadable: readonly string[];
}

const MISSING = record({ path: text, fault: record({ fault: variant({}) }) });

/** How long freeing something may take, in milliseconds. */
const COURTESY_TIMEOUT_MS = 5_000;
/** Faults of single properties that mean that the object itself is gone. */
const GONE = 'ManagedObjectNotFound';
const SIGNED_OUT = 'NotAuthenticated';

/** Reads properties of many objects in one call each. Source: "PropertyCollector" in VMware's API reference. */
export class PropertyCollector {
  readonly #session: VsphereSession;
  /** Paths that this server refused, though its version should know them. */
  readonly #unknownPaths = new Set<string>();

  constructor(session: VsphereSession) {
    this.#session = session;
  }

  /**
   * Everything of some managed types below the root folder, in a fixed order: by type, then by id. Types
   * include their subclasses, which the answer names.
   */
  async references(types: readonly string[], signal: AbortSignal): Promise<ManagedObjectReference[]> {
    const session = this.#session;
    const found = await session.inOneSession(async () => {
      const view = await session.callOnce(
        {
          target: session.manager('viewManager'),
          method: 'CreateContainerView',
          parameters:
            referenceElement('container', session.manager('rootFolder')) +
            types.map((type) => element('type', type)).join('') +
            element('recursive', true),
          answer: reference,
        },
        signal,
      );
      if (view === undefined) throw this.#noAnswer('CreateContainerView');
      try {
        return await this.#viewed(view, signal);
      } finally {
        await this.#courtesy({ target: view, method: 'DestroyView', parameters: '', answer: anything });
      }
    });
    const unique = new Map(found.map((object) => [keyOf(object), object]));
    return [...unique.values()].sort(compareReferences);
  }

  /**
   * Properties of given objects of one managed type. Objects that are gone are left out; so are properties
   * that are unset. A property the server's version doesn't know isn't asked for.
   */
  async objects<Fields extends Shapes>(
    references: readonly ManagedObjectReference[],
    shapes: Fields,
    signal: AbortSignal,
  ): Promise<CollectedObject<Fields>[]> {
    const type = references[0]?.type;
    if (type === undefined) return [];
    for (;;) {
      const known = this.#known(type, shapes);
      try {
        return await this.#session.inOneSession(() =>
          this.#retrieve<Fields>({ type, shapes: known, objects: references }, signal),
        );
      } catch (error) {
        const path =
          error instanceof VsphereError && error.code === 'InvalidProperty' ? error.facts.subject : undefined;
        if (path === undefined || !Object.hasOwn(known, path)) throw error;
        this.#unknownPaths.add(`${type}.${path}`);
      }
    }
  }

  async #viewed(view: ManagedObjectReference, signal: AbortSignal): Promise<ManagedObjectReference[]> {
    const shapes = { view: list(reference) };
    const [object] = await this.#retrieve<typeof shapes>(
      { type: view.type, shapes, objects: [view] },
      signal,
    );
    if (object === undefined || object.unreadable.length > 0) throw this.#noAnswer('RetrievePropertiesEx');
    return object.properties.view ?? [];
  }

  /** All pages of one request, however the server cuts it: vCenter by itself sends 100 objects at most. */
  async #retrieve<Fields extends Shapes>(
    request: RetrieveRequest,
    signal: AbortSignal,
  ): Promise<CollectedObject<Fields>[]> {
    const target = this.#session.manager('propertyCollector');
    const answer = retrieveResult(request.shapes);
    const call = { target, method: 'RetrievePropertiesEx', parameters: parametersOf(request), answer };
    let page = await this.#session.callOnce(call, signal);
    const objects = this.#collected<Fields>(page?.objects ?? []);
    let token = page?.token ?? '';
    try {
      while (token !== '') {
        const parameters = element('token', token);
        page = await this.#session.callOnce(
          { target, method: 'ContinueRetrievePropertiesEx', parameters, answer },
          signal,
        );
        token = page?.token ?? '';
        objects.push(...this.#collected<Fields>(page?.objects ?? []));
      }
    } catch (error) {
      await this.#cancel(token);
      throw error;
    }
    return objects;
  }

  /** Rest of a listing that nobody will fetch, or vCenter keeps it in memory. */
  async #cancel(token: string): Promise<void> {
    if (token === '') return;
    await this.#courtesy({
      target: this.#session.manager('propertyCollector'),
      method: 'CancelRetrievePropertiesEx',
      parameters: element('token', token),
      answer: anything,
    });
  }

  /**
   * Frees something at the server, also when we were aborted. A failure changes nothing for us: the server
   * has lost it already, or loses it with the session.
   */
  async #courtesy(call: SoapCall<unknown>): Promise<void> {
    try {
      await this.#session.callOnce({ ...call, courtesy: true }, AbortSignal.timeout(COURTESY_TIMEOUT_MS));
    } catch (error) {
      if (!(error instanceof VsphereError || isTimeout(error))) throw error;
    }
  }

  #collected<Fields extends Shapes>(contents: readonly ObjectContent[]): CollectedObject<Fields>[] {
    const objects: CollectedObject<Fields>[] = [];
    for (const { obj, propSet, missingSet } of contents) {
      if (obj === undefined) throw this.#noAnswer('RetrievePropertiesEx');
      const faults = (missingSet ?? []).map((missing) => missing.fault?.fault?.type);
      // A lost session answers so, too, property by property.
      if (faults.includes(SIGNED_OUT)) throw new VsphereError(SIGNED_OUT, { host: this.#session.host });
      if (faults.includes(GONE)) continue;
      const unreadable = (missingSet ?? []).flatMap(({ path }) => path ?? []).sort();
      objects.push({ reference: obj, properties: propSet ?? {}, unreadable });
    }
    return objects;
  }

  #known(type: string, shapes: Shapes): Shapes {
    const known = Object.entries(shapes).filter(([path, { availability }]) => {
      const { since, on } = availability;
      if (since !== undefined && compareVersions(this.#session.apiVersion, since) < 0) return false;
      return (on?.includes(type) ?? true) && !this.#unknownPaths.has(`${type}.${path}`);
    });
    return Object.fromEntries(known);
  }

  #noAnswer(method: string): VsphereError {
    return new VsphereError('MALFORMED_ANSWER', { host: this.#session.host, method, detail: 'it is empty' });
  }
}

interface RetrieveRequest {
  type: string;
  shapes: Shapes;
  objects: readonly ManagedObjectReference[];
}

function retrieveResult(shapes: Shapes) {
  const content = record({
    obj: reference,
    propSet: propertiesOf(new Map(Object.entries(shapes))),
    missingSet: list(MISSING),
  });
  return record({ token: text, objects: list(content) });
}

type ObjectContent = NonNullable<ReturnType<typeof retrieveResult>['value']['objects']>[number];

/** In the order of the schema, which vCenter insists on. */
function parametersOf({ type, shapes, objects }: RetrieveRequest): string {
  const paths = Object.keys(shapes).map((path) => element('pathSet', path));
  const objectSets = objects.map(
    (object) => `<objectSet>${referenceElement('obj', object)}<skip>false</skip></objectSet>`,
  );
  return (
    `<specSet><propSet><type>${escapeXml(type)}</type><all>false</all>${paths.join('')}</propSet>${objectSets.join('')}` +
    '<reportMissingObjectsInResults>true</reportMissingObjectsInResults></specSet>' +
    `<options>${element('maxObjects', objects.length)}</options>`
  );
}

function isTimeout(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'name' in error && error.name === 'TimeoutError';
}
