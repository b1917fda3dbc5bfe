import { callAs, type Caller } from './caller.js';

/** The same pages, their calls made by a caller: what it takes to get each counts as the vendor's time. */
export async function* measuredPages<T>(pages: AsyncIterable<T>, caller: Caller): AsyncGenerator<T> {
  const iterator = pages[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await caller.clock.during('vendor', () => callAs(caller, () => iterator.next()));
      if (next.done === true) return;
      caller.endPage();
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}
