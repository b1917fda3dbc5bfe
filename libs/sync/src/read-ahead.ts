/**
 * The same pages, with the next one being fetched while the caller works on this one: vendor and database
 * are busy at the same time, and at most two pages are in memory.
 */
export async function* readAhead<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  let next = iterator.next();
  try {
    for (;;) {
      const result = await next;
      if (result.done === true) return;
      next = iterator.next();
      next.catch(() => undefined); // thrown to the caller when awaited above, if it gets that far
      yield result.value;
    }
  } finally {
    await iterator.return?.();
  }
}
