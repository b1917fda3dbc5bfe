import type { JsonObject } from '#domain';

import type { Place } from '../estate.js';
import { tagged } from './tagged.js';

const TYPES = [
  { type: 'ecs.g7.large', cpu: 2, memory: 8_192 },
  { type: 'ecs.c7.xlarge', cpu: 4, memory: 8_192 },
  { type: 'ecs.r7.2xlarge', cpu: 8, memory: 65_536 },
] as const;

/** A type by a machine's number. */
const typeOf = (index: number) => TYPES[index % TYPES.length] ?? TYPES[0];

/** Most machines run; the others show what else there is. */
function statusOf(index: number): string {
  if (index % 12 === 11) return 'Pending';
  if (index % 12 === 10) return 'Starting';
  if (index % 12 === 9) return 'Stopping';
  return index % 4 === 3 ? 'Stopped' : 'Running';
}

function instance(place: Place, index: number): JsonObject {
  const { type, cpu, memory } = typeOf(index);
  const status = statusOf(index);
  return {
    InstanceId: place.id('instance', index),
    InstanceName: `web-${String(index)}`,
    HostName: `web-${String(index)}`,
    Description: '',
    Status: status,
    StoppedMode: status === 'Stopped' ? 'KeepCharging' : 'Not-applicable',
    RegionId: place.region,
    ZoneId: place.zone(index),
    ImageId: index % 3 === 0 ? place.refer('image', index) : 'aliyun_3_x64_20G_alibase_20240528.vhd',
    InstanceType: type,
    InstanceTypeFamily: type.replace(/\.[^.]+$/, ''),
    Cpu: cpu,
    CPU: cpu,
    Memory: memory,
    OSName: 'Alibaba Cloud Linux 3.2104 LTS 64 bit',
    OSNameEn: 'Alibaba Cloud Linux 3.2104 LTS 64 bit',
    OSType: 'linux',
    CreationTime: place.minute(index),
    StartTime: place.minute(index),
    ExpiredTime: '2099-12-31T15:59Z',
    AutoReleaseTime: '',
    InstanceChargeType: 'PostPaid',
    InternetChargeType: 'PayByTraffic',
    InternetMaxBandwidthIn: 100,
    InternetMaxBandwidthOut: 0,
    InstanceNetworkType: 'vpc',
    KeyPairName: place.refer('keyPair', index),
    ResourceGroupId: '',
    SerialNumber: `51d1353b-22bf-4567-a176-${String(index).padStart(12, '0')}`,
    DeletionProtection: false,
    IoOptimized: true,
    SpotStrategy: 'NoSpot',
    SpotPriceLimit: 0,
    CreditSpecification: '',
    DeploymentSetId: '',
    GPUAmount: 0,
    GPUSpec: '',
    // A machine that was switched off because money is owed.
    OperationLocks: { LockReason: index % 8 === 7 ? [{ LockReason: 'financial' }] : [] },
    ...networkOf(place, index),
    Tags: tagged(index),
  };
}

/** Where a machine is in its network. */
function networkOf(place: Place, index: number): JsonObject {
  const hasEip = index % 5 === 0 && index / 5 < place.counts.eip;
  return {
    VpcAttributes: {
      VpcId: place.refer('vpc', index),
      VSwitchId: place.refer('vSwitch', index),
      PrivateIpAddress: { IpAddress: [place.address(index)] },
      NatIpAddress: '',
    },
    InnerIpAddress: { IpAddress: [] },
    PublicIpAddress: { IpAddress: index % 7 === 1 ? [`198.51.100.${String(index % 256)}`] : [] },
    EipAddress: {
      AllocationId: hasEip ? place.id('eip', index / 5) : '',
      IpAddress: hasEip ? place.publicAddress(index / 5) : '',
      InternetChargeType: hasEip ? 'PayByTraffic' : '',
    },
    SecurityGroupIds: { SecurityGroupId: [place.refer('securityGroup', index)] },
    NetworkInterfaces: {
      NetworkInterface: [
        {
          NetworkInterfaceId: place.refer('networkInterface', index),
          MacAddress: macAddress(index),
          PrimaryIpAddress: place.address(index),
          Type: 'Primary',
          PrivateIpSets: { PrivateIpSet: [{ PrivateIpAddress: place.address(index), Primary: true }] },
          Ipv6Sets: { Ipv6Set: index % 6 === 2 ? [{ Ipv6Address: ipv6Address(index) }] : [] },
        },
      ],
    },
  };
}

function disk(place: Place, index: number): JsonObject {
  const { instance: instances } = place.counts;
  const isSystem = index < instances;
  const isUsed = instances > 0 && (isSystem || index % 2 === 0);
  const instanceId = isUsed ? place.id('instance', index % instances) : '';
  return {
    DiskId: place.id('disk', index),
    DiskName: isSystem ? `system-${String(index)}` : `data-${String(index)}`,
    Description: '',
    Status: isUsed ? 'In_use' : 'Available',
    RegionId: place.region,
    ZoneId: place.zone(isUsed ? index % instances : index),
    Type: isSystem ? 'system' : 'data',
    Category: 'cloud_essd',
    PerformanceLevel: 'PL1',
    Size: isSystem ? 40 : 200,
    Portable: !isSystem,
    Encrypted: index % 4 === 0,
    KMSKeyId: '',
    InstanceId: instanceId,
    Device: isUsed ? (isSystem ? '/dev/xvda' : '/dev/xvdb') : '',
    Attachments: {
      Attachment: isUsed
        ? [{ InstanceId: instanceId, Device: '/dev/xvda', AttachedTime: place.minute(index) }]
        : [],
    },
    ImageId: isSystem ? 'aliyun_3_x64_20G_alibase_20240528.vhd' : '',
    SourceSnapshotId: !isSystem && index % 3 === 0 ? place.refer('snapshot', index) : '',
    DiskChargeType: 'PostPaid',
    DeleteWithInstance: isSystem,
    DeleteAutoSnapshot: true,
    EnableAutoSnapshot: false,
    CreationTime: place.time(index),
    AttachedTime: isUsed ? place.minute(index) : '',
    DetachedTime: '',
    ExpiredTime: '2099-12-31T15:59Z',
    OperationLocks: { OperationLock: [] },
    MultiAttach: 'Disabled',
    ResourceGroupId: '',
    Tags: tagged(index),
  };
}

function snapshot(place: Place, index: number): JsonObject {
  const status = ['accomplished', 'accomplished', 'progressing', 'failed'][index % 4] ?? '';
  return {
    SnapshotId: place.id('snapshot', index),
    SnapshotSN: `64472-${String(index)}`,
    SnapshotName: `before-upgrade-${String(index)}`,
    Description: '',
    Status: status,
    Progress: status === 'progressing' ? '37%' : '100%',
    RemainTime: status === 'progressing' ? 38 : 0,
    RegionId: place.region,
    SourceDiskId: place.refer('disk', index),
    SourceDiskSize: '40',
    SourceDiskType: 'system',
    SourceStorageType: 'disk',
    CreationTime: place.time(index),
    LastModifiedTime: place.time(index),
    RetentionDays: 30,
    SnapshotType: 'user',
    Usage: 'none',
    Encrypted: false,
    InstantAccess: false,
    ResourceGroupId: '',
    Tags: tagged(index),
  };
}

const IMAGE_STATES = ['Available', 'Available', 'Creating', 'Deprecated', 'UnAvailable'] as const;

function image(place: Place, index: number): JsonObject {
  const status = IMAGE_STATES[index % IMAGE_STATES.length] ?? '';
  return {
    ImageId: place.id('image', index),
    ImageName: `golden-${String(index)}`,
    ImageFamily: 'golden',
    ImageVersion: '',
    Description: 'The base of our machines',
    ImageOwnerAlias: 'self',
    // Longer than what the SDK takes for a number.
    ImageOwnerId: 1234567890123456,
    Status: status,
    Progress: status === 'Creating' ? '12%' : '100%',
    Architecture: 'x86_64',
    OSName: 'Alibaba Cloud Linux 3.2104 LTS 64 bit',
    OSType: 'linux',
    Platform: 'Aliyun',
    Size: 40,
    IsSelfShared: '',
    IsSubscribed: false,
    IsSupportCloudinit: true,
    Usage: 'instance',
    CreationTime: place.time(index),
    DiskDeviceMappings: {
      DiskDeviceMapping: [
        {
          Device: '/dev/xvda',
          Format: '',
          Size: '40',
          Type: 'system',
          SnapshotId: place.refer('snapshot', index),
        },
      ],
    },
    ResourceGroupId: '',
    Tags: tagged(index),
  };
}

const securityGroup = (place: Place, index: number): JsonObject => ({
  SecurityGroupId: place.id('securityGroup', index),
  SecurityGroupName: `web-${String(index)}`,
  SecurityGroupType: 'normal',
  Description: 'Web servers',
  VpcId: place.refer('vpc', index),
  CreationTime: place.time(index),
  ServiceManaged: false,
  ResourceGroupId: '',
  Tags: tagged(index),
});

function networkInterface(place: Place, index: number): JsonObject {
  const { instance: instances } = place.counts;
  const isPrimary = index < instances;
  const status = isPrimary ? 'InUse' : (['Available', 'Attaching', 'InUse'][index % 3] ?? '');
  // Some belong to other products, which name themselves as the instance.
  const owner = isPrimary ? place.id('instance', index) : status === 'InUse' ? `ngw-${String(index)}` : '';
  return {
    NetworkInterfaceId: place.id('networkInterface', index),
    NetworkInterfaceName: isPrimary ? '' : `card-${String(index)}`,
    Description: '',
    Status: status,
    Type: isPrimary ? 'Primary' : 'Secondary',
    InstanceId: owner,
    ZoneId: place.zone(index),
    VpcId: place.refer('vpc', index),
    VSwitchId: place.refer('vSwitch', index),
    MacAddress: macAddress(index),
    PrivateIpAddress: place.address(index),
    PrivateIpSets: { PrivateIpSet: [{ PrivateIpAddress: place.address(index), Primary: true }] },
    Ipv6Sets: { Ipv6Set: index % 6 === 2 ? [{ Ipv6Address: ipv6Address(index) }] : [] },
    AssociatedPublicIp: {},
    SecurityGroupIds: { SecurityGroupId: [place.refer('securityGroup', index)] },
    CreationTime: place.time(index),
    OwnerId: '1234567890123456',
    ServiceManaged: false,
    QueueNumber: 2,
    ResourceGroupId: '',
    Tags: tagged(index),
  };
}

const keyPair = (place: Place, index: number): JsonObject => ({
  KeyPairName: place.id('keyPair', index),
  KeyPairFingerPrint: `89f0ba62ac3893e3b90b${String(index).padStart(12, '0')}`,
  CreationTime: place.minute(index),
  PublicKey: '',
  ResourceGroupId: '',
  Tags: tagged(index),
});

/** What ECS has. */
export const ecsDocuments = {
  instance,
  disk,
  snapshot,
  image,
  securityGroup,
  networkInterface,
  keyPair,
};

function macAddress(index: number): string {
  const digits = index.toString(16).padStart(6, '0');
  return `00:16:3e:${digits.slice(-6, -4)}:${digits.slice(-4, -2)}:${digits.slice(-2)}`;
}

function ipv6Address(index: number): string {
  return `2001:db8:1234:1a00::${(index % 65_536).toString(16)}`;
}
