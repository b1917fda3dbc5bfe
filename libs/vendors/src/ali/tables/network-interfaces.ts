import { type AliTag, defineAliTable, source, type States } from '../ali-table.js';
import { byToken } from '../paging.js';
import { PRODUCTS } from '../products.js';

interface NetworkInterface {
  NetworkInterfaceId?: string;
  NetworkInterfaceName?: string;
  Status?: string;
  ZoneId?: string;
  VpcId?: string;
  VSwitchId?: string;
  InstanceId?: string;
  CreationTime?: string;
  PrivateIpAddress?: string;
  PrivateIpSets?: { PrivateIpSet?: { PrivateIpAddress?: string }[] };
  Ipv6Sets?: { Ipv6Set?: { Ipv6Address?: string }[] };
  AssociatedPublicIp?: { AllocationId?: string; PublicIpAddress?: string };
  SecurityGroupIds?: { SecurityGroupId?: string[] };
  Tags?: { Tag?: AliTag[] };
}

interface Answer {
  NetworkInterfaceSets?: { NetworkInterfaceSet?: NetworkInterface[] };
  NextToken?: string;
}

const STATES: States = {
  Available: 'stopped',
  InUse: 'running',
  Attaching: 'starting',
  Detaching: 'stopping',
  Deleting: 'deleting',
};

/** Elastic network interfaces. */
export const networkInterfaces = defineAliTable({
  type: 'networkInterfaces',
  sources: [
    source({
      product: PRODUCTS.ecs,
      action: 'DescribeNetworkInterfaces',
      paging: byToken(500),
      read: ({ NetworkInterfaceSets, NextToken }: Answer) => ({
        items: NetworkInterfaceSets?.NetworkInterfaceSet,
        nextToken: NextToken,
      }),
      describe: (card: NetworkInterface) => ({
        id: card.NetworkInterfaceId,
        name: card.NetworkInterfaceName,
        state: [card.Status, STATES],
        zone: card.ZoneId,
        addresses: [
          card.PrivateIpAddress,
          ...(card.PrivateIpSets?.PrivateIpSet ?? []).map((it) => it.PrivateIpAddress),
          ...(card.Ipv6Sets?.Ipv6Set ?? []).map((it) => it.Ipv6Address),
          card.AssociatedPublicIp?.PublicIpAddress,
        ],
        tags: card.Tags?.Tag,
        created: card.CreationTime,
        relations: [
          // A load balancer's or a NAT gateway's card names that as its instance.
          ['attached_to', 'cloudservers', serverOf(card.InstanceId)],
          ['contained_in', 'vpcs', card.VpcId],
          ['contained_in', 'subnets', card.VSwitchId],
          ['secured_by', 'securityGroups', card.SecurityGroupIds?.SecurityGroupId],
        ],
      }),
    }),
  ],
});

function serverOf(instance: string | undefined): string | undefined {
  return instance?.startsWith('i-') === true ? instance : undefined;
}
