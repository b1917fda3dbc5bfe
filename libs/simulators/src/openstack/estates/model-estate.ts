import type { JsonObject } from '#domain';

import {
  type Collection,
  COLLECTIONS,
  compareIds,
  type OpenstackEstate,
  type SimulatedItem,
  type SimulatedProject,
} from '../openstack-estate.js';

/** To a second, as Nova tells times. */
function now(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}

/** An estate that is kept in memory, and can be changed. */
export class ModelEstate implements OpenstackEstate {
  readonly projects: SimulatedProject[] = [];
  private readonly lists = new Map<Collection, SimulatedItem[]>(COLLECTIONS.map((name) => [name, []]));
  private readonly removed = new Map<Collection, SimulatedItem[]>(COLLECTIONS.map((name) => [name, []]));

  items(collection: Collection): readonly SimulatedItem[] {
    return this.lists.get(collection) ?? [];
  }

  add(collection: Collection, item: SimulatedItem): void {
    this.lists.set(collection, [...this.items(collection), item].sort(compareIds));
  }

  /** Changes fields of something, at this moment. */
  change(collection: Collection, id: string, fields: JsonObject): void {
    const item = this.items(collection).find((candidate) => candidate.id === id);
    if (item === undefined) throw new Error(`There is no ${id} in ${collection}.`);
    Object.assign(item.document, fields, { updated: now() });
  }

  remove(collection: Collection, id: string): void {
    const [gone, staying] = [true, false].map((isGone) =>
      this.items(collection).filter((item) => (item.id === id) === isGone),
    );
    this.lists.set(collection, staying ?? []);
    const deletion = { status: 'DELETED', updated: now(), addresses: {} };
    this.removed
      .get(collection)
      ?.push(...(gone ?? []).map((item) => ({ ...item, document: { ...item.document, ...deletion } })));
  }

  deleted(collection: Collection): readonly SimulatedItem[] {
    return this.removed.get(collection) ?? [];
  }
}
