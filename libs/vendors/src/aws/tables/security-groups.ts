import { DescribeSecurityGroupsCommand } from '@aws-sdk/client-ec2';

import { defineAwsTable, tagsOf } from '../aws-table.js';
import { paged } from '../listings.js';

const listing = paged({
  service: 'ec2',
  pageSize: [5, 1_000],
  request: ({ size, cursor }) => new DescribeSecurityGroupsCommand({ MaxResults: size, NextToken: cursor }),
  items: ({ SecurityGroups }) => SecurityGroups,
  next: ({ NextToken }) => NextToken,
});

/** Security groups, with their rules. */
export const securityGroups = defineAwsTable({
  type: 'securityGroups',
  permissions: ['ec2:DescribeSecurityGroups'],
  listing,

  describe: (group) => ({
    id: ['GroupId', group.GroupId],
    name: group.GroupName,
    status: 'available',
    tags: tagsOf(group.Tags),
    relations: [['contained_in', 'vpcs', group.VpcId]],
  }),
});
