/** Does something with each item, so many at once, and keeps their order. */
export async function eachAtMost<Item, Result>(
  atOnce: number,
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const chunk of chunksOf(items, atOnce)) results.push(...(await Promise.all(chunk.map(work))));
  return results;
}

/** Items, so many together. */
export function chunksOf<Item>(items: readonly Item[], size: number): (readonly Item[])[] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}
