import type { JsonValue } from '#domain';
import { required } from '#vendor-kit';

import { eachAtMost } from '../../shared/each-at-most.js';
import { AliError } from '../ali-error.js';
import { type AliCaller, type AliTag, defineAliTable, source } from '../ali-table.js';
import { byToken } from '../paging.js';
import { PRODUCTS } from '../products.js';

interface Bucket {
  Name?: string;
  Region?: string;
  Location?: string;
  CreationDate?: string;
  /** From a call of their own. */
  Tags?: AliTag[];
  unreadableProperties?: readonly string[];
}

interface Answer {
  ListAllMyBucketsResult?: {
    Buckets?: { Bucket?: Bucket[] } | string;
    IsTruncated?: string;
    NextMarker?: string;
  };
}

interface TagAnswer {
  /** Without tags, a text or a list of none. */
  Tagging?: JsonValue;
}

/** Fewer than OSS would give, as each bucket of a page takes another call. */
const PAGE = 100;
/** The tags of each bucket are a call; so many are on their way at once. */
const TAGS_AT_ONCE = 5;
/** As S3 says of a bucket without tags; OSS documents an empty list. */
const WITHOUT_TAGS = 'NoSuchTagSet';
/**
 * A bucket's own policy may refuse what the key may do with all others, and one may be deleted since it was listed:
 * its tags are not known then, which is not the same as none.
 */
const UNREADABLE = ['AccessDenied', 'NoSuchBucket'];
/** What may become a part of a host's name. */
const BUCKET_NAME = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;
const REGION = /^[a-z0-9-]+$/;

/** `oss-cn-hangzhou` is OSS' own name of a region. */
function regionOf({ Region, Location }: Bucket): string | undefined {
  return Region || Location?.replace(/^oss-/, '');
}

async function withTags(bucket: Bucket, call: AliCaller): Promise<Bucket> {
  const { Name: name = '' } = bucket;
  const region = required(regionOf(bucket), 'Region');
  // Nothing that OSS calls so: who sent it should not choose which host is asked.
  if (!BUCKET_NAME.test(name) || !REGION.test(region)) return { ...bucket, unreadableProperties: ['Tags'] };
  try {
    const answer = await call({
      action: 'GetBucketTagging',
      bucket: name,
      region,
      parameters: { tagging: '' },
    });
    return { ...bucket, Tags: tagsIn(required((answer as TagAnswer).Tagging, 'Tagging')) };
  } catch (error) {
    const code = error instanceof AliError ? error.code : '';
    if (code === WITHOUT_TAGS) return { ...bucket, Tags: [] };
    if (UNREADABLE.includes(code)) return { ...bucket, unreadableProperties: ['Tags'] };
    throw error;
  }
}

/** An element without any inside is an empty text. */
function tagsIn(tagging: JsonValue): AliTag[] {
  const { TagSet: set } = tagging as { TagSet?: { Tag?: AliTag[] } | string };
  return typeof set === 'object' ? (set.Tag ?? []) : [];
}

/** Buckets of OSS, of all regions. */
export const buckets = defineAliTable({
  type: 'buckets',
  listedIn: 'global',
  sources: [
    source({
      product: PRODUCTS.oss,
      action: 'ListBuckets',
      paging: byToken(PAGE, ['max-keys', 'marker']),
      read(answer: Answer) {
        // Whatever else a proxy may send is no list without buckets.
        const result = required(answer.ListAllMyBucketsResult, 'ListAllMyBucketsResult');
        const { Buckets: list, IsTruncated: isTruncated, NextMarker: marker } = result;
        const nextToken = isTruncated === 'true' ? required(marker || undefined, 'NextMarker') : marker;
        // An element without any inside is an empty text.
        return { items: typeof list === 'object' ? list.Bucket : [], nextToken };
      },
      detail: {
        action: 'GetBucketTagging',
        complete: (items, call) => eachAtMost(TAGS_AT_ONCE, items, (bucket) => withTags(bucket, call)),
      },
      describe: (bucket: Bucket) => ({
        id: bucket.Name,
        region: regionOf(bucket),
        tags: bucket.Tags,
        created: bucket.CreationDate,
      }),
      omit: ['Tags'],
    }),
  ],
});
