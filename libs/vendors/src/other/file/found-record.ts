/** Where a record is: the number of its line, or an address within the document. */
export type RecordPlace = number | string;

/** A record of a document, or what is wrong with it. */
export type Found<Record> =
  | { at: RecordPlace; record: Record }
  /** What is wrong, as the rest of a sentence: `has 3 fields, and the first line 4`. */
  | { at: RecordPlace; problem: string };

/** A document that is no such document at all: nothing behind the place can be read. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
}

/** The longest line, or row, in characters. */
export const MAX_ROW_CHARACTERS = 1_048_576;

export function shownPlace(at: RecordPlace): string {
  return typeof at === 'number' ? `line ${String(at)}` : at;
}
