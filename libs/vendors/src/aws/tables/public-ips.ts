import { DescribeAddressesCommand } from '@aws-sdk/client-ec2';

import { defineAwsTable, tagsOf } from '../aws-table.js';
import { whole } from '../listings.js';

const listing = whole({
  service: 'ec2',
  request: () => new DescribeAddressesCommand({}),
  items: ({ Addresses }) => Addresses,
  key: ({ AllocationId, PublicIp = '' }) => AllocationId ?? PublicIp,
});

/** Elastic IP addresses. Those of the time before VPCs have no id but the address. */
export const publicIps = defineAwsTable({
  type: 'publicips',
  permissions: ['ec2:DescribeAddresses'],
  listing,

  describe: (address) => ({
    id: ['AllocationId', address.AllocationId ?? address.PublicIp],
    name: address.Tags?.find(({ Key }) => Key === 'Name')?.Value ?? address.PublicIp,
    status: address.AssociationId === undefined && address.InstanceId === undefined ? 'stopped' : 'running',
    addresses: [address.PublicIp],
    tags: tagsOf(address.Tags),
    relations: [
      ['attached_to', 'cloudservers', address.InstanceId],
      ['attached_to', 'networkInterfaces', address.NetworkInterfaceId],
    ],
  }),
});
