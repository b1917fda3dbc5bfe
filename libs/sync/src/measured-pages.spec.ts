import { describe, expect, it } from '@jest/globals';

import { UnitClock } from '#domain';

import { Caller, currentCaller } from './caller.js';
import { measuredPages } from './measured-pages.js';

const callerOf = (clock: UnitClock) => new Caller(clock, () => Promise.resolve(false));

describe('measuredPages', () => {
  it("counts the pages' time, not their reader's", async () => {
    let now = 0;
    const clock = new UnitClock(() => now);
    async function* pages() {
      now += 10;
      yield await Promise.resolve({ resumeAt: 'b' });
      now += 20;
      yield {};
      now += 5;
    }
    const seen: { resumeAt?: string }[] = [];

    for await (const page of measuredPages(pages(), callerOf(clock))) {
      seen.push(page);
      now += 1_000;
    }

    expect(seen).toEqual([{ resumeAt: 'b' }, {}]);
    expect(clock.take()).toMatchObject({ vendor: 35 });
  });

  it('says who makes the calls of a page, also when several listings take turns', async () => {
    async function* pages() {
      for (let page = 0; page < 3; page += 1) {
        await Promise.resolve();
        currentCaller()?.countCall('api');
        await new Promise((resolve) => setImmediate(resolve));
        yield { resumeAt: String(page), caller: currentCaller() };
      }
    }
    const callers = [callerOf(new UnitClock()), callerOf(new UnitClock())];

    await Promise.all(
      callers.map(async (caller) => {
        for await (const seen of measuredPages(pages(), caller)) {
          expect(seen.caller).toBe(caller);
          expect(currentCaller()).toBeUndefined();
          expect(caller.isWithinPage).toBe(false); // its page is complete
          expect(caller.callsToResume('api')).toBe(1);
        }
      }),
    );
  });

  it('ends the listing when its reader stops, and counts what a failing page took', async () => {
    let now = 0;
    const clock = new UnitClock(() => now);
    let ended = false;
    async function* pages() {
      try {
        yield await Promise.resolve({ resumeAt: 'b' });
        now += 7;
        throw new Error('gone');
      } finally {
        ended = true;
      }
    }
    for await (const page of measuredPages(pages(), callerOf(clock))) {
      expect(page).toEqual({ resumeAt: 'b' });
      break;
    }
    expect(ended).toBe(true);

    const failing = measuredPages(pages(), callerOf(clock));
    await failing.next();
    await expect(failing.next()).rejects.toThrow('gone');
    expect(clock.take()).toMatchObject({ vendor: 7 });
  });
});
