import { defineAliTable, source } from '../ali-table.js';
import { byToken } from '../paging.js';
import { PRODUCTS } from '../products.js';

interface Bucket {
  Name?: string;
  Region?: string;
  Location?: string;
  CreationDate?: string;
}

interface Answer {
  ListAllMyBucketsResult?: {
    Buckets?: { Bucket?: Bucket[] } | string;
    NextMarker?: string;
  };
}

/** Buckets of OSS, of all regions. */
export const buckets = defineAliTable({
  type: 'buckets',
  listedIn: 'global',
  sources: [
    source({
      product: PRODUCTS.oss,
      action: 'ListBuckets',
      paging: byToken(1000, ['max-keys', 'marker']),
      read({ ListAllMyBucketsResult: result }: Answer) {
        const list = result?.Buckets;
        // An element without any inside is an empty text.
        return { items: typeof list === 'object' ? list.Bucket : [], nextToken: result?.NextMarker };
      },
      describe: (bucket: Bucket) => ({
        id: bucket.Name,
        // `oss-cn-hangzhou` is OSS' own name of it.
        region: bucket.Region || bucket.Location?.replace(/^oss-/, ''),
        created: bucket.CreationDate,
      }),
    }),
  ],
});
