import type { UnitClock } from '#domain';

/** The same pages; what it takes to get each counts as the vendor's time. */
export async function* measuredPages<T>(pages: AsyncIterable<T>, clock: UnitClock): AsyncGenerator<T> {
  const iterator = pages[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await clock.during('vendor', () => iterator.next());
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}
