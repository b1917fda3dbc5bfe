import { type AliTag, defineAliTable, source, type States } from '../ali-table.js';
import { byNumber } from '../paging.js';
import { PRODUCTS } from '../products.js';

interface ScalingGroup {
  ScalingGroupId?: string;
  ScalingGroupName?: string;
  LifecycleState?: string;
  VpcId?: string;
  VSwitchIds?: string[];
  LoadBalancerIds?: string[];
  DBInstanceIds?: string[];
  CreationTime?: string;
  Tags?: AliTag[];
}

interface Answer {
  ScalingGroups?: ScalingGroup[];
  TotalCount?: number;
}

const STATES: States = {
  Active: 'running',
  Inactive: 'stopped',
  Deleting: 'deleting',
  Locked: 'suspended',
};

/** Groups of Auto Scaling (ESS). */
export const scalingGroups = defineAliTable({
  type: 'scalingGroups',
  volatile: [
    '/TotalCapacity',
    '/TotalInstanceCount',
    '/ActiveCapacity',
    '/PendingCapacity',
    '/RemovingCapacity',
  ],
  sources: [
    source({
      product: PRODUCTS.ess,
      action: 'DescribeScalingGroups',
      paging: byNumber(50),
      read: ({ ScalingGroups, TotalCount }: Answer) => ({ items: ScalingGroups, total: TotalCount }),
      describe: (group: ScalingGroup) => ({
        id: group.ScalingGroupId,
        name: group.ScalingGroupName,
        state: [group.LifecycleState, STATES],
        tags: group.Tags,
        created: group.CreationTime,
        relations: [
          ['contained_in', 'vpcs', group.VpcId],
          ['contained_in', 'subnets', group.VSwitchIds],
          ['attached_to', 'loadbalancers', group.LoadBalancerIds],
          ['attached_to', 'instances', group.DBInstanceIds],
        ],
      }),
    }),
  ],
});
