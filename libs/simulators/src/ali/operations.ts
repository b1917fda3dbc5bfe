import type { JsonObject } from '#domain';

import { AliFault } from './ali-fault.js';
import type { Kind } from './estate.js';

/** How a listing is paged, and what it does with a size that is out of range. */
export type ListPaging =
  /** ECS: a size out of range becomes the next one in it. */
  | { kind: 'token'; min: number; max: number; size?: string; token?: string }
  /** A size above the maximum is refused. */
  | { kind: 'number'; max: number; number?: string; size?: string };

/** What a page consists of, for its answer. */
export interface ListedPage {
  items: readonly JsonObject[];
  /** Of the next page; `''` when there is none. */
  token: string;
  number: number;
  size: number;
  total: number;
}

/** A listing of a product's API. */
export interface ListOperation {
  product: string;
  version: string;
  action: string;
  /** Of the ROA style: its path. */
  path?: string;
  lists: Kind;
  /** Of the whole account, whatever region's endpoint is asked: the estate's first region has it. */
  isGlobal?: boolean;
  paging: ListPaging;
  /** What the call must have been asked; as `ImageOwnerAlias=self`. */
  expects?: Readonly<Record<string, string>>;
  body: (page: ListedPage) => JsonObject;
}

/** `Instances.Instance[]`, with the next page's token, and a total that is meaningless then. */
const byToken =
  (list: string, item: string) =>
  ({ items, token }: ListedPage): JsonObject => ({
    [list]: { [item]: [...items] },
    NextToken: token,
    TotalCount: 0,
  });

const byNumber =
  (list: string, item: string) =>
  ({ items, number, size, total }: ListedPage): JsonObject => ({
    [list]: { [item]: [...items] },
    PageNumber: number,
    PageSize: size,
    TotalCount: total,
  });

/** The same without a wrapping. */
const flat = ({ items, token }: ListedPage, list: string): JsonObject => ({
  [list]: [...items],
  NextToken: token,
  TotalCount: 0,
});

const ECS = { product: 'ecs', version: '2014-05-26' };
const VPC = { product: 'vpc', version: '2016-04-28' };
const VPC_PAGES = { kind: 'number', max: 50 } as const;

/** Everything that is listed. Pages and sizes are those of Alibaba Cloud's API references. */
export const OPERATIONS: readonly ListOperation[] = [
  {
    ...ECS,
    action: 'DescribeInstances',
    lists: 'instance',
    paging: { kind: 'token', min: 1, max: 100 },
    body: byToken('Instances', 'Instance'),
  },
  {
    ...ECS,
    action: 'DescribeDisks',
    lists: 'disk',
    paging: { kind: 'token', min: 10, max: 500 },
    body: byToken('Disks', 'Disk'),
  },
  {
    ...ECS,
    action: 'DescribeSnapshots',
    lists: 'snapshot',
    paging: { kind: 'token', min: 1, max: 100 },
    body: byToken('Snapshots', 'Snapshot'),
  },
  {
    ...ECS,
    action: 'DescribeImages',
    lists: 'image',
    paging: { kind: 'number', max: 100 },
    expects: {
      ImageOwnerAlias: 'self',
      Status: 'Creating,Waiting,Available,Deprecated,UnAvailable,CreateFailed',
    },
    body: byNumber('Images', 'Image'),
  },
  {
    ...ECS,
    action: 'DescribeSecurityGroups',
    lists: 'securityGroup',
    paging: { kind: 'token', min: 1, max: 100 },
    body: byToken('SecurityGroups', 'SecurityGroup'),
  },
  {
    ...ECS,
    action: 'DescribeNetworkInterfaces',
    lists: 'networkInterface',
    paging: { kind: 'token', min: 10, max: 500 },
    body: byToken('NetworkInterfaceSets', 'NetworkInterfaceSet'),
  },
  {
    ...ECS,
    action: 'DescribeKeyPairs',
    lists: 'keyPair',
    paging: { kind: 'number', max: 50 },
    body: byNumber('KeyPairs', 'KeyPair'),
  },
  { ...VPC, action: 'DescribeVpcs', lists: 'vpc', paging: VPC_PAGES, body: byNumber('Vpcs', 'Vpc') },
  {
    ...VPC,
    action: 'DescribeVSwitches',
    lists: 'vSwitch',
    paging: VPC_PAGES,
    body: byNumber('VSwitches', 'VSwitch'),
  },
  {
    ...VPC,
    action: 'DescribeRouteTableList',
    lists: 'routeTable',
    paging: VPC_PAGES,
    body: byNumber('RouterTableList', 'RouterTableListType'),
  },
  {
    ...VPC,
    action: 'DescribeEipAddresses',
    lists: 'eip',
    paging: { kind: 'number', max: 100 },
    body: byNumber('EipAddresses', 'EipAddress'),
  },
  {
    ...VPC,
    action: 'DescribeNatGateways',
    lists: 'natGateway',
    paging: VPC_PAGES,
    body: byNumber('NatGateways', 'NatGateway'),
  },
  {
    product: 'slb',
    version: '2014-05-15',
    action: 'DescribeLoadBalancers',
    lists: 'classicLoadBalancer',
    paging: { kind: 'number', max: 100 },
    body: byNumber('LoadBalancers', 'LoadBalancer'),
  },
  {
    product: 'alb',
    version: '2020-06-16',
    action: 'ListLoadBalancers',
    lists: 'applicationLoadBalancer',
    paging: { kind: 'token', min: 1, max: 100 },
    body: (page) => flat(page, 'LoadBalancers'),
  },
  {
    product: 'nlb',
    version: '2022-04-30',
    action: 'ListLoadBalancers',
    lists: 'networkLoadBalancer',
    paging: { kind: 'token', min: 1, max: 100 },
    body: (page) => flat(page, 'LoadBalancers'),
  },
  {
    product: 'rds',
    version: '2014-08-15',
    action: 'DescribeDBInstances',
    lists: 'database',
    paging: { kind: 'token', min: 1, max: 100 },
    body: byToken('Items', 'DBInstance'),
  },
  {
    product: 'cs',
    version: '2015-12-15',
    action: 'DescribeClustersV1',
    path: '/api/v1/clusters',
    lists: 'cluster',
    paging: { kind: 'number', max: 50, number: 'page_number', size: 'page_size' },
    body: ({ items, number, size, total }) => ({
      clusters: [...items],
      page_info: { page_number: number, page_size: size, total_count: total },
    }),
  },
  {
    product: 'ess',
    version: '2022-02-22',
    action: 'DescribeScalingGroups',
    lists: 'scalingGroup',
    paging: { kind: 'number', max: 50 },
    body: ({ items, number, size, total }) => ({
      ScalingGroups: [...items],
      PageNumber: number,
      PageSize: size,
      TotalCount: total,
    }),
  },
  {
    product: 'fcv3',
    version: '2023-03-30',
    action: 'ListFunctions',
    path: '/2023-03-30/functions',
    lists: 'functionItem',
    paging: { kind: 'token', min: 1, max: 100, size: 'limit', token: 'nextToken' },
    body: ({ items, token }) => ({ functions: [...items], ...(token === '' ? {} : { nextToken: token }) }),
  },
  {
    product: 'alidns',
    version: '2015-01-09',
    action: 'DescribeDomains',
    lists: 'domain',
    isGlobal: true,
    paging: { kind: 'number', max: 100 },
    body: byNumber('Domains', 'Domain'),
  },
  {
    product: 'resourcecenter',
    version: '2022-12-01',
    action: 'SearchResources',
    lists: 'indexed',
    isGlobal: true,
    paging: { kind: 'token', min: 1, max: 100 },
    body: (page) => flat(page, 'Resources'),
  },
];

/** OSS' list of buckets, which is XML and signed in another way. */
export const LIST_BUCKETS: ListOperation = {
  product: 'oss',
  version: '',
  action: 'ListBuckets',
  lists: 'bucket',
  isGlobal: true,
  paging: { kind: 'token', min: 1, max: 1_000, size: 'max-keys', token: 'marker' },
  body: ({ items, token }) => ({ items: [...items], token }),
};

/** A whole number among a call's parameters, or the default. */
export function wholeNumber(parameters: URLSearchParams, name: string, otherwise: number): number {
  const text = parameters.get(name);
  if (text === null) return otherwise;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new AliFault(400, `InvalidParameter.${name}`, `The specified value of ${name} is not valid.`);
}
