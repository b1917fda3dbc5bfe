import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { type Clock, FairTurns } from './fair-turns.js';

/** Time that passes when somebody pauses, or works. */
class TestClock implements Clock {
  time = 0;
  pauses = 0;
  /** Happens in each pause. */
  onPause: () => void = () => undefined;

  now(): number {
    return this.time;
  }

  async pause(ms: number): Promise<void> {
    this.pauses += 1;
    this.time += ms;
    this.onPause();
    await Promise.resolve();
  }

  /** A piece of work that takes so long. */
  work(ms: number): () => number {
    return () => (this.time += ms);
  }
}

/** Until all that could go on has gone on. */
const flush = () => new Promise((resolve) => setImmediate(resolve));

describe('FairTurns', () => {
  const start = () => {
    const clock = new TestClock();
    return { clock, turns: new FairTurns(clock) };
  };

  it('keeps nobody waiting who is alone, or as heavy as the others', async () => {
    const { clock, turns } = start();
    for (let piece = 0; piece < 50; piece += 1) await turns.take('a', clock.work(20));
    for (let piece = 0; piece < 50; piece += 1) {
      await turns.take('b', clock.work(20));
      if (piece > 20) await turns.take('a', clock.work(20));
    }
    expect(clock.pauses).toBe(0);
  });

  it('lets a lighter account go first, and goes on when that one is gone', async () => {
    const { clock, turns } = start();
    await turns.take('big', clock.work(1_000));
    await turns.take('small', clock.work(10));

    const begin = clock.time;
    await turns.take('big', clock.work(10));

    expect(clock.time - begin).toBeGreaterThanOrEqual(25 + 10); // the small one might have come back
    expect(clock.time - begin).toBeLessThan(60);
    const after = clock.pauses;
    await turns.take('big', clock.work(10));
    expect(clock.pauses).toBe(after);
  });

  it('makes room for a lighter account whose work is announced, and not for long if it does not come', async () => {
    const { clock, turns } = start();
    await turns.take('big', clock.work(1_000));
    turns.announce('small');

    const begin = clock.time;
    await turns.take('big', clock.work(0));
    expect(clock.time - begin).toBeGreaterThanOrEqual(200);
    expect(clock.time - begin).toBeLessThan(210);

    turns.announce('big');
    await turns.take('small', clock.work(0));
    expect(clock.time - begin).toBeLessThan(210);
  });

  it('lets who has used little wait for nobody, not even for who has used nothing', async () => {
    const { clock, turns } = start();
    await turns.take('begun', clock.work(390));
    turns.announce('new');
    await turns.take('begun', clock.work(20));
    expect(clock.pauses).toBe(0);
    await turns.take('begun', clock.work(0));
    expect(clock.pauses).toBeGreaterThan(0);
  });

  it('lets a lighter account go first in the middle of a piece, within the same half a second', async () => {
    const { clock, turns } = start();
    await turns.take('big', clock.work(1_000));
    await turns.take('big', async (turn) => {
      await turn.breathe();
      expect(clock.pauses).toBe(1); // only to let the process get on
      turns.announce('small');
      const begin = clock.time;
      await turn.breathe();
      expect(clock.time - begin).toBeGreaterThanOrEqual(200);
      const lighter = turns.take('small', () => new Promise<void>(() => undefined));
      for (let time = 0; time < 10; time += 1) await turn.breathe();
      expect(clock.time - begin).toBeLessThan(510);
      lighter.catch(() => undefined);
    });
  });

  it('does not count the time that a piece lets others go first', async () => {
    const { clock, turns } = start();
    await turns.take('big', clock.work(450));
    await turns.take('big', async (turn) => {
      turns.announce('small');
      await turn.breathe();
    });
    turns.announce('small');
    clock.time += 2_000; // what was used counts 0.76 of it: less than 400 ms, unless the 200 ms were counted
    turns.announce('small');
    const { pauses } = clock;
    await turns.take('big', clock.work(0));
    expect(clock.pauses).toBe(pauses);
  });

  describe('query', () => {
    const begun: string[] = [];
    const releases: (() => void)[] = [];

    /** A piece of work whose statements are answered when it is released. */
    const query = (turns: FairTurns, account: string, name: string) =>
      turns.take(account, (turn) =>
        turn.query(() => {
          begun.push(name);
          return new Promise<void>((resolve) => releases.push(resolve));
        }),
      );
    const failing = (turns: FairTurns, account: string) =>
      turns.take(account, (turn) => turn.query(() => Promise.reject(new Error('no'))));

    beforeEach(() => {
      begun.length = 0;
      releases.length = 0;
    });

    it('has Postgres answer one piece of a heavy account at a time', async () => {
      const { clock, turns } = start();
      await turns.take('big', clock.work(1_000));
      const first = query(turns, 'big', '1');
      await flush();
      const begin = clock.time;
      clock.onPause = () => {
        if (clock.time >= begin + 50) releases.shift()?.();
      };
      const second = query(turns, 'big', '2');
      await first;
      await flush();
      expect(begun).toEqual(['1', '2']);
      expect(clock.time - begin).toBeGreaterThanOrEqual(50);
      expect(clock.time - begin).toBeLessThan(100);
      for (const release of releases) release();
      await second;
    });

    it('has it answer all pieces of a light one, also beside a heavy one', async () => {
      const { clock, turns } = start();
      await turns.take('big', clock.work(1_000));
      const all = [query(turns, 'big', '1'), query(turns, 'small', '2'), query(turns, 'small', '3')];
      await flush();
      expect(begun).toEqual(['2', '3', '1']); // the big one had let them go first
      for (const release of releases) release();
      await Promise.all(all);
    });

    it('waits for half a second: who is waited for may wait for a lock of who waits', async () => {
      const { clock, turns } = start();
      await turns.take('big', clock.work(1_000));
      query(turns, 'big', 'never answered').catch(() => undefined);
      await flush();
      const begin = clock.time;
      await expect(failing(turns, 'big')).rejects.toThrow('no');
      expect(clock.time - begin).toBeGreaterThanOrEqual(500);
      expect(clock.time - begin).toBeLessThan(510);
    });

    it('waits for no statement that has failed', async () => {
      const { clock, turns } = start();
      await turns.take('big', clock.work(1_000));
      await expect(failing(turns, 'big')).rejects.toThrow('no');
      const { pauses } = clock;
      await expect(failing(turns, 'big')).rejects.toThrow('no');
      expect(clock.pauses).toBe(pauses);
    });
  });

  it('never makes the lighter one wait', async () => {
    const { clock, turns } = start();
    await turns.take('big', clock.work(1_000));
    const big = turns.take('big', () => turns.take('small', clock.work(5)));
    await big;
    expect(clock.pauses).toBe(0);
  });

  it('stops no account: it goes on after half a second, though lighter ones keep coming', async () => {
    const { clock, turns } = start();
    await turns.take('big', clock.work(1_000));
    let release: () => void = () => undefined;
    const lighter = turns.take('small', () => new Promise<void>((resolve) => (release = resolve)));

    const begin = clock.time;
    await turns.take('big', clock.work(0));

    expect(clock.time - begin).toBeGreaterThanOrEqual(500);
    expect(clock.time - begin).toBeLessThan(600);
    release();
    await lighter;
  });

  it('forgets what was used long ago', async () => {
    const { clock, turns } = start();
    await turns.take('big', clock.work(1_000));
    clock.time += 60_000;
    await turns.take('small', clock.work(10));
    await turns.take('big', clock.work(10));
    expect(clock.pauses).toBe(0);
  });

  it('passes on results and errors, and waits for at most half a second, whoever works', async () => {
    const pieces = fc.array(fc.record({ account: fc.constantFrom('a', 'b', 'c'), ms: fc.nat({ max: 400 }) }));
    await fc.assert(
      fc.asyncProperty(pieces, async (all) => {
        const { clock, turns } = start();
        for (const { account, ms } of all) {
          const begin = clock.time;
          expect(await turns.take(account, () => clock.work(ms)() - clock.time)).toBe(0);
          expect(clock.time - begin - ms).toBeLessThanOrEqual(505);
        }
        await expect(turns.take('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
      }),
    );
  });
});
