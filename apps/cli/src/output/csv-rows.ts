import { type Options, stringify } from 'csv-stringify/sync';

import type { Cell, Column } from './column.js';

/**
 * RFC 4180: CRLF, and quotes where a cell has quotes, commas or line breaks. A cell that a spreadsheet would take for a
 * formula gets a ' in front, since names come from clouds: who may name a server must not run something on the desk of
 * who opens the list (OWASP, "CSV Injection").
 */
const OPTIONS: Options = {
  record_delimiter: 'windows',
  quote_record_delimiter: true,
  escape_formulas: true,
};

/** The names of the columns, as a row. */
export function csvHead<Item>(columns: readonly Column<Item>[]): string {
  return csvRows([columns.map(({ name }) => name)]);
}

/** Rows of cells; what is not there is empty. */
export function csvRows(rows: readonly (readonly Cell[])[]): string {
  return stringify(
    rows.map((row) => row.map((cell) => (cell === null || cell === undefined ? '' : String(cell)))),
    OPTIONS,
  );
}
