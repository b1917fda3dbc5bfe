import { ApplicationEstate } from './application-estate.js';
import { ComputeEstate } from './compute-estate.js';
import { GlobalEstate } from './global-estate.js';
import { NetworkEstate } from './network-estate.js';
import type { EstateCounts, RegionCounts } from './region-counts.js';
import { RegionNames } from './region-names.js';

/** What an account has in a region. */
export class RegionEstate {
  readonly names: RegionNames;
  readonly network: NetworkEstate;
  readonly compute: ComputeEstate;
  readonly applications: ApplicationEstate;

  constructor(names: RegionNames, counts: RegionCounts) {
    this.names = names;
    this.network = new NetworkEstate(names, counts);
    this.compute = new ComputeEstate(names, counts, this.network);
    this.applications = new ApplicationEstate(names, counts, this.network);
  }
}

/** Resource Explorer's index of a region, and the view that is the default there. */
export interface ExplorerIndex {
  state: 'CREATING' | 'ACTIVE' | 'UPDATING' | 'DELETING' | 'DELETED';
  created: Date;
  hasView: boolean;
  /** What the view leaves out. */
  filter: string;
}

const FINISHED: ExplorerIndex = {
  state: 'ACTIVE',
  created: new Date(Date.UTC(2026, 0, 1)),
  hasView: true,
  filter: '',
};

/** What an account has. */
export class AwsEstate {
  private readonly regions = new Map<string, RegionEstate>();

  readonly global: GlobalEstate;
  /** Resource Explorer's indexes, by region. */
  readonly explorer: Map<string, ExplorerIndex>;

  constructor(
    readonly account: string,
    private readonly counts: EstateCounts,
    private readonly options: { regions: readonly string[]; seed: number },
  ) {
    this.global = new GlobalEstate(account, counts, options);
    this.explorer = new Map(options.regions.map((region) => [region, { ...FINISHED }]));
  }

  region(name: string): RegionEstate {
    let region = this.regions.get(name);
    if (region === undefined) {
      region = new RegionEstate(new RegionNames(this.account, name, this.options.seed), this.counts);
      this.regions.set(name, region);
    }
    return region;
  }
}
