import { chunksOfOneType, keyOf } from './managed-objects.js';
import type { CollectedObject, PropertyCollector } from './property-collector.js';
import { type ManagedObjectReference, reference, text } from './soap/shape.js';
import { nameOf } from './vsphere-name.js';

/** Where an object is. */
export interface Place {
  datacenter?: { reference: ManagedObjectReference; name: string };
  cluster?: { reference: ManagedObjectReference; name: string };
}

/** The part of the collector that places need. */
type Collector = Pick<PropertyCollector, 'references' | 'objects'>;

interface Container {
  reference: ManagedObjectReference;
  name: string;
  parent: ManagedObjectReference | undefined;
}

/** Everything another object can have as ancestor, and hosts, through which a template finds its cluster. */
const CONTAINER_TYPES = [
  'Folder',
  'Datacenter',
  'StoragePod',
  'ComputeResource',
  'ResourcePool',
  'HostSystem',
];
const CONTAINER_SHAPES = { name: text, parent: reference };
/** Two small properties each: four times a page of virtual machines' objects is a twentieth of its bytes. */
const CONTAINERS_PER_CALL = 1_000;
/** No estate is nested so deeply; keeps a loop in a broken answer from becoming ours. */
const MAX_ANCESTORS = 100;

/** The ancestors of everything in one vCenter, read once and again when an unknown one turns up. */
export class Places {
  readonly #collector: Collector;
  readonly #connected: AbortSignal;
  #containers: Promise<Map<string, Container>> | undefined;
  /** Ancestors that a fresh reading didn't have either: the user may not see them. */
  readonly #unseen = new Set<string>();

  /**
   * @param root the root folder, which no view contains
   * @param connected aborts when the connection closes
   */
  constructor(collector: Collector, root: ManagedObjectReference, connected: AbortSignal) {
    this.#collector = collector;
    this.#connected = connected;
    this.#unseen.add(keyOf(root));
  }

  /** Where objects are that have these ancestors: one list per object, in the order in which to ask them. */
  async of(ancestors: readonly (readonly ManagedObjectReference[])[], signal: AbortSignal): Promise<Place[]> {
    let containers = await this.#read(signal);
    const unknown = ancestors
      .flat()
      .map(keyOf)
      .filter((key) => !containers.has(key) && !this.#unseen.has(key));
    if (unknown.length > 0) {
      this.#containers = undefined;
      containers = await this.#read(signal);
      for (const key of unknown) if (!containers.has(key)) this.#unseen.add(key);
    }
    return ancestors.map((ancestorsOfOne) => placeIn(containers, ancestorsOfOne));
  }

  /** Shared by units that run at the same time, so that an abort ends the caller's wait and not the reading. */
  async #read(signal: AbortSignal): Promise<Map<string, Container>> {
    if (this.#containers === undefined) {
      const reading = this.#readAll(this.#connected);
      this.#containers = reading;
      reading.catch(() => {
        if (this.#containers === reading) this.#containers = undefined;
      });
    }
    return await untilAborted(this.#containers, signal);
  }

  async #readAll(signal: AbortSignal): Promise<Map<string, Container>> {
    const references = await this.#collector.references(CONTAINER_TYPES, signal);
    const containers = new Map<string, Container>();
    for (const chunk of chunksOfOneType(references, CONTAINERS_PER_CALL)) {
      for (const object of await this.#collector.objects(chunk, CONTAINER_SHAPES, signal)) {
        containers.set(keyOf(object.reference), containerOf(object));
      }
    }
    return containers;
  }
}

function containerOf({ reference: own, properties }: CollectedObject<typeof CONTAINER_SHAPES>): Container {
  return { reference: own, name: nameOf(properties.name, own), parent: properties.parent };
}

function placeIn(containers: Map<string, Container>, ancestors: readonly ManagedObjectReference[]): Place {
  const place: Place = {};
  for (const ancestor of ancestors) {
    let container = containers.get(keyOf(ancestor));
    for (let steps = 0; container !== undefined && steps < MAX_ANCESTORS; steps++) {
      const { reference: own, name, parent } = container;
      if (own.type === 'Datacenter') place.datacenter ??= { reference: own, name };
      if (own.type === 'ClusterComputeResource') place.cluster ??= { reference: own, name };
      container = parent && containers.get(keyOf(parent));
    }
  }
  return place;
}

/** What the promise brings, or the signal's reason if that comes first. */
async function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  signal.throwIfAborted();
  const settled = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    const abort = (): void => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', abort, { once: true, signal: settled.signal });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    settled.abort();
  }
}
