import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { csvRows } from './csv-rows.js';
import { FormatError, type Found } from './found-record.js';

async function* cut(text: string, at: readonly number[]): AsyncGenerator<string> {
  let from = 0;
  for (const place of [...at].sort((one, other) => one - other)) {
    const to = Math.max(from, Math.min(place, text.length));
    yield await Promise.resolve(text.slice(from, to));
    from = to;
  }
  yield text.slice(from);
}

async function rowsOf(text: string, delimiter = ',', at: readonly number[] = []): Promise<Found<string[]>[]> {
  const rows: Found<string[]>[] = [];
  for await (const row of csvRows(cut(text, at), delimiter)) rows.push(row);
  return rows;
}

const delimiters = fc.constantFrom(',', ';', '\t', '|');
const fields = fc.string({
  unit: fc.constantFrom('a', 'é', '"', ',', ';', '\t', '|', '\n', '\r', ' ', '=', '-'),
});
const tables = fc.array(fc.array(fields, { minLength: 2, maxLength: 4 }), { maxLength: 6 });
const places = fc.array(fc.nat(60), { maxLength: 8 });
const quoted = (field: string) => `"${field.replaceAll('"', '""')}"`;
const linesIn = (text: string) => text.split('\n').length - 1;

describe('csvRows', () => {
  it('reads what was written, wherever it is cut, and says in which line each row begins', async () => {
    await fc.assert(
      fc.asyncProperty(
        tables,
        delimiters,
        fc.constantFrom('\n', '\r\n'),
        places,
        async (table, delimiter, end, at) => {
          const lines = table.map((row) => row.map(quoted).join(delimiter) + end);
          const expected = table.map((record, index) => ({
            at: 1 + linesIn(lines.slice(0, index).join('')),
            record,
          }));
          expect(await rowsOf(lines.join(''), delimiter, at)).toEqual(expected);
        },
      ),
    );
  });

  it('reads plain fields, blank lines, a mark at the beginning and a last line without an end', async () => {
    expect(await rowsOf('\uFEFFid,name\r\n\r\na,\n\n=1+1, b\r')).toEqual([
      { at: 1, record: ['id', 'name'] },
      { at: 3, record: ['a', ''] },
      { at: 5, record: ['=1+1', ' b'] },
    ]);
    expect(await rowsOf('')).toEqual([]);
  });

  it('tells a bad line, and goes on behind it', async () => {
    expect(await rowsOf('a,b"c\n"x"y,1\n"q"\rz\n1,2\n')).toEqual([
      { at: 1, problem: 'has a quote within a field that does not begin with one' },
      { at: 2, problem: 'goes on behind the quote that ends a field' },
      { at: 3, problem: 'goes on behind the quote that ends a field' },
      { at: 4, record: ['1', '2'] },
    ]);
  });

  it('ends where a quote never does, and where a row is too long to be one', async () => {
    await expect(rowsOf('a,b\n"c,d\n1,2\n')).rejects.toThrow('line 2 has a field whose quote never ends');
    await expect(rowsOf(`a\n"${'x'.repeat(1_100_000)}`)).rejects.toThrow(FormatError);
  });
});
