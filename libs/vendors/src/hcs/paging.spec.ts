import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { JsonObject } from '#domain';

import type { HuaweiCall } from '../shared/huawei-api/huawei-client.js';
import { HuaweiError } from '../shared/huawei-api/huawei-error.js';
import { allAtOnce, byMarker, byNumber, type Paging } from './paging.js';

const CALL: HuaweiCall = {
  api: 'vpc/r',
  operation: "VPC's list of vpcs",
  origin: 'https://vpc.test',
  path: '/',
};

/** A list that changes after each of its answers. */
class MovingList {
  asked = 0;

  constructor(
    readonly ids: string[],
    private readonly change: (ids: string[], asked: number) => void = () => undefined,
  ) {}

  async answer(page: (ids: readonly string[]) => JsonObject): Promise<JsonObject> {
    const answer = page(this.ids);
    this.asked += 1;
    this.change(this.ids, this.asked);
    return await Promise.resolve(answer);
  }
}

const asItems = (ids: readonly string[]) => ids.map((id) => ({ id }));
const idOf = (item: unknown) => (item as { id: string }).id;
const numbered = (count: number) =>
  Array.from({ length: count }, (_, index) => String(index).padStart(4, '0'));

function parametersOf({ query = [] }: HuaweiCall): Record<string, string> {
  return Object.fromEntries(query);
}

/** A service that pages by markers: what it says of one that is gone is its own affair. */
const withMarkers = (list: MovingList, gone: 'refuses' | 'ends') => (call: HuaweiCall) =>
  list.answer((ids) => {
    const { limit, marker } = parametersOf(call);
    const start = marker === undefined ? 0 : ids.indexOf(marker) + 1;
    if (marker !== undefined && start === 0) {
      if (gone === 'refuses') throw new HuaweiError('HTTP 400', { host: 'vpc.test', status: 400 });
      return { vpcs: [] };
    }
    return { vpcs: asItems(ids.slice(start, start + Number(limit))) };
  });

async function listed(
  paging: Paging,
  get: (call: HuaweiCall) => Promise<JsonObject>,
  pageSize: number,
  resumeAt?: string,
) {
  const pages: { ids: string[]; resumeAt: string | undefined }[] = [];
  for await (const page of paging({ call: CALL, list: 'vpcs', pageSize, idOf, get, resumeAt })) {
    pages.push({ ids: page.items.map(idOf), resumeAt: page.resumeAt });
  }
  return pages;
}

const idsIn = (pages: readonly { ids: string[] }[]) => pages.flatMap(({ ids }) => ids);

describe('paging by markers', () => {
  it('has every item once, in order, and goes on behind any page', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 60 }), fc.integer({ min: 1, max: 20 }), async (count, size) => {
        const get = () => withMarkers(new MovingList(numbered(count)), 'refuses');
        const pages = await listed(byMarker, get(), size);
        expect(idsIn(pages)).toEqual(numbered(count));
        expect(pages.at(-1)?.resumeAt).toBeUndefined();
        for (const [index, { resumeAt }] of pages.entries()) {
          if (resumeAt === undefined) continue;
          expect(await listed(byMarker, get(), size, resumeAt)).toEqual(pages.slice(index + 1));
        }
      }),
    );
  });

  it('misses nothing that was there all the time, or begins anew, whatever a service says of markers', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 12 }),
        fc.constantFrom('refuses' as const, 'ends' as const),
        fc.array(fc.nat({ max: 60 }), { maxLength: 20 }),
        async (count, size, gone, deletions) => {
          const list = new MovingList(numbered(count), (ids, asked) => {
            const at = deletions[asked - 1];
            if (at !== undefined) ids.splice(at % ids.length, 1);
          });
          const outcome = await listed(byMarker, withMarkers(list, gone), size).catch(
            (error: unknown) => error,
          );
          if (outcome instanceof Error) {
            expect(outcome).toMatchObject({ code: 'MARKER_REFUSED' });
            return;
          }
          const seen = new Set(idsIn(outcome as { ids: string[] }[]));
          expect(list.ids.filter((id) => !seen.has(id))).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('begins anew where a service that forgot the marker says that nothing is behind it', async () => {
    const list = new MovingList(numbered(9), (ids, asked) => {
      if (asked === 1) ids.splice(1, 1);
    });
    await expect(listed(byMarker, withMarkers(list, 'ends'), 3)).rejects.toMatchObject({
      code: 'MARKER_REFUSED',
    });
  });

  it('does not go round in circles where a service takes no markers', async () => {
    const get = () => Promise.resolve({ vpcs: asItems(numbered(3)) });
    await expect(listed(byMarker, get, 3)).rejects.toMatchObject({ code: 'MARKER_REFUSED' });
  });

  it('hands on what fails for another reason than the marker', async () => {
    const away = new HuaweiError('HTTP 503', { host: 'vpc.test', status: 503 });
    const place = JSON.stringify({ last: '0002', marker: '0001' });
    await expect(listed(byMarker, () => Promise.reject(away), 3, place)).rejects.toBe(away);
  });
});

describe('paging by numbers', () => {
  it.each([
    [
      'of pages',
      byNumber('count', ({ page }) => page),
      ({ limit, offset }: Record<string, number>) => {
        return ((offset ?? 1) - 1) * (limit ?? 0);
      },
    ],
    [
      'of rows',
      byNumber('count', ({ page, size }) => (page - 1) * size),
      ({ offset }: Record<string, number>) => {
        return offset ?? 0;
      },
    ],
  ])('%s has every item once', async (_, paging, startOf) => {
    const get = (call: HuaweiCall) => {
      const { limit = '', offset = '' } = parametersOf(call);
      const start = startOf({ limit: Number(limit), offset: Number(offset) });
      const ids = numbered(45);
      return Promise.resolve({ vpcs: asItems(ids.slice(start, start + Number(limit))), count: ids.length });
    };
    expect(idsIn(await listed(paging, get, 10))).toEqual(numbered(45));
  });

  it.each([[{ vpcs: [{ id: 'a' }] }], [{ vpcs: [{ id: 'a' }], count: 0 }], [{ count: 0 }]])(
    'takes %j for no answer',
    async (answer) => {
      const paging = byNumber('count', ({ page }) => page);
      await expect(listed(paging, () => Promise.resolve(answer), 10)).rejects.toMatchObject({
        code: 'MALFORMED_ANSWER',
      });
    },
  );

  it('takes a count that is a text', async () => {
    const answer = { vpcs: [{ id: 'a' }], count: '1' };
    const paging = byNumber('count', ({ page }) => page);
    expect(idsIn(await listed(paging, () => Promise.resolve(answer), 10))).toEqual(['a']);
  });
});

describe('a list that comes whole', () => {
  it('is handed on in pages, in the order of its ids, from any of them on', async () => {
    const get = () => Promise.resolve({ vpcs: asItems(numbered(7).reverse()) });
    const pages = await listed(allAtOnce, get, 3);
    expect(pages.map(({ ids }) => ids.length)).toEqual([3, 3, 1]);
    expect(idsIn(pages)).toEqual(numbered(7));
    expect(idsIn(await listed(allAtOnce, get, 3, pages[0]?.resumeAt))).toEqual(numbered(7).slice(3));
    expect(await listed(allAtOnce, () => Promise.resolve({ vpcs: [] }), 3)).toEqual([
      { ids: [], resumeAt: undefined },
    ]);
  });
});
