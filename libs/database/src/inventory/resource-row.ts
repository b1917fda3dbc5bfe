import { hash } from 'node:crypto';

import type { Resource } from '#domain';

import { storableText } from '../storable-text.js';
import { canonicalForm } from './canonical-form.js';
import { withoutVolatile } from './without-volatile.js';

const HASH_BYTES = 16;
/** Where a hash's bytes become a number. Nothing is awaited in between. */
const NATIVE_HASH = Buffer.alloc(8);

/**
 * A resource as it goes into the `resource` table. Hashes are strings with a character for each byte: to make
 * each a Buffer would take longer than to hash.
 */
export class ResourceRow {
  /** As it is stored, without what Postgres cannot hold; everything that compares ids compares these. */
  readonly nativeId: string;
  /** See {@link nativeHash}. */
  readonly nativeHash: bigint;
  /** Parts of the resource as JSON, made once for the fingerprint and for storing them. */
  readonly json: Readonly<Record<'tags' | 'properties' | 'relations', string>>;
  /**
   * By which a resync sees cheaply that a resource is as it was: SHA-256, cut to 16 bytes, over its JSON in the
   * vendor's own order of keys, of all that {@link contentHash} covers. The same fingerprint means the same
   * resource; another one means nothing, and content hashes decide. A string with a character for each byte.
   */
  readonly fingerprint: string;
  private knownContentHash: string | undefined;

  /** @param volatile JSON Pointers into `properties` to what doesn't count as a change */
  constructor(
    readonly resource: Resource,
    private readonly volatile: readonly string[] = [],
  ) {
    this.nativeId = storableText(resource.nativeId);
    this.nativeHash = nativeHash(this.nativeId);
    this.json = {
      tags: JSON.stringify(resource.tags),
      properties: JSON.stringify(resource.properties),
      relations: JSON.stringify(resource.relations),
    };
    this.fingerprint = sha256(this.fingerprinted()).slice(0, HASH_BYTES);
  }

  /** See {@link contentHash}. Made when it is asked for: an unchanged row does without. */
  get contentHash(): string {
    this.knownContentHash ??= contentHash(this.resource, this.volatile);
    return this.knownContentHash;
  }

  /** JSON has no line breaks, so lines of it tell where each begins. */
  private fingerprinted(): string {
    const { name, status, nativeStatus, regionId, zoneId, addresses, createdAt, properties } = this.resource;
    const lasting =
      this.volatile.length === 0
        ? this.json.properties
        : JSON.stringify(withoutVolatile(properties, this.volatile));
    const columns = JSON.stringify([name, status, nativeStatus, regionId, zoneId, addresses, createdAt]);
    return `${columns}\n${this.json.tags}\n${lasting}\n${this.json.relations}`;
  }
}

/**
 * 64 bits that stand for a native id when a prune compares what a listing saw with what is stored. Two ids
 * with the same hash can only keep a row one run longer, never delete one.
 */
export function nativeHash(nativeId: string): bigint {
  NATIVE_HASH.write(sha256(nativeId), 'latin1');
  return NATIVE_HASH.readBigInt64BE(0);
}

/**
 * The hash by which a resync knows that nothing changed: SHA-256 over the resource's canonical form, cut to 16
 * bytes. Key order doesn't count; array order does.
 * @param volatile JSON Pointers into `properties` to what doesn't count either
 * @returns a string with a character for each byte
 */
export function contentHash(resource: Resource, volatile: readonly string[] = []): string {
  return sha256(canonicalForm(contentOf(resource, volatile))).slice(0, HASH_BYTES);
}

/** What makes a resource what it is, but for its id, which is the row. */
function contentOf(resource: Resource, volatile: readonly string[]) {
  return {
    name: resource.name,
    status: resource.status,
    nativeStatus: resource.nativeStatus,
    regionId: resource.regionId,
    zoneId: resource.zoneId,
    addresses: resource.addresses,
    tags: resource.tags,
    createdAt: resource.createdAt?.toJSON(),
    properties: withoutVolatile(resource.properties, volatile),
    relations: resource.relations,
  };
}

/** With a character for each byte. */
function sha256(text: string): string {
  return hash('sha256', text, 'binary');
}

/**
 * A vendor's time as Postgres takes it, or nothing: one outside the years 1 to 9999, which JSON writes in a
 * form that Postgres refuses, is as good as none, and must not fail the page.
 */
export function storableTime(time: Date | undefined): Date | undefined {
  const year = time?.getUTCFullYear() ?? NaN;
  return year >= 1 && year <= 9_999 ? time : undefined;
}
