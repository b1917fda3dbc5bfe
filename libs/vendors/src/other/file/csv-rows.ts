import { FormatError, type Found, MAX_ROW_CHARACTERS, shownPlace } from './found-record.js';

const QUOTE = '"';
const BYTE_ORDER_MARK = '\uFEFF';
const BEHIND_QUOTE = 'goes on behind the quote that ends a field';

/**
 * Where in a row the next character is: at a field's beginning, in a plain field, in a quoted one, behind a quote in
 * one (which ends it, unless another quote follows), behind a CR after that, or in what is left of a row that went
 * wrong.
 */
type State = 'begin' | 'plain' | 'quoted' | 'closing' | 'returned' | 'broken';

/**
 * The rows of a CSV document (RFC 4180), whose text comes in pieces that are cut anywhere. A field in quotes may hold
 * delimiters, line ends, and quotes twice. Lines end with LF or CRLF. Blank lines are no rows. Fields stay what they
 * are, also those that a spreadsheet would take for formulas.
 * @throws {FormatError} where no row can be found any more: a quote that never ends
 */
export async function* csvRows(
  texts: AsyncIterable<string>,
  delimiter: string,
): AsyncGenerator<Found<string[]>, void> {
  const rows = new CsvRows(delimiter);
  for await (const text of texts) yield* rows.read(text);
  yield* rows.end();
}

class CsvRows {
  private state: State = 'begin';
  private field = '';
  private fields: string[] = [];
  private characters = 0;
  private problem: string | undefined;
  private line = 1;
  /** Where the row began. */
  private firstLine = 1;
  private isFirst = true;

  constructor(private readonly delimiter: string) {}

  *read(text: string): Generator<Found<string[]>, void> {
    let rest = text;
    if (this.isFirst && rest !== '') {
      this.isFirst = false;
      if (rest.startsWith(BYTE_ORDER_MARK)) rest = rest.slice(1);
    }
    for (const character of rest) {
      const isEnd = character === '\n' && this.state !== 'quoted';
      if (!isEnd) this.take(character);
      if (character === '\n') this.line += 1;
      if (isEnd) yield* this.row();
    }
  }

  *end(): Generator<Found<string[]>, void> {
    if (this.state === 'quoted') {
      throw new FormatError(`${shownPlace(this.firstLine)} has a field whose quote never ends`);
    }
    yield* this.row();
  }

  private take(character: string): void {
    this.characters += 1;
    if (this.characters > MAX_ROW_CHARACTERS) {
      const limit = String(MAX_ROW_CHARACTERS);
      throw new FormatError(
        `the row of ${shownPlace(this.firstLine)} has more than ${limit} characters; is a quote missing?`,
      );
    }
    switch (this.state) {
      case 'begin':
        if (character === QUOTE) this.state = 'quoted';
        else this.takePlain(character);
        break;
      case 'plain':
        this.takePlain(character);
        break;
      case 'quoted':
        if (character === QUOTE) this.state = 'closing';
        else this.field += character;
        break;
      case 'closing':
        this.takeBehindQuote(character);
        break;
      case 'returned':
        this.breakOff(BEHIND_QUOTE);
        break;
      case 'broken':
        break;
    }
  }

  private takePlain(character: string): void {
    if (character === this.delimiter) {
      this.endField();
    } else if (character === QUOTE) {
      this.breakOff('has a quote within a field that does not begin with one');
    } else {
      this.state = 'plain';
      this.field += character;
    }
  }

  private takeBehindQuote(character: string): void {
    if (character === QUOTE) {
      this.field += QUOTE;
      this.state = 'quoted';
    } else if (character === this.delimiter) {
      this.endField();
    } else if (character === '\r') {
      this.state = 'returned';
    } else {
      this.breakOff(BEHIND_QUOTE);
    }
  }

  private breakOff(problem: string): void {
    this.problem = problem;
    this.state = 'broken';
  }

  private endField(): void {
    this.fields.push(this.field);
    this.field = '';
    this.state = 'begin';
  }

  private *row(): Generator<Found<string[]>, void> {
    const isPlain = this.state === 'begin' || this.state === 'plain';
    if (isPlain && this.field.endsWith('\r')) this.field = this.field.slice(0, -1);
    const at = this.firstLine;
    const isBlank = isPlain && this.fields.length === 0 && this.field === '';
    if (this.problem !== undefined) yield { at, problem: this.problem };
    else if (!isBlank) yield { at, record: [...this.fields, this.field] };
    this.field = '';
    this.fields = [];
    this.characters = 0;
    this.problem = undefined;
    this.state = 'begin';
    this.firstLine = this.line;
  }
}
