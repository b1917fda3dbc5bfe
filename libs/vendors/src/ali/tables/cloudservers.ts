import { type AliTag, defineAliTable, source, type States } from '../ali-table.js';
import { byToken } from '../paging.js';
import { PRODUCTS } from '../products.js';

interface Instance {
  InstanceId?: string;
  InstanceName?: string;
  Status?: string;
  ZoneId?: string;
  ImageId?: string;
  CreationTime?: string;
  KeyPairName?: string;
  OperationLocks?: { LockReason?: { LockReason?: string }[] };
  VpcAttributes?: { VpcId?: string; VSwitchId?: string; PrivateIpAddress?: { IpAddress?: string[] } };
  InnerIpAddress?: { IpAddress?: string[] };
  PublicIpAddress?: { IpAddress?: string[] };
  EipAddress?: { AllocationId?: string; IpAddress?: string };
  SecurityGroupIds?: { SecurityGroupId?: string[] };
  NetworkInterfaces?: {
    NetworkInterface?: { NetworkInterfaceId?: string; Ipv6Sets?: { Ipv6Set?: { Ipv6Address?: string }[] } }[];
  };
  Tags?: { Tag?: AliTag[] };
}

interface Answer {
  Instances?: { Instance?: Instance[] };
  NextToken?: string;
}

const STATES: States = {
  Pending: 'provisioning',
  Starting: 'starting',
  Running: 'running',
  Stopping: 'stopping',
  Stopped: 'stopped',
};

/** ECS instances. */
export const cloudservers = defineAliTable({
  type: 'cloudservers',
  sources: [
    source({
      product: PRODUCTS.ecs,
      action: 'DescribeInstances',
      paging: byToken(100),
      read: ({ Instances, NextToken }: Answer) => ({ items: Instances?.Instance, nextToken: NextToken }),
      describe(instance: Instance) {
        const { Status: state, VpcAttributes: vpc, EipAddress: eip } = instance;
        const interfaces = instance.NetworkInterfaces?.NetworkInterface ?? [];
        // Locked for money owed or by security, and stopped for that: not by its owner, who can't start it.
        const isLocked = (instance.OperationLocks?.LockReason ?? []).length > 0;
        return {
          id: instance.InstanceId,
          name: instance.InstanceName,
          state: [state, STATES],
          status: state === 'Stopped' && isLocked ? 'suspended' : undefined,
          zone: instance.ZoneId,
          addresses: [
            ...(vpc?.PrivateIpAddress?.IpAddress ?? []),
            ...(instance.InnerIpAddress?.IpAddress ?? []),
            ...(instance.PublicIpAddress?.IpAddress ?? []),
            eip?.IpAddress,
            ...interfaces.flatMap(({ Ipv6Sets }) => Ipv6Sets?.Ipv6Set?.map((it) => it.Ipv6Address) ?? []),
          ],
          tags: instance.Tags?.Tag,
          created: instance.CreationTime,
          relations: [
            ['contained_in', 'vpcs', vpc?.VpcId],
            ['contained_in', 'subnets', vpc?.VSwitchId],
            ['secured_by', 'securityGroups', instance.SecurityGroupIds?.SecurityGroupId],
            ['secured_by', 'keypairs', instance.KeyPairName],
            ['created_from', 'images', instance.ImageId],
            ['attached_to', 'networkInterfaces', interfaces.map((it) => it.NetworkInterfaceId)],
            ['attached_to', 'publicips', eip?.AllocationId],
          ],
        };
      },
    }),
  ],
});
