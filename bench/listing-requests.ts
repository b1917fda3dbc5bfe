/** Parameters of a listing or a count. */
export type ListingQuery = Readonly<Record<string, string | readonly string[]>>;

/** What is asked for again and again, each time with other values. */
export interface ListingRequest {
  what: string;
  path: '' | '/count';
  queryOf: (time: number) => ListingQuery;
}

/** A resource from anywhere in the inventory. */
export interface SampledResource {
  id: string;
  nativeId: string;
  name: string;
}

const PAGE = { limit: '500' };
/** The most values that a filter takes. */
const VALUES = 100;
/** A type that three tenths of the resources have. */
const TYPE = { type: 'disks' };
const NEAR_OFFSETS = 10_000;

/** Every filter by itself and in likely combinations, in both forms of paging; values are taken from the sample. */
export class ListingRequests {
  /** @param regions all that there are */
  constructor(
    private readonly sample: readonly SampledResource[],
    private readonly regions: readonly string[],
    private readonly total: number,
  ) {}

  get pages(): ListingRequest[] {
    const page = (what: string, filterOf: ListingRequest['queryOf']): ListingRequest => ({
      what: `page ${what}`,
      path: '',
      queryOf: (time) => ({ ...PAGE, ...filterOf(time) }),
    });
    return [
      page('of all, by marker', (time) => this.marker(time)),
      page('of all, by offset to 10,000', (time) => ({ offset: String((time * 499) % NEAR_OFFSETS) })),
      page('of a type, by marker', (time) => ({ ...TYPE, ...this.marker(time) })),
      page('of a region', (time) => this.region(time)),
      page('of all regions, by marker', (time) => ({ ...this.allRegions(), ...this.marker(time) })),
      page('of a type and region', (time) => ({ ...TYPE, ...this.region(time) })),
      page('of a type and all regions, by marker', (time) => ({
        ...TYPE,
        ...this.allRegions(),
        ...this.marker(time),
      })),
      page('of a name', (time) => ({ name_list: this.at(time).name })),
      page('of 100 names', (time) => this.names(time)),
      page('of 100 names, a type and all regions', (time) => ({
        ...this.names(time),
        ...TYPE,
        ...this.allRegions(),
      })),
      page('of an id', (time) => ({ resource_id_list: this.at(time).nativeId })),
      page('of 100 ids', (time) => this.nativeIds(time)),
      page('of 100 ids, a type and all regions', (time) => ({
        ...this.nativeIds(time),
        ...TYPE,
        ...this.allRegions(),
      })),
    ];
  }

  /** By offset from anywhere: each passes over half of all that there is, on the average. */
  get deepPage(): ListingRequest {
    const step = Math.round(this.total * 0.37);
    return {
      what: 'page of all, by any offset',
      path: '',
      queryOf: (time) => ({ ...PAGE, offset: String((time * step) % this.total) }),
    };
  }

  get counts(): ListingRequest[] {
    const count = (what: string, queryOf: ListingRequest['queryOf']): ListingRequest => ({
      what: `count of ${what}`,
      path: '/count',
      queryOf,
    });
    return [
      count('all', () => ({})),
      count('a type', () => TYPE),
      count('a region', (time) => this.region(time)),
      count('100 names', (time) => this.names(time)),
      count('100 ids', (time) => this.nativeIds(time)),
    ];
  }

  private at(time: number): SampledResource {
    const resource = this.sample[time % this.sample.length];
    if (resource === undefined) throw new Error('The sample is empty.');
    return resource;
  }

  private some(time: number): SampledResource[] {
    return Array.from({ length: VALUES }, (_, index) => this.at(time * VALUES + index));
  }

  private marker(time: number): ListingQuery {
    return { marker: this.at(time).id };
  }

  private region(time: number): ListingQuery {
    return { region_id_list: this.regions[time % this.regions.length] ?? '' };
  }

  private allRegions(): ListingQuery {
    return { region_id_list: this.regions };
  }

  private names(time: number): ListingQuery {
    return { name_list: this.some(time).map(({ name }) => name) };
  }

  private nativeIds(time: number): ListingQuery {
    return { resource_id_list: this.some(time).map(({ nativeId }) => nativeId) };
  }
}
