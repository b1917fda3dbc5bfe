import { indexedResource } from './application-estate.js';
import { Collection } from './collection.js';
import type { Document } from './network-estate.js';
import type { GlobalCounts } from './region-counts.js';
import { RegionNames } from './region-names.js';

/** What an account has once: buckets and DNS zones. */
export class GlobalEstate {
  readonly buckets: Collection<Document>;
  readonly zones: Collection<Document>;
  /** What Resource Explorer has. */
  readonly indexed: Collection<Document>;
  private readonly names: RegionNames;

  constructor(
    account: string,
    counts: GlobalCounts,
    private readonly options: { regions: readonly string[]; seed: number },
  ) {
    this.names = new RegionNames(account, 'global', options.seed);
    this.buckets = new Collection(counts.buckets, (index) => this.bucket(index));
    this.zones = new Collection(counts.zones, (index) => this.zone(index));
    this.indexed = new Collection(counts.othersOfNoRegion, (index) =>
      indexedResource(this.names, ['iam', 'role', `role/role-${index}`]),
    );
  }

  private bucket(index: number): Document {
    const { regions } = this.options;
    return {
      Name: `bucket-${this.names.account}-${String(index).padStart(6, '0')}`,
      CreationDate: this.names.time(30, index),
      BucketRegion: regions[index % regions.length],
    };
  }

  private zone(index: number): Document {
    return {
      Id: `/hostedzone/${this.names.id('Z', index).replace('-', '').toUpperCase()}`,
      Name: `zone-${index}.example.com.`,
      CallerReference: `made-${index}`,
      Config: { Comment: 'as the estate has it', PrivateZone: index % 2 === 1 },
      ResourceRecordSetCount: 2 + (index % 5),
    };
  }
}
