import {
  DescribeLoadBalancersCommand as DescribeClassicCommand,
  DescribeTagsCommand as DescribeClassicTagsCommand,
  type LoadBalancerDescription,
} from '@aws-sdk/client-elastic-load-balancing';
import {
  DescribeLoadBalancersCommand,
  DescribeTagsCommand,
  DescribeTargetGroupsCommand,
  type DescribeTargetGroupsCommandOutput,
  DescribeTargetHealthCommand,
  type LoadBalancer,
  type TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2';

import { chunksOf, eachAtMost } from '../../shared/each-at-most.js';
import { AwsError } from '../aws-error.js';
import { type AwsTags, defineAwsTable, type Description, statusBy, tagsOf } from '../aws-table.js';
import { type AwsCaller, inTurn, paged } from '../listings.js';

/** As many as one call may ask the tags of. */
const TAGGED_AT_ONCE = 20;
/** Each balancer's targets are calls of their own; so many are on their way at once. */
const TARGETS_AT_ONCE = 4;
/** Fewer than AWS would give, as each balancer of a page takes two more calls. */
const PAGE = 100;

type Balancer = LoadBalancer & { Tags?: AwsTags; Targets?: readonly string[] };
type ClassicBalancer = LoadBalancerDescription & { Tags?: AwsTags };

/** Application, network and gateway load balancers. */
const current = paged({
  service: 'elasticloadbalancing',
  pageSize: [1, PAGE],
  request: ({ size, cursor }) => new DescribeLoadBalancersCommand({ PageSize: size, Marker: cursor }),
  items: ({ LoadBalancers }): readonly Balancer[] | undefined => LoadBalancers,
  next: ({ NextMarker }) => NextMarker,
  async detail(balancers, call) {
    const tags = new Map<string | undefined, AwsTags>();
    for (const chunk of chunksOf(balancers, TAGGED_AT_ONCE)) {
      const command = new DescribeTagsCommand({ ResourceArns: arnsOf(chunk) });
      const { TagDescriptions = [] } = await call('elasticloadbalancing', command);
      for (const { ResourceArn, Tags } of TagDescriptions) tags.set(ResourceArn, Tags);
    }
    const targets = await eachAtMost(TARGETS_AT_ONCE, balancers, ({ LoadBalancerArn: arn }) =>
      targetsOf(arn, call),
    );
    return balancers.map((balancer, index) => ({
      ...balancer,
      Tags: tags.get(balancer.LoadBalancerArn),
      Targets: targets[index] ?? [],
    }));
  },
});

/** Classic load balancers, which have no ARN in any answer, and their instances in the list. */
const classic = paged({
  service: 'elasticloadbalancing-classic',
  pageSize: [1, 400],
  request: ({ size, cursor }) => new DescribeClassicCommand({ PageSize: size, Marker: cursor }),
  items: ({ LoadBalancerDescriptions }): readonly ClassicBalancer[] | undefined => LoadBalancerDescriptions,
  next: ({ NextMarker }) => NextMarker,
  async detail(balancers, call) {
    const tags = new Map<string | undefined, AwsTags>();
    for (const chunk of chunksOf(balancers, TAGGED_AT_ONCE)) {
      const names = chunk.map(({ LoadBalancerName: name }) => name ?? '');
      const command = new DescribeClassicTagsCommand({ LoadBalancerNames: names });
      const { TagDescriptions = [] } = await call('elasticloadbalancing-classic', command);
      for (const { LoadBalancerName, Tags } of TagDescriptions) tags.set(LoadBalancerName, Tags);
    }
    return balancers.map((balancer) => ({ ...balancer, Tags: tags.get(balancer.LoadBalancerName) }));
  },
});

/** What imitations of AWS say of a balancer without target groups, and AWS of a group that was deleted meanwhile. */
const NO_GROUP = ['TargetGroupNotFound', 'TargetGroupNotFoundException'];

async function groupsOf(
  arn: string | undefined,
  Marker: string | undefined,
  call: AwsCaller,
): Promise<Pick<DescribeTargetGroupsCommandOutput, 'TargetGroups' | 'NextMarker'>> {
  try {
    const command = new DescribeTargetGroupsCommand({ LoadBalancerArn: arn, Marker });
    return await call('elasticloadbalancing', command);
  } catch (error) {
    if (error instanceof AwsError && NO_GROUP.includes(error.code)) return {};
    throw error;
  }
}

/** What a balancer hands its requests to: instances' ids, sorted. Addresses and functions are no ids of ours. */
async function targetsOf(arn: string | undefined, call: AwsCaller): Promise<string[]> {
  const targets = new Set<string>();
  let marker: string | undefined;
  do {
    const { TargetGroups = [], NextMarker } = await groupsOf(arn, marker, call);
    for (const group of TargetGroups)
      for (const target of await instancesIn(group, call)) targets.add(target);
    marker = NextMarker || undefined;
  } while (marker !== undefined);
  return [...targets].sort();
}

async function instancesIn(group: TargetGroup, call: AwsCaller): Promise<string[]> {
  if (group.TargetType !== 'instance') return [];
  const command = new DescribeTargetHealthCommand({ TargetGroupArn: group.TargetGroupArn });
  const { TargetHealthDescriptions = [] } = await call('elasticloadbalancing', command);
  return TargetHealthDescriptions.flatMap(({ Target }) => Target?.Id ?? []);
}

function arnsOf(balancers: readonly LoadBalancer[]): string[] {
  return balancers.flatMap(({ LoadBalancerArn: arn }) => arn ?? []);
}

const status = statusBy({
  provisioning: 'provisioning',
  active: 'running',
  active_impaired: 'running',
  failed: 'error',
});

/** Load balancers of all kinds. */
export const loadBalancers = defineAwsTable({
  type: 'loadbalancers',
  permissions: [
    'elasticloadbalancing:DescribeLoadBalancers',
    'elasticloadbalancing:DescribeTags',
    'elasticloadbalancing:DescribeTargetGroups',
    'elasticloadbalancing:DescribeTargetHealth',
  ],
  listing: inTurn<[Balancer, ClassicBalancer]>(current, classic),
  describe: (balancer) => (isCurrent(balancer) ? describeCurrent(balancer) : describeClassic(balancer)),
});

function isCurrent(balancer: Balancer | ClassicBalancer): balancer is Balancer {
  return 'LoadBalancerArn' in balancer;
}

function describeCurrent(balancer: Balancer): Description {
  const { AvailabilityZones: zones = [], SecurityGroups: groups = [], Targets: targets = [] } = balancer;
  return {
    id: ['LoadBalancerArn', balancer.LoadBalancerArn],
    name: balancer.LoadBalancerName,
    status: status(balancer.State?.Code),
    nativeStatus: balancer.State?.Code,
    addresses: zones
      .flatMap(({ LoadBalancerAddresses = [] }) =>
        LoadBalancerAddresses.flatMap((address) => address.IpAddress ?? address.PrivateIPv4Address ?? []),
      )
      .sort(),
    tags: tagsOf(balancer.Tags),
    createdAt: balancer.CreatedTime,
    relations: [
      ['contained_in', 'vpcs', balancer.VpcId],
      ...zones.map(({ SubnetId }) => ['contained_in', 'subnets', SubnetId] as const),
      ...groups.map((group) => ['secured_by', 'securityGroups', group] as const),
      ...targets.map((target) => ['attached_to', 'cloudservers', target] as const),
    ],
  };
}

function describeClassic(balancer: ClassicBalancer): Description {
  const { Subnets: subnets = [], SecurityGroups: groups = [], Instances: instances = [] } = balancer;
  return {
    id: ['LoadBalancerName', balancer.LoadBalancerName],
    status: 'running',
    tags: tagsOf(balancer.Tags),
    createdAt: balancer.CreatedTime,
    relations: [
      ['contained_in', 'vpcs', balancer.VPCId],
      ...subnets.map((subnet) => ['contained_in', 'subnets', subnet] as const),
      ...groups.map((group) => ['secured_by', 'securityGroups', group] as const),
      ...instances.map(({ InstanceId }) => ['attached_to', 'cloudservers', InstanceId] as const),
    ],
  };
}
