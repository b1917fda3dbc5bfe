import { DescribeNatGatewaysCommand } from '@aws-sdk/client-ec2';

import { defineAwsTable, statusBy, tagsOf } from '../aws-table.js';
import { paged } from '../listings.js';

const status = statusBy({
  pending: 'provisioning',
  available: 'running',
  failed: 'error',
  deleting: 'deleting',
  deleted: 'deleting', // AWS shows it for another hour
});

const listing = paged({
  service: 'ec2',
  pageSize: [5, 1_000],
  request: ({ size, cursor }) => new DescribeNatGatewaysCommand({ MaxResults: size, NextToken: cursor }),
  items: ({ NatGateways }) => NatGateways,
  next: ({ NextToken }) => NextToken,
});

/** NAT gateways. */
export const natGateways = defineAwsTable({
  type: 'natGateways',
  permissions: ['ec2:DescribeNatGateways'],
  listing,

  describe: ({ NatGatewayAddresses: addresses = [], ...gateway }) => ({
    id: ['NatGatewayId', gateway.NatGatewayId],
    status: status(gateway.State),
    nativeStatus: gateway.State,
    addresses: addresses.flatMap(({ PublicIp, PrivateIp }) => [PublicIp, PrivateIp]),
    tags: tagsOf(gateway.Tags),
    createdAt: gateway.CreateTime,
    relations: [
      ['contained_in', 'vpcs', gateway.VpcId],
      ['contained_in', 'subnets', gateway.SubnetId],
      ...addresses.flatMap(({ AllocationId, NetworkInterfaceId }) => [
        ['attached_to', 'publicips', AllocationId] as const,
        ['attached_to', 'networkInterfaces', NetworkInterfaceId] as const,
      ]),
    ],
  }),
});
