import type { JsonObject } from '#domain';

import { scramble } from '../seeded-random.js';
import { ecsDocuments } from './documents/ecs.js';
import { otherDocuments } from './documents/others.js';
import { vpcDocuments } from './documents/vpc.js';

/** What there is in a region, by Alibaba Cloud's products, and what the first part of an id is. */
export const KINDS = {
  instance: 'i',
  disk: 'd',
  snapshot: 's',
  image: 'm',
  securityGroup: 'sg',
  networkInterface: 'eni',
  keyPair: 'key',
  vpc: 'vpc',
  vSwitch: 'vsw',
  routeTable: 'vtb',
  eip: 'eip',
  natGateway: 'ngw',
  classicLoadBalancer: 'lb',
  applicationLoadBalancer: 'alb',
  networkLoadBalancer: 'nlb',
  database: 'rm',
  cluster: 'c',
  scalingGroup: 'asg',
  functionItem: 'fc',
  domain: 'dns',
  bucket: 'bucket',
  indexed: 'r',
} as const;

export type Kind = keyof typeof KINDS;
export type Counts = Readonly<Record<Kind, number>>;

/** Makes one resource's document, as the vendor's listing has it. */
export type DocumentMaker = (place: Place, index: number) => JsonObject;

const DOCUMENTS: Readonly<Record<Kind, DocumentMaker>> = {
  ...ecsDocuments,
  ...vpcDocuments,
  ...otherDocuments,
};

/** Everything was created before this, so that an estate is the same on every day. */
const ESTATE_TIME = Date.UTC(2026, 0, 15, 8, 0, 0);
const MINUTE_MS = 60_000;
const MINUTES_A_YEAR = 525_600;
const ZONES = ['a', 'b', 'c'] as const;

/** A region of an estate: what its resources are called and refer to. */
export class Place {
  constructor(
    readonly region: string,
    readonly number: number,
    readonly counts: Counts,
  ) {}

  id(kind: Kind, index: number): string {
    const random = scramble(scramble(this.number + 1) ^ (index + kind.length * 0x9e3779b1));
    return `${KINDS[kind]}-${regionCode(this.number)}${number36(index, 5)}${number36(random, 7)}`;
  }

  /** The id of what a resource refers to, one of as many as there are; `''` where there are none. */
  refer(kind: Kind, index: number): string {
    const count = this.counts[kind];
    return count === 0 ? '' : this.id(kind, index % count);
  }

  zone(index: number): string {
    return `${this.region}-${ZONES[index % ZONES.length] ?? 'a'}`;
  }

  /** ISO 8601; ECS leaves out the seconds. */
  time(index: number): string {
    const minutes = scramble(index + this.number) % MINUTES_A_YEAR;
    return `${new Date(ESTATE_TIME - minutes * MINUTE_MS).toISOString().slice(0, 19)}Z`;
  }

  minute(index: number): string {
    return this.time(index).replace(/:\d\dZ$/, 'Z');
  }

  /** A private address; that of a vSwitch' resource number so and so. */
  address(index: number): string {
    return `10.${String(this.number % 256)}.${String((index >> 8) % 256)}.${String(index % 256)}`;
  }

  /** An address of the networks that are for examples. */
  publicAddress(index: number): string {
    return `203.0.${String(100 + (this.number % 100))}.${String(index % 256)}`;
  }
}

/**
 * An estate that is made when it is looked at: of each resource there is only its number, so that memory does not
 * grow with how many there are.
 */
export class AliEstate {
  private readonly places: ReadonlyMap<string, Place>;
  /** Numbers of what was deleted, by region and kind. */
  private readonly deleted = new Map<string, Set<number>>();
  private readonly changes = new Map<string, JsonObject>();

  constructor(
    readonly regions: readonly string[],
    countsOf: (region: string) => Counts,
    /** Estates with other numbers have other ids. */
    estateNumber = 0,
  ) {
    this.places = new Map(
      regions.map(
        (region, number) =>
          [region, new Place(region, estateNumber * regions.length + number, countsOf(region))] as const,
      ),
    );
  }

  has(region: string): boolean {
    return this.places.has(region);
  }

  /** How many there are of a kind in a region. */
  count(kind: Kind, region: string): number {
    const made = this.places.get(region)?.counts[kind] ?? 0;
    return made - (this.deleted.get(`${region} ${kind}`)?.size ?? 0);
  }

  /**
   * The resources from a number on. Numbers are not positions: those of what was deleted are left out.
   */
  *from(kind: Kind, region: string, first: number): Generator<{ number: number; document: JsonObject }> {
    const place = this.places.get(region);
    if (place === undefined) return;
    const deleted = this.deleted.get(`${region} ${kind}`);
    for (let number = first; number < place.counts[kind]; number += 1) {
      if (deleted?.has(number) === true) continue;
      const changes = this.changes.get(`${region} ${kind} ${String(number)}`);
      yield { number, document: { ...DOCUMENTS[kind](place, number), ...changes } };
    }
  }

  /** Their ids, to compare a listing with. */
  ids(kind: Kind, region: string): string[] {
    const place = this.places.get(region);
    return place === undefined
      ? []
      : [...this.from(kind, region, 0)].map(({ number }) => place.id(kind, number));
  }

  delete(kind: Kind, region: string, number: number): void {
    const key = `${region} ${kind}`;
    this.deleted.set(key, (this.deleted.get(key) ?? new Set()).add(number));
  }

  change(kind: Kind, region: string, number: number, changes: JsonObject): void {
    const key = `${region} ${kind} ${String(number)}`;
    this.changes.set(key, { ...this.changes.get(key), ...changes });
  }
}

function regionCode(number: number): string {
  return `bp${number36(number, 1)}`;
}

function number36(value: number, digits: number): string {
  return value.toString(36).padStart(digits, '0');
}
