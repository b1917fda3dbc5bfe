import { DescribeRouteTablesCommand } from '@aws-sdk/client-ec2';

import { defineAwsTable, tagsOf } from '../aws-table.js';
import { paged } from '../listings.js';

const listing = paged({
  service: 'ec2',
  pageSize: [5, 100],
  request: ({ size, cursor }) => new DescribeRouteTablesCommand({ MaxResults: size, NextToken: cursor }),
  items: ({ RouteTables }) => RouteTables,
  next: ({ NextToken }) => NextToken,
});

/** Route tables, with their routes. */
export const routeTables = defineAwsTable({
  type: 'routeTables',
  permissions: ['ec2:DescribeRouteTables'],
  listing,

  describe: (table) => ({
    id: ['RouteTableId', table.RouteTableId],
    status: 'available',
    tags: tagsOf(table.Tags),
    relations: [
      ['contained_in', 'vpcs', table.VpcId],
      ...(table.Associations ?? []).map(({ SubnetId }) => ['attached_to', 'subnets', SubnetId] as const),
    ],
  }),
});
