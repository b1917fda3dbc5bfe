import { DescribeNetworkInterfacesCommand } from '@aws-sdk/client-ec2';

import { defineAwsTable, statusBy, tagsOf } from '../aws-table.js';
import { paged } from '../listings.js';

const status = statusBy({
  available: 'stopped', // attached to nothing
  pending: 'provisioning',
  attaching: 'starting',
  associated: 'running',
  'in-use': 'running',
  detaching: 'stopping',
});

const listing = paged({
  service: 'ec2',
  pageSize: [5, 1_000],
  request: ({ size, cursor }) =>
    new DescribeNetworkInterfacesCommand({
      IncludeManagedResources: true,
      MaxResults: size,
      NextToken: cursor,
    }),
  items: ({ NetworkInterfaces }) => NetworkInterfaces,
  next: ({ NextToken }) => NextToken,
});

/** Elastic network interfaces, also those that AWS's services have in the account's subnets. */
export const networkInterfaces = defineAwsTable({
  type: 'networkInterfaces',
  permissions: ['ec2:DescribeNetworkInterfaces'],
  listing,

  describe: (card) => ({
    id: ['NetworkInterfaceId', card.NetworkInterfaceId],
    status: status(card.Status),
    nativeStatus: card.Status,
    zoneId: card.AvailabilityZone,
    addresses: [
      card.PrivateIpAddress,
      ...sortedTexts((card.PrivateIpAddresses ?? []).map(({ PrivateIpAddress }) => PrivateIpAddress)),
      ...sortedTexts((card.Ipv6Addresses ?? []).map(({ Ipv6Address }) => Ipv6Address)),
      card.Association?.PublicIp,
    ],
    tags: tagsOf(card.TagSet),
    relations: [
      ['attached_to', 'cloudservers', card.Attachment?.InstanceId],
      ['contained_in', 'subnets', card.SubnetId],
      ['contained_in', 'vpcs', card.VpcId],
      ...(card.Groups ?? []).map(({ GroupId }) => ['secured_by', 'securityGroups', GroupId] as const),
    ],
  }),
});

function sortedTexts(texts: readonly (string | undefined)[]): string[] {
  return texts.filter((text) => text !== undefined).sort();
}
