import { printable } from './printable.js';

/** A value in a table or a CSV file. */
export type Cell = string | number | boolean | null | undefined;

/** One column of a listing: its name as the API has it, and its value of a record. */
export interface Column<Item> {
  name: string;
  of: (record: Item) => Cell;
  /** How people see it, where that differs. */
  shown?: (record: Item) => Cell;
  /** Only where programs read it: CSV. */
  wide?: true;
}

/** Of a field as it is. */
export function field<Key extends string>(name: Key): Column<Readonly<Record<Key, Cell>>> {
  return { name, of: (record) => record[name] };
}

/** Of a field that is a time: people see it to the second, in UTC. */
export function timeField<Key extends string>(name: Key): Column<Readonly<Record<Key, string | null>>> {
  return {
    name,
    of: (record) => record[name],
    shown: (record) => record[name]?.slice(0, 19).replace('T', ' '),
  };
}

/** A cell as a table shows it. */
export function shownCell<Item>(column: Column<Item>, record: Item): string {
  const value = (column.shown ?? column.of)(record);
  return value === null || value === undefined || value === '' ? '–' : printable(String(value));
}
