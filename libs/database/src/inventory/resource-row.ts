import { createHash } from 'node:crypto';

import { configure } from 'safe-stable-stringify';

import type { Resource } from '#domain';

import { storableText } from '../storable-text.js';
import { withoutVolatile } from './without-volatile.js';

/** A resource as it goes into the `resource` table. */
export interface ResourceRow {
  /** As it is stored, without what Postgres cannot hold; everything that compares ids compares these. */
  nativeId: string;
  /** See {@link nativeHash}. */
  nativeHash: bigint;
  /** 16 bytes: SHA-256 over the resource's canonical form, cut in half. */
  contentHash: Buffer;
  resource: Resource;
}

const CONTENT_HASH_BYTES = 16;
/** Sorts keys; refuses cycles, which no JSON document has. */
const stableStringify = configure({ circularValue: TypeError });

export function toResourceRow(resource: Resource, volatile: readonly string[] = []): ResourceRow {
  const nativeId = storableText(resource.nativeId);
  return {
    nativeId,
    nativeHash: nativeHash(nativeId),
    contentHash: contentHash(resource, volatile),
    resource,
  };
}

/**
 * 64 bits that stand for a native id when a prune compares what a listing saw with what is stored. Two ids
 * with the same hash can only keep a row one run longer, never delete one.
 */
export function nativeHash(nativeId: string): bigint {
  return createHash('sha256').update(nativeId).digest().readBigInt64BE(0);
}

/**
 * The hash by which a resync knows that nothing changed. Key order doesn't count; array order does.
 * @param volatile JSON Pointers into `properties` to what doesn't count either
 */
export function contentHash(resource: Resource, volatile: readonly string[] = []): Buffer {
  const canonical = stableStringify({
    name: resource.name,
    status: resource.status,
    nativeStatus: resource.nativeStatus,
    regionId: resource.regionId,
    zoneId: resource.zoneId,
    addresses: resource.addresses,
    tags: resource.tags,
    createdAt: resource.createdAt,
    properties: withoutVolatile(resource.properties, volatile),
    relations: resource.relations,
  });
  return createHash('sha256')
    .update(canonical ?? '')
    .digest()
    .subarray(0, CONTENT_HASH_BYTES);
}

/**
 * A vendor's time as Postgres takes it, or nothing: one outside the years 1 to 9999, which JSON writes in a
 * form that Postgres refuses, is as good as none, and must not fail the page.
 */
export function storableTime(time: Date | undefined): Date | undefined {
  const year = time?.getUTCFullYear() ?? NaN;
  return year >= 1 && year <= 9_999 ? time : undefined;
}
