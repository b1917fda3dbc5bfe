import { keyOf } from './managed-objects.js';
import { Places } from './places.js';
import { PropertyCollector } from './property-collector.js';
import { integer, list, type ManagedObjectReference, record, text } from './soap/shape.js';
import { VsphereError } from './vsphere-error.js';
import type { VsphereSession } from './vsphere-session.js';

const CUSTOM_FIELD_SHAPES = { field: list(record({ key: integer, name: text })) };
const HOST_IDENTITY_SHAPES = { 'hardware.systemInfo.uuid': text };

/** One account's connection: a session and what is read once for all tables. */
export class VsphereConnection {
  readonly session: VsphereSession;
  readonly collector: PropertyCollector;
  readonly places: Places;
  /** How many objects make a page. */
  readonly objectsPerPage: number;
  readonly #closing = new AbortController();
  #customFields: Promise<ReadonlyMap<number, string>> | undefined;

  constructor(session: VsphereSession, objectsPerPage: number) {
    this.session = session;
    this.collector = new PropertyCollector(session);
    this.places = new Places(this.collector, session.manager('rootFolder'), this.#closing.signal);
    this.objectsPerPage = objectsPerPage;
  }

  /**
   * What tells this server from every other, for good: a vCenter's `instanceUuid`; for a single ESXi host,
   * which has none, the UUID of its hardware.
   */
  async identity(signal: AbortSignal): Promise<string> {
    const instance = this.session.content.about?.instanceUuid;
    if (instance !== undefined && instance !== '') return instance;
    const hosts = await this.collector.references(['HostSystem'], signal);
    const [host] = await this.collector.objects(hosts.slice(0, 1), HOST_IDENTITY_SHAPES, signal);
    const hardware = host?.properties['hardware.systemInfo.uuid'];
    if (hardware !== undefined && hardware !== '') return hardware;
    throw new VsphereError('NO_IDENTITY', { host: this.session.host });
  }

  /** Names of the custom attributes, by key. Read once: their definitions rarely change within a sync. */
  async customFields(): Promise<ReadonlyMap<number, string>> {
    const reading = (this.#customFields ??= this.#readCustomFields());
    try {
      return await reading;
    } catch (error) {
      if (this.#customFields === reading) this.#customFields = undefined;
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.session.close();
  }

  async #readCustomFields(): Promise<ReadonlyMap<number, string>> {
    const manager: ManagedObjectReference | undefined = this.session.content.customFieldsManager;
    // ESXi without vCenter has no custom attributes.
    if (manager === undefined) return new Map();
    const [object] = await this.collector.objects([manager], CUSTOM_FIELD_SHAPES, this.#closing.signal);
    const fields = object?.properties.field ?? [];
    return new Map(fields.map(({ key, name }) => [key ?? 0, name ?? keyOf(manager)]));
  }
}
