import type { JsonValue } from '#domain';

import { FormatError } from './found-record.js';

/** A plain value of the root object, or an element of the list that is looked for. */
export interface Member {
  name: string;
  value: JsonValue;
}

const SPACES = /[\s\uFEFF]/;
const OPENING = '{[';
const CLOSING = '}]';

/** Where in the document the next character is. */
type Place = 'root' | 'name' | 'colon' | 'value' | 'comma' | 'end';

/**
 * Takes a JSON document apart that is too large to be held: of its root object the plain members, and of one member
 * that is a list the elements. All else is passed over. Text comes in pieces that are cut anywhere.
 */
export class RootMembers {
  private place: Place = 'root';
  private name = '';
  /** What is being collected, of a name, a value or an element. */
  private text = '';
  /** Brackets that are open within it. */
  private depth = 0;
  private isInText = false;
  private isEscaped = false;
  /** Within the list whose elements are wanted. */
  private isInList = false;
  private hasList = false;
  private read = 0;

  constructor(
    private readonly list: string,
    private readonly maxCharacters: number,
  ) {}

  /** @throws {FormatError} */
  *take(text: string): Generator<Member, void> {
    for (const character of text) {
      this.read += 1;
      if (this.text === '' && SPACES.test(character)) continue;
      const member = this.next(character);
      if (member !== undefined) yield member;
    }
  }

  /** @throws {FormatError} when the document breaks off, or has not had the list: it would look empty */
  end(): void {
    if (this.place !== 'end') throw new FormatError('it ends before its end');
    if (!this.hasList) throw new FormatError(`it has no list "${this.list}"`);
  }

  private next(character: string): Member | undefined {
    switch (this.place) {
      case 'root':
        if (character !== '{') throw this.failure('it is no JSON object');
        this.place = 'name';
        return undefined;
      case 'name':
        this.nameNext(character);
        return undefined;
      case 'colon':
        if (character !== ':') throw this.failure('a : is missing');
        this.place = 'value';
        return undefined;
      case 'value':
        return this.valueNext(character);
      case 'comma':
        this.commaNext(character);
        return undefined;
      case 'end':
        throw this.failure('it goes on behind its end');
    }
  }

  private nameNext(character: string): void {
    if (this.text === '' && character === '}') {
      this.place = 'end';
      return;
    }
    if (this.text === '' && character !== '"') throw this.failure('a name is missing');
    this.collect(character);
    if (this.isInText) return;
    this.name = this.parsed('a name is no text') as string;
    this.text = '';
    this.place = 'colon';
  }

  private valueNext(character: string): Member | undefined {
    const isListBegin = !this.isInList && this.name === this.list && this.text === '';
    if (isListBegin && character === '[') {
      this.isInList = true;
      this.hasList = true;
      return undefined;
    }
    if (this.isInList && this.text === '' && character === ']') {
      this.isInList = false;
      this.place = 'comma';
      return undefined;
    }
    const isPlainEnd =
      this.depth === 0 && !this.isInText && (character === ',' || CLOSING.includes(character));
    if (isPlainEnd) {
      const member = this.taken();
      this.place = 'comma';
      this.commaNext(character);
      return member;
    }
    this.collect(character);
    if (this.depth > 0 || this.isInText || !CLOSING.includes(character)) return undefined;
    const member = this.taken();
    this.place = 'comma';
    return member;
  }

  private commaNext(character: string): void {
    if (character === ',') this.place = this.isInList ? 'value' : 'name';
    else if (this.isInList && character === ']') this.isInList = false;
    else if (!this.isInList && character === '}') this.place = 'end';
    else throw this.failure('a , is missing');
  }

  /** What was collected, unless nobody wants it. */
  private taken(): Member | undefined {
    const { name } = this;
    if (this.text === '') throw this.failure('a value is missing');
    const isWanted = this.isInList || !OPENING.includes(this.text.charAt(0));
    const member = isWanted ? { name, value: this.parsed('a value is no JSON') } : undefined;
    this.text = '';
    return member;
  }

  private collect(character: string): void {
    if (this.isInText) {
      if (this.isEscaped) this.isEscaped = false;
      else if (character === '\\') this.isEscaped = true;
      else if (character === '"') this.isInText = false;
    } else if (character === '"') this.isInText = true;
    else if (OPENING.includes(character)) this.depth += 1;
    else if (CLOSING.includes(character)) this.depth -= 1;
    // Of what nobody wants the first character is enough.
    const isWanted = this.isInList || this.place === 'name' || !OPENING.includes(this.text.charAt(0) || ' ');
    if (!isWanted) return;
    this.text += character;
    if (this.text.length > this.maxCharacters) {
      throw this.failure(`a part of it has more than ${String(this.maxCharacters)} characters`);
    }
  }

  private parsed(problem: string): JsonValue {
    try {
      return JSON.parse(this.text) as JsonValue;
    } catch {
      throw this.failure(problem);
    }
  }

  private failure(problem: string): FormatError {
    return new FormatError(`${problem} (character ${String(this.read)})`);
  }
}
