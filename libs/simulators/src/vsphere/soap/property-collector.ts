import type { InjectedFaults } from '../injected-faults.js';
import type { ManagedObject } from '../model/managed-object.js';
import { isKindOf } from '../model/managed-types.js';
import type { PropertyCatalog } from '../properties/property-catalog.js';
import type { VimProperty } from '../properties/vim-property.js';
import { propertyAt } from '../properties/vim-property.js';
import type { RequestElement } from './parse-request.js';
import { childOf, childrenOf, isTrue, referenceOf, textOf } from './parse-request.js';
import type { ObjectReference, VimFault } from './vim-fault.js';
import {
  invalidArgument,
  invalidProperty,
  managedObjectNotFound,
  noPermission,
  notAuthenticated,
  referenceTo,
} from './vim-fault.js';
import { escapeXml, referenceElement } from './vim-xml.js';

const DELETED = 'The object has already been deleted or has not been completely created';

interface PropertySpec {
  type: string;
  all: boolean;
  paths: readonly string[];
}

/** What a listing selects: which objects, and what of them. Its first objects may have been sent already. */
export interface ObjectSelection {
  objects: readonly ManagedObject[];
  specs: readonly PropertySpec[];
  /** How many objects an answer holds; `Infinity` when the client and the server set no limit. */
  pageSize: number;
}

/** What a property collector knows of the server it belongs to. */
export interface CollectorContext {
  catalog: PropertyCatalog;
  faults: InjectedFaults;
  /** Finds an object, as the caller's session sees it. */
  resolve: (reference: ObjectReference) => ManagedObject | undefined;
  /** Whether the caller has signed in; who hasn't sees that objects exist, and nothing of them. */
  authenticated: boolean;
  /** Whether an unknown property fails the whole call, as in real vCenters, or is reported per object. */
  strictProperties: boolean;
}

/** Reads which objects and properties a request asks for. @throws {VimFault} */
export function selectObjects(request: RequestElement, context: CollectorContext): ObjectSelection {
  const objects = new Set<ManagedObject>();
  const specs: PropertySpec[] = [];
  for (const specSet of childrenOf(request, 'specSet')) {
    specs.push(...childrenOf(specSet, 'propSet').map(readPropertySpec));
    const mayBeMissing = isTrue(specSet, 'reportMissingObjectsInResults');
    for (const objectSpec of childrenOf(specSet, 'objectSet')) {
      selectFrom(objectSpec, { context, objects, mayBeMissing });
    }
  }
  if (context.strictProperties) refuseUnknownProperties(objects, specs, context.catalog);
  const maxObjects = Number(textOf(childOf(request, 'options'), 'maxObjects'));
  return { objects: [...objects], specs, pageSize: maxObjects > 0 ? maxObjects : Infinity };
}

/** Writes objects, each as a `tag` element. Objects that no property spec is for are left out. */
export function* writeObjects(
  { objects, specs }: Pick<ObjectSelection, 'objects' | 'specs'>,
  tag: string,
  context: CollectorContext,
): Generator<string> {
  const writers = new Map<string, ObjectWriter | undefined>();
  for (const object of objects) {
    if (!writers.has(object.type)) writers.set(object.type, compileWriter(object.type, specs, context));
    const write = writers.get(object.type);
    if (write) yield `<${tag}>${referenceElement('obj', object)}${write(object)}</${tag}>`;
  }
}

type ObjectWriter = (object: ManagedObject) => string;

function readPropertySpec(element: RequestElement): PropertySpec {
  return {
    type: textOf(element, 'type'),
    all: isTrue(element, 'all'),
    paths: childrenOf(element, 'pathSet').map(({ text }) => text),
  };
}

interface Selecting {
  context: CollectorContext;
  objects: Set<ManagedObject>;
  mayBeMissing: boolean;
}

function selectFrom(objectSpec: RequestElement, { context, objects, mayBeMissing }: Selecting): void {
  const reference = referenceOf(childOf(objectSpec, 'obj'));
  const object = context.resolve(reference);
  if (!object) {
    if (mayBeMissing) return;
    throw managedObjectNotFound(reference, DELETED);
  }
  const selectSet = childrenOf(objectSpec, 'selectSet');
  if (selectSet.length === 0 || !isTrue(objectSpec, 'skip')) objects.add(object);
  new Traversal(context.catalog, objects).follow(object, selectSet);
}

/** Follows traversal specs from object to object. */
class Traversal {
  private readonly named = new Map<string, RequestElement>();
  private readonly visited = new Map<RequestElement, Set<ManagedObject>>();

  constructor(
    private readonly catalog: PropertyCatalog,
    private readonly selected: Set<ManagedObject>,
  ) {}

  follow(object: ManagedObject, selectSet: readonly RequestElement[]): void {
    for (const spec of selectSet) {
      const name = textOf(spec, 'name');
      if (name !== '' && spec.schemaType === 'TraversalSpec') this.named.set(name, spec);
    }
    for (const spec of selectSet) this.step(object, this.traversalSpec(spec));
  }

  private traversalSpec(spec: RequestElement): RequestElement {
    if (spec.schemaType === 'TraversalSpec') return spec;
    const named = this.named.get(textOf(spec, 'name'));
    if (!named) throw invalidArgument('undefined TraversalSpec name');
    return named;
  }

  private step(object: ManagedObject, spec: RequestElement): void {
    const property = propertyAt(this.catalog.of(object.type), textOf(spec, 'path'));
    if (!property?.references) return;
    const next = childrenOf(spec, 'selectSet');
    const skip = isTrue(spec, 'skip');
    for (const target of property.references(object)) {
      if (!skip) this.selected.add(target);
      if (next.length > 0 && this.isFirstVisit(spec, target)) this.follow(target, next);
    }
  }

  private isFirstVisit(spec: RequestElement, object: ManagedObject): boolean {
    let visited = this.visited.get(spec);
    if (!visited) this.visited.set(spec, (visited = new Set()));
    if (visited.has(object)) return false;
    visited.add(object);
    return true;
  }
}

function refuseUnknownProperties(
  objects: Iterable<ManagedObject>,
  specs: readonly PropertySpec[],
  catalog: PropertyCatalog,
): void {
  const types = new Set<string>();
  for (const { type } of objects) types.add(type);
  for (const type of types) {
    for (const path of specs.filter((spec) => isKindOf(type, spec.type)).flatMap(({ paths }) => paths)) {
      if (!propertyAt(catalog.of(type), path)) throw invalidProperty(path);
    }
  }
}

/** The properties asked of a type, by name, each once; `undefined` stands for one that there is not. */
function propertiesOf(
  type: string,
  specs: readonly PropertySpec[],
  catalog: PropertyCatalog,
): Map<string, VimProperty<ManagedObject> | undefined> {
  const fields = catalog.of(type);
  const properties = new Map<string, VimProperty<ManagedObject> | undefined>();
  for (const { all, paths } of specs) {
    if (all) for (const [name, property] of Object.entries(fields)) properties.set(name, property);
    else for (const path of paths) properties.set(path, propertyAt(fields, path));
  }
  return properties;
}

function compileWriter(
  type: string,
  specs: readonly PropertySpec[],
  { catalog, faults, authenticated }: CollectorContext,
): ObjectWriter | undefined {
  const matching = specs.filter((spec) => isKindOf(type, spec.type));
  if (matching.length === 0) return undefined;
  const writers: ObjectWriter[] = [];
  const missing: { path: string; fault: (object: ManagedObject) => VimFault }[] = [];
  for (const [path, property] of propertiesOf(type, matching, catalog)) {
    if (!property) missing.push({ path, fault: () => invalidProperty(path) });
    else if (!authenticated)
      missing.push({ path, fault: (object) => notAuthenticated(referenceTo(object), READ) });
    else if (faults.isDenied(type, path)) {
      missing.push({ path, fault: (object) => noPermission(referenceTo(object), READ) });
    } else writers.push(propertyWriter(path, property));
  }
  return (object) => {
    let xml = '';
    for (const write of writers) xml += write(object);
    for (const { path, fault } of missing) {
      xml += `<missingSet><path>${escapeXml(path)}</path><fault>${fault(object).toLocalized()}</fault></missingSet>`;
    }
    return xml;
  };
}

const READ = 'System.Read';

function propertyWriter(path: string, property: VimProperty<ManagedObject>): ObjectWriter {
  const start = `<propSet><name>${escapeXml(path)}</name>`;
  return (object) => {
    const value = property.value(object);
    return value === '' ? '' : `${start}${value}</propSet>`;
  };
}
