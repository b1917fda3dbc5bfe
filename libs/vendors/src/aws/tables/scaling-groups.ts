import { DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';

import { defineAwsTable, tagsOf } from '../aws-table.js';
import { paged } from '../listings.js';

const listing = paged({
  service: 'autoscaling',
  pageSize: [1, 100],
  request: ({ size, cursor }) =>
    new DescribeAutoScalingGroupsCommand({ MaxRecords: size, NextToken: cursor }),
  items: ({ AutoScalingGroups }) => AutoScalingGroups,
  next: ({ NextToken }) => NextToken,
});

/** Auto Scaling groups. AWS gives them a state only while they are being deleted. */
export const scalingGroups = defineAwsTable({
  type: 'scalingGroups',
  permissions: ['autoscaling:DescribeAutoScalingGroups'],
  listing,

  describe: (group) => ({
    id: ['AutoScalingGroupARN', group.AutoScalingGroupARN],
    name: group.AutoScalingGroupName,
    status: group.Status !== undefined ? 'deleting' : group.DesiredCapacity === 0 ? 'stopped' : 'running',
    nativeStatus: group.Status,
    tags: tagsOf(group.Tags),
    createdAt: group.CreatedTime,
    relations: [
      ...(group.VPCZoneIdentifier ?? '')
        .split(',')
        .map((subnet) => ['contained_in', 'subnets', subnet.trim()] as const),
      ...(group.Instances ?? []).map(
        ({ InstanceId }) => ['attached_to', 'cloudservers', InstanceId] as const,
      ),
    ],
  }),
});
