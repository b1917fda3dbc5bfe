import { scramble } from '../../seeded-random.js';

const HEX = 16;
const ID_HALF = 8;

function hex(value: number): string {
  return (value >>> 0).toString(HEX).padStart(ID_HALF, '0');
}

function hashOf(text: string): number {
  let hash = 0;
  for (const character of text) hash = scramble(hash ^ (character.codePointAt(0) ?? 0));
  return hash;
}

/** Names things of one account in one region: ids that no other has, the same for the same number. */
export class RegionNames {
  private readonly space: number;

  constructor(
    readonly account: string,
    readonly region: string,
    seed: number,
  ) {
    this.space = hashOf(`${account}/${region}/${seed}`);
  }

  /** `i-0…`: a prefix and 17 digits. */
  id(prefix: string, index: number): string {
    return `${prefix}-0${hex(this.space)}${hex(index)}`;
  }

  arn(service: string, resource: string): string {
    return `arn:aws:${service}:${this.region}:${this.account}:${resource}`;
  }

  /** One of the region's zones. */
  zone(index: number): string {
    return this.region + ('abc'[index % 3] ?? 'a');
  }

  /** Something that looks like chance, below a limit. */
  chance(purpose: number, index: number, limit: number): number {
    return scramble(this.space ^ scramble(purpose) ^ index) % limit;
  }

  /** Some day of the two years before the estate's present. */
  time(purpose: number, index: number): Date {
    return new Date(PRESENT - this.chance(purpose, index, TWO_YEARS_S) * 1_000);
  }
}

const PRESENT = Date.UTC(2026, 8, 1);
const TWO_YEARS_S = 2 * 365 * 24 * 3_600;
