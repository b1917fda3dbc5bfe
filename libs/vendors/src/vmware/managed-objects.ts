import type { ManagedObjectReference } from './soap/shape.js';

/** A reference as one text, which is also its place in a listing: `HostSystem:host-12`. */
export function keyOf(object: ManagedObjectReference): string {
  return `${object.type}:${object.value}`;
}

/** By type, then by id. A fixed order, not a natural one: ids are opaque. */
export function compareReferences(one: ManagedObjectReference, other: ManagedObjectReference): number {
  if (one.type !== other.type) return one.type < other.type ? -1 : 1;
  if (one.value === other.value) return 0;
  return one.value < other.value ? -1 : 1;
}

/** Cuts sorted references into lists of at most `size`, none of which mixes types. */
export function chunksOfOneType(
  sorted: readonly ManagedObjectReference[],
  size: number,
): ManagedObjectReference[][] {
  const chunks: ManagedObjectReference[][] = [];
  for (const object of sorted) {
    const chunk = chunks.at(-1);
    if (chunk === undefined || chunk.length === size || chunk[0]?.type !== object.type) chunks.push([object]);
    else chunk.push(object);
  }
  return chunks;
}

/** The sorted references behind the one that the key names, whether or not that one still exists. */
export function referencesAfter(
  sorted: readonly ManagedObjectReference[],
  key: string,
): ManagedObjectReference[] {
  const colon = key.indexOf(':');
  const last = { type: key.slice(0, colon), value: key.slice(colon + 1) };
  return sorted.filter((object) => compareReferences(object, last) > 0);
}
