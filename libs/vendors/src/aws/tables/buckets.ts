import { type Bucket, GetBucketTaggingCommand, ListBucketsCommand } from '@aws-sdk/client-s3';

import { eachAtMost } from '../../shared/each-at-most.js';
import { AwsError } from '../aws-error.js';
import { type AwsTags, defineAwsTable, tagsOf } from '../aws-table.js';
import { type AwsCaller, paged } from '../listings.js';

/** The tags of each bucket are a call; so many are on their way at once. */
const TAGS_AT_ONCE = 5;
/** Fewer than AWS would give, as each bucket of a page takes another call. */
const PAGE = 200;
/** A bucket without tags, and one that was deleted since it was listed. */
const WITHOUT_TAGS = ['NoSuchTagSet', 'NoSuchBucket'];
/** A bucket's own policy may refuse what the key may do with all others. */
const REFUSED = 'AccessDenied';

type TaggedBucket = Bucket & { Tags?: AwsTags; unreadableProperties?: readonly string[] };

const listing = paged({
  service: 's3',
  pageSize: [1, PAGE],
  request: ({ size, cursor, region }) =>
    new ListBucketsCommand({ MaxBuckets: size, ContinuationToken: cursor, BucketRegion: region }),
  items: ({ Buckets }): readonly TaggedBucket[] | undefined => Buckets,
  next: ({ ContinuationToken }) => ContinuationToken,
  detail: (buckets, call) =>
    eachAtMost(TAGS_AT_ONCE, buckets, async (bucket) => ({ ...bucket, ...(await taggingOf(bucket, call)) })),
});

async function taggingOf(
  { Name }: Bucket,
  call: AwsCaller,
): Promise<Pick<TaggedBucket, 'Tags' | 'unreadableProperties'>> {
  try {
    const { TagSet } = await call('s3', new GetBucketTaggingCommand({ Bucket: Name }));
    return { Tags: TagSet };
  } catch (error) {
    const code = error instanceof AwsError ? error.code : '';
    if (WITHOUT_TAGS.includes(code)) return { Tags: [] };
    if (code === REFUSED) return { unreadableProperties: ['Tags'] };
    throw error;
  }
}

/**
 * S3's buckets. One listing could have those of all regions, but tags are asked where a bucket is: a region that is
 * down would fail them all. So each region is asked for its own, and only that region's stay as they were.
 */
export const buckets = defineAwsTable({
  type: 'buckets',
  permissions: ['s3:ListAllMyBuckets', 's3:GetBucketTagging'],
  listing,

  describe: (bucket) => ({
    id: ['Name', bucket.Name],
    name: bucket.Name,
    status: 'available',
    regionId: bucket.BucketRegion,
    tags: tagsOf(bucket.Tags),
    createdAt: bucket.CreationDate,
  }),
});
