import { type AliTag, defineAliTable, source, type States } from '../ali-table.js';
import { byNumber, byToken } from '../paging.js';
import { PRODUCTS } from '../products.js';

interface ClassicLoadBalancer {
  LoadBalancerId?: string;
  LoadBalancerName?: string;
  LoadBalancerStatus?: string;
  Address?: string;
  MasterZoneId?: string;
  VpcId?: string;
  VSwitchId?: string;
  CreateTime?: string;
  Tags?: { Tag?: AliTag[] };
}

interface ClassicAnswer {
  LoadBalancers?: { LoadBalancer?: ClassicLoadBalancer[] };
  TotalCount?: number;
}

/** One of ALB or NLB; the two differ in how they spell "business". */
interface LoadBalancer {
  LoadBalancerId?: string;
  LoadBalancerName?: string;
  LoadBalancerStatus?: string;
  LoadBalancerBussinessStatus?: string;
  LoadBalancerBusinessStatus?: string;
  VpcId?: string;
  CreateTime?: string;
  ZoneMappings?: {
    ZoneId?: string;
    VSwitchId?: string;
    LoadBalancerAddresses?: {
      AllocationId?: string;
      PrivateIPv4Address?: string;
      PublicIPv4Address?: string;
      Ipv6Address?: string;
    }[];
  }[];
  SecurityGroupIds?: string[];
  Tags?: AliTag[];
}

interface Answer {
  LoadBalancers?: LoadBalancer[];
  NextToken?: string;
}

const CLASSIC_STATES: States = { active: 'running', inactive: 'stopped', locked: 'suspended' };

const STATES: States = {
  Provisioning: 'provisioning',
  Active: 'running',
  Configuring: 'running',
  Inactive: 'stopped',
  Deleting: 'deleting',
  CreateFailed: 'error',
};

const read = ({ LoadBalancers, NextToken }: Answer) => ({ items: LoadBalancers, nextToken: NextToken });

function describe(balancer: LoadBalancer) {
  const business = balancer.LoadBalancerBussinessStatus ?? balancer.LoadBalancerBusinessStatus;
  const zones = balancer.ZoneMappings ?? [];
  const addresses = zones.flatMap((zone) => zone.LoadBalancerAddresses ?? []);
  return {
    id: balancer.LoadBalancerId,
    name: balancer.LoadBalancerName,
    state: [balancer.LoadBalancerStatus, STATES],
    // Locked, for money owed.
    status: business === 'Abnormal' ? 'suspended' : undefined,
    addresses: addresses.flatMap((it) => [it.PrivateIPv4Address, it.PublicIPv4Address, it.Ipv6Address]),
    tags: balancer.Tags,
    created: balancer.CreateTime,
    relations: [
      ['contained_in', 'vpcs', balancer.VpcId],
      ['contained_in', 'subnets', zones.map((zone) => zone.VSwitchId)],
      ['secured_by', 'securityGroups', balancer.SecurityGroupIds],
      ['attached_to', 'publicips', addresses.map((it) => it.AllocationId)],
    ],
  } as const;
}

/** Load balancers of all kinds: classic (CLB, once SLB), application (ALB) and network (NLB). */
export const loadbalancers = defineAliTable({
  type: 'loadbalancers',
  sources: [
    source({
      product: PRODUCTS.slb,
      action: 'DescribeLoadBalancers',
      paging: byNumber(100),
      read: ({ LoadBalancers, TotalCount }: ClassicAnswer) => ({
        items: LoadBalancers?.LoadBalancer,
        total: TotalCount,
      }),
      describe: (balancer: ClassicLoadBalancer) => ({
        id: balancer.LoadBalancerId,
        name: balancer.LoadBalancerName,
        state: [balancer.LoadBalancerStatus, CLASSIC_STATES],
        zone: balancer.MasterZoneId,
        addresses: [balancer.Address],
        tags: balancer.Tags?.Tag,
        created: balancer.CreateTime,
        relations: [
          ['contained_in', 'vpcs', balancer.VpcId],
          ['contained_in', 'subnets', balancer.VSwitchId],
        ],
      }),
    }),
    source({
      product: PRODUCTS.alb,
      action: 'ListLoadBalancers',
      paging: byToken(100),
      read,
      describe,
    }),
    source({
      product: PRODUCTS.nlb,
      action: 'ListLoadBalancers',
      paging: byToken(100),
      read,
      describe,
    }),
  ],
});
