import { asJson, hasJson, isPlainObject } from './json-semantics.js';

/**
 * 128 bits by which a resync sees cheaply that a resource is as it was: MurmurHash3's mixing over the values
 * themselves, two characters at a time, in the vendor's own order of keys. A third of what writing them as
 * text and SHA-256 take, and no garbage. Equal fingerprints mean equal JSON; different ones mean nothing, and
 * content hashes decide. Nobody can find two equal ones by chance. Who builds two on purpose would hide a
 * change of their own resource until it is double-checked (find-changes.ts).
 * @returns a string with a character for each byte
 */
export function fingerprint(value: unknown): string {
  state.begin();
  add(value);
  return state.end();
}

/** The word before a value that is no text, more than any text is long: so no two values are the same words. */
const TAG = {
  null: 0x7c6ef372,
  true: 0x510e527f,
  false: 0x6f83d9ab,
  integer: 0x5be0cd19,
  number: 0x428a2f98,
  array: 0x71374491,
  object: 0x59f111f1,
  end: 0x42835b01,
} as const;

const LANES = 4;
/** Looked up once: under Jest, whose globals are slow, looking it up each time takes a hundred times as long. */
const { imul } = Math;
const DOUBLE = new Float64Array(1);
const DOUBLE_WORDS = new Int32Array(DOUBLE.buffer);

/** Four lanes of 32 bits. Each word goes into the first, is mixed with its neighbour, and the lanes move on. */
class MurmurState {
  private a = 0;
  private b = 0;
  private c = 0;
  private d = 0;

  begin(): void {
    [this.a, this.b, this.c, this.d] = [0x2f0b4c47, 0x1b873593, 0x0bcaa747, 0x32ac3b17];
  }

  word(word: number): void {
    const mixed = mix(this.a ^ scramble(word), this.b);
    this.a = this.b;
    this.b = this.c;
    this.c = this.d;
    this.d = mixed;
  }

  /** Its length first. */
  text(text: string): void {
    this.word(text.length);
    let { a, b, c, d } = this;
    const pairs = text.length - 1;
    for (let at = 0; at < pairs; at += 2) {
      const mixed = mix(a ^ scramble(text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16)), b);
      a = b;
      b = c;
      c = d;
      d = mixed;
    }
    this.a = a;
    this.b = b;
    this.c = c;
    this.d = d;
    if (text.length % 2 === 1) this.word(text.charCodeAt(pairs));
  }

  end(): string {
    for (let lane = 0; lane < 2 * LANES; lane += 1) this.word(TAG.end);
    return toBytes(this.a) + toBytes(this.b) + toBytes(this.c) + toBytes(this.d);
  }
}

const state = new MurmurState();

function scramble(word: number): number {
  const product = imul(word, 0x239b961b);
  return imul((product << 15) | (product >>> 17), 0xab0e9789);
}

function mix(lane: number, neighbour: number): number {
  return (imul((((lane << 19) | (lane >>> 13)) + neighbour) | 0, 5) + 0x561ccd1b) | 0;
}

function toBytes(lane: number): string {
  return String.fromCharCode(lane >>> 24, (lane >>> 16) & 255, (lane >>> 8) & 255, lane & 255);
}

function add(value: unknown): void {
  switch (typeof value) {
    case 'string':
      state.text(value);
      break;
    case 'number':
      addNumber(value);
      break;
    case 'boolean':
      state.word(value ? TAG.true : TAG.false);
      break;
    case 'object':
      if (value === null) state.word(TAG.null);
      else addObject(value);
      break;
    default:
      state.word(TAG.null);
  }
}

function addNumber(value: number): void {
  if ((value | 0) === value) {
    state.word(TAG.integer);
    state.word(value);
  } else {
    DOUBLE[0] = value;
    state.word(TAG.number);
    state.word(DOUBLE_WORDS[0] ?? 0);
    state.word(DOUBLE_WORDS[1] ?? 0);
  }
}

function addObject(value: object): void {
  if (Array.isArray(value)) {
    state.word(TAG.array);
    for (const item of value as unknown[]) add(item);
  } else if (isPlainObject(value)) {
    state.word(TAG.object);
    for (const key in value) {
      const item = value[key];
      if (!hasJson(item)) continue;
      state.text(key);
      add(item);
    }
  } else {
    add(asJson(value));
    return;
  }
  state.word(TAG.end);
}
