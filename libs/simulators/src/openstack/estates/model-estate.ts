import {
  type Collection,
  COLLECTIONS,
  compareIds,
  type OpenstackEstate,
  type SimulatedItem,
  type SimulatedProject,
} from '../openstack-estate.js';

/** An estate that is kept in memory, and can be changed. */
export class ModelEstate implements OpenstackEstate {
  readonly projects: SimulatedProject[] = [];
  private readonly lists = new Map<Collection, SimulatedItem[]>(COLLECTIONS.map((name) => [name, []]));

  items(collection: Collection): readonly SimulatedItem[] {
    return this.lists.get(collection) ?? [];
  }

  add(collection: Collection, item: SimulatedItem): void {
    this.lists.set(collection, [...this.items(collection), item].sort(compareIds));
  }

  remove(collection: Collection, id: string): void {
    this.lists.set(
      collection,
      this.items(collection).filter((item) => item.id !== id),
    );
  }
}
