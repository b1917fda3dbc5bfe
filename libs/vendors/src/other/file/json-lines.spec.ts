import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { JsonObject } from '#domain';

import { FormatError, type Found } from './found-record.js';
import { jsonLines } from './json-lines.js';

async function* pieces(text: string, length: number): AsyncGenerator<string> {
  for (let from = 0; from < text.length; from += length) {
    yield await Promise.resolve(text.slice(from, from + length));
  }
}

async function recordsOf(text: string, length = 7): Promise<Found<JsonObject>[]> {
  const found: Found<JsonObject>[] = [];
  for await (const record of jsonLines(pieces(text, length))) found.push(record);
  return found;
}

describe('jsonLines', () => {
  it('reads what was written, wherever it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.dictionary(fc.string(), fc.jsonValue())),
        fc.integer({ min: 1, max: 40 }),
        async (records, length) => {
          const text = records.map((record) => `${JSON.stringify(record)}\n`).join('');
          const expected = records.map((record, index) => ({
            at: index + 1,
            record: JSON.parse(JSON.stringify(record)) as JsonObject,
          }));
          expect(await recordsOf(text, length)).toEqual(expected);
        },
      ),
    );
  });

  it('tells bad lines by their number, and goes on behind them', async () => {
    expect(await recordsOf('\uFEFF{"id": 1}\r\n\n{"id": \n[1]\nnull\n{"id": 2}')).toEqual([
      { at: 1, record: { id: 1 } },
      { at: 3, problem: 'is no JSON' },
      { at: 4, problem: 'is no JSON object' },
      { at: 5, problem: 'is no JSON object' },
      { at: 6, record: { id: 2 } },
    ]);
  });

  it('holds no more than a line may have', async () => {
    await expect(recordsOf(`{}\n${'x'.repeat(1_100_000)}`, 100_000)).rejects.toThrow(FormatError);
  });
});
