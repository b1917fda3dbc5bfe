import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { SyncError } from '#domain';

import { numberedPages, type PageNumber } from './numbered-pages.js';

const MAX_SIZE = 50;

/** A list that is paged by numbers, and that somebody changes between two pages. */
class MovingList {
  asked = 0;

  constructor(
    readonly ids: string[],
    private readonly change: (ids: string[], asked: number) => void = () => undefined,
  ) {}

  readonly ask = ({ page, size }: PageNumber) => {
    if (this.asked > 0) this.change(this.ids, this.asked);
    this.asked += 1;
    if (size > MAX_SIZE) throw new Error('the page is too large');
    const items = this.ids.slice((page - 1) * size, page * size);
    return Promise.resolve({ items, total: this.ids.length });
  };
}

const idOf = (id: string) => id;

async function listed({ ask }: MovingList, pageSize: number, resumeAt?: string) {
  const pages: { items: readonly string[]; resumeAt?: string }[] = [];
  for await (const page of numberedPages({ ask, idOf, resumeAt, pageSize })) pages.push(page);
  return pages;
}

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `id-${String(index)}`);
const limit = fc.integer({ min: 1, max: MAX_SIZE });

describe('paging by numbers', () => {
  it('has every item once, in order, in whatever number they come', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 700 }), limit, async (count, pageLimit) => {
        const pages = await listed(new MovingList(numbered(count)), pageLimit);
        expect(pages.flatMap(({ items }) => items)).toEqual(numbered(count));
        expect(pages.at(-1)?.resumeAt).toBeUndefined();
      }),
    );
  });

  it('goes on behind any page', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 60, max: 400 }), limit, async (count, pageLimit) => {
        const pages = await listed(new MovingList(numbered(count)), pageLimit);
        for (const [index, { resumeAt }] of pages.entries()) {
          if (resumeAt === undefined) continue;
          const rest = await listed(new MovingList(numbered(count)), pageLimit, resumeAt);
          expect(rest).toEqual(pages.slice(index + 1));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('misses nothing that was there all the time, or says that it has to start anew', async () => {
    const change = fc.record({ at: fc.nat(), deletes: fc.nat({ max: 3 }), inserts: fc.nat({ max: 3 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 20, max: 300 }),
        limit,
        fc.array(change, { maxLength: 12 }),
        async (count, pageLimit, changes) => {
          const all = numbered(count);
          let inserted = 0;
          const list = new MovingList([...all], (ids, asked) => {
            const { at, deletes, inserts } = changes[asked - 1] ?? { at: 0, deletes: 0, inserts: 0 };
            const added = Array.from({ length: inserts }, () => `new-${String(inserted++)}`);
            ids.splice(at % (ids.length + 1), deletes, ...added);
          });
          const outcome: unknown = await listed(list, pageLimit).catch((error: unknown) => error);
          if (outcome instanceof Error) {
            expect(outcome).toBeInstanceOf(SyncError);
            expect(outcome).toMatchObject({ cursorExpired: true });
            return;
          }
          const seen = new Set((outcome as { items: string[] }[]).flatMap(({ items }) => items));
          const stayed = all.filter((id) => list.ids.includes(id));
          expect(stayed.filter((id) => !seen.has(id))).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('starts anew when what moved up over the edge of a page would be missed', async () => {
    const list = new MovingList(numbered(120), (ids) => ids.splice(0, 1));
    await expect(listed(list, MAX_SIZE)).rejects.toMatchObject({ cursorExpired: true });
  });

  it('does not take a vendor that sends less than there is for one that has no more', async () => {
    const ask = () => Promise.resolve({ items: [], total: 3 });
    const pages = numberedPages({ ask, idOf, resumeAt: undefined, pageSize: MAX_SIZE });
    await expect(pages.next()).rejects.toMatchObject({ cursorExpired: true });
  });
});
