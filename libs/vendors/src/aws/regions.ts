/** Where an item is listed: what a scope's key says. */
export interface AwsPlace {
  /** The AWS account's twelve digits. */
  account: string;
  /** A region; `global` for what an account has once. */
  region: string;
}

export const GLOBAL = 'global';

/** `eu-west-1`, `us-gov-east-1`; what else a setting says must not become part of a host's name. */
export const REGION_PATTERN = /^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/;

/** The region asked first, where the account's settings name none: every account of the public partition has it. */
export const DEFAULT_HOME = 'us-east-1';

const PARTITIONS: readonly (readonly [prefix: string, partition: string])[] = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['eusc-', 'aws-eusc'],
];

/** Where an index of a part of AWS has what is in no region. */
const GLOBAL_REGIONS: Readonly<Record<string, string>> = {
  'aws-cn': 'cn-north-1',
  'aws-us-gov': 'us-gov-west-1',
  'aws-eusc': 'eusc-de-east-1',
};

/** The region that answers for what is in none, of the part of AWS that a region belongs to. */
export function globalRegionOf(region: string): string {
  return GLOBAL_REGIONS[partitionOf(region)] ?? DEFAULT_HOME;
}

/** The part of AWS that a region belongs to, as ARNs name it. */
export function partitionOf(region: string): string {
  return PARTITIONS.find(([prefix]) => region.startsWith(prefix))?.[1] ?? 'aws';
}

/** The AWS account is in the key: names and ids such as a key pair's are unique only within it. */
export function scopeKey({ account, region }: AwsPlace): string {
  return `${account}/${region}`;
}

export function placeOf({ key }: { key: string }): AwsPlace {
  const [account = '', region = ''] = key.split('/');
  return { account, region };
}
