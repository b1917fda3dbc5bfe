import { DescribeInstancesCommand, type Instance } from '@aws-sdk/client-ec2';

import { defineAwsTable, statusBy, tagsOf } from '../aws-table.js';
import { paged } from '../listings.js';

const status = statusBy({
  pending: 'starting',
  running: 'running',
  stopping: 'stopping',
  stopped: 'stopped',
  'shutting-down': 'deleting',
  terminated: 'deleting', // AWS shows it for about another hour
});

const listing = paged({
  service: 'ec2',
  pageSize: [5, 1_000],
  request: ({ size, cursor }) =>
    new DescribeInstancesCommand({ IncludeManagedResources: true, MaxResults: size, NextToken: cursor }),
  items: ({ Reservations = [] }) => Reservations.flatMap(({ Instances = [] }) => Instances),
  next: ({ NextToken }) => NextToken,
});

/** EC2 instances, also those that AWS's services run in the account. */
export const cloudServers = defineAwsTable({
  type: 'cloudservers',
  permissions: ['ec2:DescribeInstances'],
  listing,

  describe: (instance) => ({
    id: ['InstanceId', instance.InstanceId],
    status: status(instance.State?.Name),
    nativeStatus: instance.State?.Name,
    zoneId: instance.Placement?.AvailabilityZone,
    addresses: addressesOf(instance),
    tags: tagsOf(instance.Tags),
    createdAt: createdAtOf(instance),
    relations: [
      ['created_from', 'images', instance.ImageId],
      ['contained_in', 'vpcs', instance.VpcId],
      ['contained_in', 'subnets', instance.SubnetId],
      ...(instance.SecurityGroups ?? []).map(
        ({ GroupId }) => ['secured_by', 'securityGroups', GroupId] as const,
      ),
      ...(instance.BlockDeviceMappings ?? []).map(
        ({ Ebs }) => ['attached_to', 'volumes', Ebs?.VolumeId] as const,
      ),
      ...(instance.NetworkInterfaces ?? []).map(
        (card) => ['attached_to', 'networkInterfaces', card.NetworkInterfaceId] as const,
      ),
    ],
  }),
});

/** Its own first, then those of its cards, by their place. */
function addressesOf(instance: Instance): (string | undefined)[] {
  const place = ({ Attachment }: NonNullable<Instance['NetworkInterfaces']>[number]) =>
    Attachment?.DeviceIndex ?? 0;
  const cards = [...(instance.NetworkInterfaces ?? [])].sort((one, other) => place(one) - place(other));
  return [
    instance.PrivateIpAddress,
    instance.PublicIpAddress,
    ...cards.flatMap((card) => [
      card.PrivateIpAddress,
      card.Association?.PublicIp,
      ...(card.Ipv6Addresses ?? []).map(({ Ipv6Address }) => Ipv6Address).sort(),
    ]),
    instance.Ipv6Address,
  ];
}

/**
 * AWS says only when it was last started. It was made no later than its first card and its disks were attached,
 * so the earliest of these it is.
 */
function createdAtOf(instance: Instance): Date | undefined {
  const times = [
    instance.LaunchTime,
    ...(instance.NetworkInterfaces ?? []).map(({ Attachment }) => Attachment?.AttachTime),
    ...(instance.BlockDeviceMappings ?? []).map(({ Ebs }) => Ebs?.AttachTime),
  ].filter((time) => time !== undefined);
  return times.reduce<Date | undefined>(
    (earliest, time) => (earliest === undefined || time < earliest ? time : earliest),
    undefined,
  );
}
