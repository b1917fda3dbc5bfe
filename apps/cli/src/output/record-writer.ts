import { type Column, shownCell } from './column.js';
import { padToWidth, textWidth } from './text-width.js';

/** How records are written. */
export const FORMATS = ['table', 'json', 'jsonl', 'csv'] as const;
export type Format = (typeof FORMATS)[number];

/** How many records are held at once: the API's largest page. A table's columns are as wide as the first ones want. */
const BATCH = 500;
const GAP = '  ';

export interface RecordStyle<Item> {
  format: Format;
  columns: readonly Column<Item>[];
  write: (text: string) => Promise<void>;
}

type Rendering<Item> = (batch: readonly Item[], index: number) => string;

/** Writes records as they come, a batch at a time, however many. Returns how many there were. */
export async function writeRecords<Item>(
  records: AsyncIterable<Item> | Iterable<Item>,
  style: RecordStyle<Item>,
): Promise<number> {
  return writeBatches(batches(records), style);
}

/** Writes batches of records, none of them empty, each as soon as it is there. Returns how many records there were. */
export async function writeBatches<Item>(
  records: AsyncIterable<readonly Item[]>,
  style: RecordStyle<Item>,
): Promise<number> {
  const render = await rendering(style);
  let written = 0;
  for await (const batch of records) {
    await style.write(render(batch, written));
    written += batch.length;
  }
  if (written === 0) await style.write(render([], 0));
  if (style.format === 'json') await style.write(written === 0 ? ']\n' : '\n]\n');
  return written;
}

/** Writes one record: in a table, a line for each of its fields; as JSON, the whole document. */
export async function writeRecord<Item>(record: Item, style: RecordStyle<Item>): Promise<void> {
  const { format, columns, write } = style;
  if (format === 'json') return write(`${JSON.stringify(record, null, 2)}\n`);
  if (format !== 'table') {
    await writeRecords([record], style);
    return;
  }
  const shown = columns.filter(({ wide }) => wide !== true);
  const width = Math.max(...shown.map(({ name }) => name.length));
  const lines = shown.map((column) => `${column.name.padEnd(width)}${GAP}${shownCell(column, record)}`);
  return write(`${lines.join('\n')}\n`);
}

async function rendering<Item>({ format, columns }: RecordStyle<Item>): Promise<Rendering<Item>> {
  switch (format) {
    case 'table':
      return tableRendering(columns.filter(({ wide }) => wide !== true));
    case 'csv': {
      // Not before it is wanted: most commands never do.
      const { csvHead, csvRows } = await import('./csv-rows.js');
      const cells = (record: Item) => columns.map(({ of }) => of(record));
      return (batch, index) => (index === 0 ? csvHead(columns) : '') + csvRows(batch.map(cells));
    }
    case 'json':
      return (batch, index) =>
        (index === 0 ? '[' : '') +
        batch.map((record, at) => `${index + at === 0 ? '\n' : ',\n'}${JSON.stringify(record)}`).join('');
    case 'jsonl':
      return (batch) => batch.map((record) => `${JSON.stringify(record)}\n`).join('');
  }
}

function tableRendering<Item>(columns: readonly Column<Item>[]): Rendering<Item> {
  let widths: number[] | undefined;
  return (batch) => {
    const rows = batch.map((record) => columns.map((column) => shownCell(column, record)));
    if (widths !== undefined) return tableLines(rows, widths);
    if (rows.length === 0) return '';
    const head = columns.map(({ name }) => name.toUpperCase().replaceAll('_', ' '));
    widths = head.map((title, at) =>
      Math.max(...[title, ...rows.map((row) => row[at] ?? '')].map(textWidth)),
    );
    return tableLines([head, ...rows], widths);
  };
}

function tableLines(rows: readonly (readonly string[])[], widths: readonly number[]): string {
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, at) => padToWidth(cell, widths[at] ?? 0))
          .join(GAP)
          .trimEnd()}\n`,
    )
    .join('');
}

async function* batches<Item>(records: AsyncIterable<Item> | Iterable<Item>): AsyncGenerator<Item[]> {
  let batch: Item[] = [];
  for await (const record of records) {
    batch.push(record);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
