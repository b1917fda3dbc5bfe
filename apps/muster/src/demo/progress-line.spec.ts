import { Writable } from 'node:stream';

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { type Progress, ProgressLine, sumProgress } from './progress-line.js';

/** What is written to a terminal, or to a file. */
function collect(isTTY: boolean) {
  const written: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk.toString('utf8'));
      done();
    },
  });
  return {
    written,
    line: new ProgressLine(Object.assign(stream, { isTTY })),
  };
}

function task(
  finished: number,
  units: number,
  details: { seen?: number; state?: Progress['state'] } = {},
): Progress {
  return {
    state: details.state ?? 'RUNNING',
    progress: { units, units_finished: finished },
    counts: { seen: details.seen ?? 0 },
  };
}

describe('ProgressLine', () => {
  it('overwrites its line on a terminal, and ends it', () => {
    const { line, written } = collect(true);
    line.update(task(0, 4));
    line.update(task(2, 4, { seen: 10 }));
    line.end();
    expect(written).toEqual([
      `\r\x1b[2K  ${'░'.repeat(24)} 0/4 units · 0 resources · RUNNING`,
      `\r\x1b[2K  ${'█'.repeat(12)}${'░'.repeat(12)} 2/4 units · 10 resources · RUNNING`,
      '\n',
    ]);
  });

  it('writes whole lines elsewhere, without control characters, and only when the bar has grown or the task has ended', () => {
    const { line, written } = collect(false);
    line.update(task(1, 2, { seen: 1 }));
    line.update(task(1, 2, { seen: 50 }));
    line.update(task(2, 2, { seen: 60 }));
    line.update(task(2, 2, { seen: 60, state: 'SUCCEEDED' }));
    line.end();
    expect(written).toHaveLength(3);
    for (const text of written) expect(text).toMatch(/^ {2}[█░]{24} [^\p{Cc}]*\n$/u);
  });

  it.each([true, false])('writes nothing when nothing has changed (terminal: %s)', (isTTY) => {
    const { line, written } = collect(isTTY);
    line.update(task(1, 2));
    line.update(task(1, 2));
    expect(written).toHaveLength(1);
  });

  it('has a bar of one width, from empty to full, also before there is a plan', () => {
    fc.assert(
      fc.property(fc.nat({ max: 500 }), fc.nat({ max: 500 }), (finished, more) => {
        const { line, written } = collect(true);
        line.update(task(finished, finished + more));
        const bar = /[█░]+/.exec(written[0] ?? '')?.[0] ?? '';
        expect(bar).toHaveLength(24);
        if (finished > 0 && more === 0) expect(bar).toBe('█'.repeat(24));
        if (finished === 0) expect(bar).toBe('░'.repeat(24));
      }),
    );
  });
});

describe('sumProgress', () => {
  it('adds up, and is over when all are', () => {
    expect(sumProgress([task(1, 4, { seen: 5 }), task(2, 2, { seen: 7, state: 'SUCCEEDED' })])).toEqual({
      state: 'RUNNING',
      progress: { units: 6, units_finished: 3 },
      counts: { seen: 12 },
    });
  });

  it.each([
    [['SUCCEEDED', 'SUCCEEDED'], 'SUCCEEDED'],
    [['SUCCEEDED', 'FAILED'], 'PARTIAL'],
    [['FAILED', 'FAILED'], 'FAILED'],
    [['QUEUED', 'SUCCEEDED'], 'RUNNING'],
  ] as const)('makes of %j %s', (states, expected) => {
    expect(sumProgress(states.map((state) => task(1, 1, { state }))).state).toBe(expected);
  });
});
