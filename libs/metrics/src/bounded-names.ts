const OTHERS = 'others';

/** Values of a label that others may choose: the first so many are as they are, the rest are one. */
export class BoundedNames {
  private readonly known = new Set<string>();

  constructor(private readonly limit: number) {}

  bound(name: string): string {
    if (this.known.has(name)) return name;
    if (this.known.size >= this.limit) return OTHERS;
    this.known.add(name);
    return name;
  }
}
