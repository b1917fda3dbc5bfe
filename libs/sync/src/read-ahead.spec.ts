import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { eventually } from '../../../test/support/eventually.js';
import { readAhead } from './read-ahead.js';

/** A source that says what happened to it. */
class Source implements AsyncIterable<number> {
  asked = 0;
  returned = 0;

  constructor(
    private readonly length: number,
    private readonly error?: Error,
  ) {}

  [Symbol.asyncIterator](): AsyncIterator<number> {
    return {
      next: () => {
        const value = this.asked;
        this.asked += 1;
        if (value < this.length) return Promise.resolve({ done: false, value });
        return this.error ? Promise.reject(this.error) : Promise.resolve({ done: true, value: undefined });
      },
      return: () => {
        this.returned += 1;
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }
}

describe('readAhead', () => {
  it('passes on every page, in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 30 }), async (length) => {
        const pages: number[] = [];
        for await (const page of readAhead(new Source(length))) pages.push(page);
        expect(pages).toEqual([...Array(length).keys()]);
      }),
    );
  });

  it('asks for nothing before it is asked, and then for one page more than the caller has', async () => {
    const source = new Source(10);
    const pages = readAhead(source);
    expect(source.asked).toBe(0);
    for (let page = 0; page < 5; page += 1) {
      expect((await pages.next()).value).toBe(page);
      await new Promise(setImmediate);
      expect(source.asked).toBe(page + 2);
    }
    await pages.return(undefined);
  });

  it('fetches the next page while the caller works on this one', async () => {
    let reading = 0;
    const pages = readAhead(
      (async function* () {
        for (let page = 0; page < 3; page += 1) {
          reading = page;
          yield await Promise.resolve(page);
        }
      })(),
    );
    await pages.next();
    await eventually('the second page is read', () => reading === 1);
    await pages.return(undefined);
  });

  it('throws what the source throws, after the pages before it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 10 }), async (length) => {
        const error = new Error('broke off');
        const source = new Source(length, error);
        const pages: number[] = [];
        const reading = (async () => {
          for await (const page of readAhead(source)) pages.push(page);
        })();
        await expect(reading).rejects.toBe(error);
        expect(pages).toEqual([...Array(length).keys()]);
        expect(source.asked).toBe(length + 1);
      }),
    );
  });

  it('ends the source when the caller stops or throws', async () => {
    for (const stop of [() => 'stop', () => Promise.reject(new Error('could not store'))]) {
      const source = new Source(10);
      const reading = (async () => {
        for await (const page of readAhead(source)) if (page === 2 && (await stop()) === 'stop') return;
      })();
      await Promise.allSettled([reading]);
      expect(source.returned).toBe(1);
      expect(source.asked).toBe(4);
    }
  });

  it("throws the caller's error, not the one of the page read ahead, and leaves none unhandled", async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', note);
    const reading = (async () => {
      for await (const page of readAhead(new Source(1, new Error('broke off')))) {
        await new Promise(setImmediate);
        throw new Error(`could not store ${page}`);
      }
    })();
    await expect(reading).rejects.toThrow('could not store 0');
    await new Promise(setImmediate);
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  it("runs a generator's clean-up before the caller goes on", async () => {
    const steps: string[] = [];
    const pages = readAhead(
      (async function* () {
        try {
          for (;;) yield await Promise.resolve('page');
        } finally {
          await new Promise(setImmediate);
          steps.push('cleaned up');
        }
      })(),
    );
    for await (const page of pages) {
      steps.push(page);
      break;
    }
    steps.push('went on');
    expect(steps).toEqual(['page', 'cleaned up', 'went on']);
  });
});
