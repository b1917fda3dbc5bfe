/**
 * Resources of a kind, made when they are asked for: what it costs in memory is what was changed, however many
 * there are.
 */
export class Collection<Item extends object> {
  private readonly changes = new Map<number, Partial<Item>>();
  private readonly removed = new Set<number>();

  /**
   * @param made how many there are at the beginning
   * @param make the one with the number; the same each time
   */
  constructor(
    private made: number,
    private readonly make: (index: number) => Item,
  ) {}

  /** How many there are. */
  get size(): number {
    return this.made - this.removed.size;
  }

  /** The number of the first of them, whatever was removed. */
  get end(): number {
    return this.made;
  }

  /** `undefined` for one that was removed. */
  at(index: number): Item | undefined {
    if (index < 0 || index >= this.made || this.removed.has(index)) return undefined;
    const change = this.changes.get(index);
    return change === undefined ? this.make(index) : { ...this.make(index), ...change };
  }

  /** Up to so many, from a number on, and the number to go on with; `undefined` at the end. */
  page(
    begin: number,
    size: number,
    isMeant: (item: Item) => boolean = () => true,
  ): { items: Item[]; next: number | undefined } {
    const items: Item[] = [];
    for (let index = begin; index < this.made; index += 1) {
      const item = this.at(index);
      if (item === undefined || !isMeant(item)) continue;
      if (items.length === size) return { items, next: index };
      items.push(item);
    }
    return { items, next: undefined };
  }

  *[Symbol.iterator](): IterableIterator<Item> {
    for (let index = 0; index < this.made; index += 1) {
      const item = this.at(index);
      if (item !== undefined) yield item;
    }
  }

  change(index: number, change: Partial<Item>): void {
    this.changes.set(index, { ...this.changes.get(index), ...change });
  }

  remove(index: number): void {
    if (index < this.made) this.removed.add(index);
  }

  /** Makes one more, and returns it. */
  grow(): Item {
    this.made += 1;
    return this.make(this.made - 1);
  }
}
