import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { ACTIVITIES, UnitClock } from './unit-clock.js';

const NOTHING = { vendor: 0, quota: 0, turn: 0, normalizing: 0, sql: 0, calls: 0 };

describe('UnitClock', () => {
  it('counts activities that overlap each for itself, and several of one kind once', () => {
    let now = 0;
    const clock = new UnitClock(() => now);
    const vendor = clock.start('vendor');
    now = 10;
    const sql = clock.start('sql');
    const again = clock.start('sql');
    now = 30;
    sql();
    now = 40;
    again();
    now = 100;
    vendor();

    expect(clock.take()).toEqual({ ...NOTHING, vendor: 100, sql: 30 });
    expect(clock.take()).toEqual(NOTHING);
  });

  it("leaves what is held back out of the vendor's time, also what lasts beyond it", () => {
    let now = 0;
    const clock = new UnitClock(() => now);
    const vendor = clock.start('vendor');
    now = 10;
    const held = clock.start('quota');
    now = 70;
    held();
    now = 75;
    const heldLonger = clock.start('quota');
    now = 80;
    vendor();
    now = 90;
    heldLonger();

    expect(clock.take()).toEqual({ ...NOTHING, vendor: 15, quota: 75 });
  });

  it('counts what fails, and gives on what it throws', async () => {
    let now = 0;
    const clock = new UnitClock(() => now);
    const failing = clock.during('sql', () => {
      now = 5;
      return Promise.reject(new Error('no'));
    });

    await expect(failing).rejects.toThrow('no');
    expect(clock.take()).toEqual({ ...NOTHING, sql: 5 });
  });

  it('loses no time, however often it is taken and given back', () => {
    const step = fc.record({
      activity: fc.constantFrom(...ACTIVITIES),
      ms: fc.double({ min: 0, max: 50, noNaN: true }),
      recorded: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        let now = 0;
        const clock = new UnitClock(() => now);
        const recorded = { ...NOTHING };
        const real = { ...NOTHING };
        for (const { activity, ms, recorded: isRecorded } of steps) {
          const stop = clock.start(activity);
          now += ms;
          stop();
          real[activity] += ms;
          const spent = clock.take();
          if (!isRecorded) clock.giveBack(spent);
          else for (const name of ACTIVITIES) recorded[name] += spent[name];
        }
        const rest = clock.take();
        for (const name of ACTIVITIES) {
          const total = recorded[name] + rest[name];
          expect(Number.isInteger(total)).toBe(true);
          expect(real[name] - total).toBeGreaterThan(-1);
          expect(real[name] - total).toBeLessThan(1 + 1e-6);
        }
      }),
    );
  });
});
