import { describe, expect, it } from '@jest/globals';

import { UnitClock } from '#domain';

import { measuredPages } from './measured-pages.js';

describe('measuredPages', () => {
  it("counts the pages' time, not their reader's", async () => {
    let now = 0;
    const clock = new UnitClock(() => now);
    async function* pages() {
      now += 10;
      yield await Promise.resolve('a');
      now += 20;
      yield 'b';
      now += 5;
    }
    const seen: string[] = [];

    for await (const page of measuredPages(pages(), clock)) {
      seen.push(page);
      now += 1_000;
    }

    expect(seen).toEqual(['a', 'b']);
    expect(clock.take()).toMatchObject({ vendor: 35 });
  });

  it('ends the listing when its reader stops, and counts what a failing page took', async () => {
    let now = 0;
    const clock = new UnitClock(() => now);
    let ended = false;
    async function* pages() {
      try {
        yield await Promise.resolve('a');
        now += 7;
        throw new Error('gone');
      } finally {
        ended = true;
      }
    }
    for await (const page of measuredPages(pages(), clock)) {
      expect(page).toBe('a');
      break;
    }
    expect(ended).toBe(true);

    const failing = measuredPages(pages(), clock);
    await failing.next();
    await expect(failing.next()).rejects.toThrow('gone');
    expect(clock.take()).toMatchObject({ vendor: 7 });
  });
});
