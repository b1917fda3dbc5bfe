import { tracePart } from '#platform';

import { callAs, type Caller } from './caller.js';

/** The same pages, their calls made by a caller: what it takes to get each counts as the vendor's time. */
export async function* measuredPages<T extends { resumeAt?: string }>(
  pages: AsyncIterable<T>,
  caller: Caller,
): AsyncGenerator<T> {
  const iterator = pages[Symbol.asyncIterator]();
  const read = () => callAs(caller, () => iterator.next());
  let isLast = false;
  try {
    for (;;) {
      const next = await caller.clock.during('vendor', () =>
        isLast ? read() : tracePart({ name: 'read page' }, read),
      );
      if (next.done === true) return;
      isLast = next.value.resumeAt === undefined;
      caller.endPage();
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}
