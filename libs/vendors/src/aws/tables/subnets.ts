import { DescribeSubnetsCommand } from '@aws-sdk/client-ec2';

import { defineAwsTable, statusBy, tagsOf } from '../aws-table.js';
import { paged } from '../listings.js';

const status = statusBy({
  pending: 'provisioning',
  available: 'available',
  unavailable: 'error',
  failed: 'error',
  'failed-insufficient-capacity': 'error',
});

const listing = paged({
  service: 'ec2',
  pageSize: [5, 1_000],
  request: ({ size, cursor }) => new DescribeSubnetsCommand({ MaxResults: size, NextToken: cursor }),
  items: ({ Subnets }) => Subnets,
  next: ({ NextToken }) => NextToken,
});

/** Subnets. How many of their addresses are free changes with every machine in them. */
export const subnets = defineAwsTable({
  type: 'subnets',
  permissions: ['ec2:DescribeSubnets'],
  volatile: ['/AvailableIpAddressCount'],
  listing,

  describe: (subnet) => ({
    id: ['SubnetId', subnet.SubnetId],
    status: status(subnet.State),
    nativeStatus: subnet.State,
    zoneId: subnet.AvailabilityZone,
    tags: tagsOf(subnet.Tags),
    relations: [['contained_in', 'vpcs', subnet.VpcId]],
  }),
});
