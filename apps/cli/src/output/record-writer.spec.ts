import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { Column } from './column.js';
import { type Format, FORMATS, writeRecords } from './record-writer.js';

interface Named {
  name: string;
}

const COLUMNS: readonly Column<Named>[] = [
  { name: 'name', of: ({ name }) => name },
  { name: 'only_for_programs', of: () => 'x', wide: true },
];

async function written(records: Iterable<Named>, format: Format): Promise<string> {
  let text = '';
  await writeRecords(records, {
    format,
    columns: COLUMNS,
    write: async (part) => {
      text += part;
    },
  });
  return text;
}

const named = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `n${String(index)}` }));

describe('writeRecords', () => {
  it.each([0, 1, 499, 500, 501, 1_200])(
    'writes %s records as one document of JSON, and as lines of it',
    async (count) => {
      const records = named(count);
      expect(JSON.parse(await written(records, 'json'))).toEqual(records);
      const lines = (await written(records, 'jsonl')).split('\n');
      expect(lines.pop()).toBe('');
      expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(records);
      const csv = await written(records, 'csv');
      expect(csv.split('\r\n')).toHaveLength(count + 2);
      expect(csv).toMatch(/^name,only_for_programs\r\n/);
    },
  );

  it('writes a table of a line for each, whatever a name is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ name: fc.string({ unit: 'binary' }) }), { minLength: 1 }),
        async (records) => {
          const table = await written(records, 'table');
          expect(table.split('\n')).toHaveLength(records.length + 2);
          expect(table).not.toMatch(/[^\P{Cc}\n]/u);
          expect(table).toMatch(/^NAME *\n/);
        },
      ),
    );
  });

  it.each(FORMATS)('reads no further than is written: %s', async (format) => {
    let taken = 0;
    let writes = 0;
    let most = 0;
    function* many(): Generator<Named> {
      for (const record of named(5_000)) {
        taken += 1;
        yield record;
      }
    }
    await writeRecords(many(), {
      format,
      columns: COLUMNS,
      write: async () => {
        most = Math.max(most, taken - writes * 500);
        writes += 1;
      },
    });
    expect(taken).toBe(5_000);
    expect(most).toBeLessThanOrEqual(500);
  });
});
