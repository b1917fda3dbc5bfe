import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { csvHead, csvRows } from './csv-rows.js';

/** What a spreadsheet runs, or takes for a formula. */
const FORMULA = /^[=+\-@\t\r＝＋－＠]/;

/** A reader of RFC 4180, by its grammar; anything else is an error. */
function readCsv(text: string): string[][] {
  const record = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
  const rows: string[][] = [];
  let row: string[] = [];
  while (record.lastIndex < text.length) {
    const at = record.lastIndex;
    const [, quoted, plain, end] = record.exec(text) ?? [];
    if (end === undefined)
      throw new Error(`no CSV at ${String(at)}: ${JSON.stringify(text.slice(at, at + 40))}`);
    row.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

const cell = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('"', ',', '\r', '\n', '=', '+', '-', '@', '\t', "'", ' ', 'a', '＝') }),
);

describe('csvRows', () => {
  it('says any cells so that they are read again, and none as a formula', () => {
    const rows = fc
      .integer({ min: 2, max: 5 })
      .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width })));
    fc.assert(
      fc.property(rows, (cells) => {
        const read = readCsv(csvRows(cells));
        expect(read).toEqual(cells.map((row) => row.map((text) => (FORMULA.test(text) ? `'${text}` : text))));
      }),
    );
  });

  it('leaves empty what is not there, and writes what is no text as JSON has it', () => {
    expect(csvRows([[null, undefined, '', 0, false]])).toBe(',,,0,false\r\n');
  });

  it('begins with the names of the columns', () => {
    expect(
      csvHead([
        { name: 'resource_id', of: () => '' },
        { name: 'a,b', of: () => '' },
      ]),
    ).toBe('resource_id,"a,b"\r\n');
  });
});
