import { Collection } from './collection.js';
import {
  type Document,
  type NetworkEstate,
  privateAddress,
  publicAddress,
  tagSet,
} from './network-estate.js';
import type { RegionCounts } from './region-counts.js';
import type { RegionNames } from './region-names.js';

const INSTANCE_TYPES = ['t3.micro', 'm7g.large', 'c7i.xlarge', 'r7g.2xlarge'] as const;
const ROLES = ['web', 'api', 'db', 'worker', 'cache'] as const;
const ENVIRONMENTS = ['production', 'staging', 'test'] as const;
/** States with AWS's numbers; most instances run. */
const STATES = [
  { code: 16, name: 'running' },
  { code: 16, name: 'running' },
  { code: 16, name: 'running' },
  { code: 80, name: 'stopped' },
  { code: 16, name: 'running' },
  { code: 0, name: 'pending' },
  { code: 16, name: 'running' },
  { code: 48, name: 'terminated' },
] as const;
const ATTACH_DELAY_MS = 1_000;

/** A region's machines and what belongs to them, as EC2 describes them. */
export class ComputeEstate {
  readonly instances: Collection<Document>;
  readonly volumes: Collection<Document>;
  readonly networkInterfaces: Collection<Document>;
  readonly snapshots: Collection<Document>;
  readonly images: Collection<Document>;
  readonly keyPairs: Collection<Document>;

  constructor(
    private readonly names: RegionNames,
    private readonly counts: RegionCounts,
    private readonly network: NetworkEstate,
  ) {
    const { instances, looseVolumes, looseInterfaces } = counts;
    this.instances = new Collection(instances, (index) => this.instance(index));
    this.volumes = new Collection(instances + looseVolumes, (index) => this.volume(index));
    this.networkInterfaces = new Collection(instances + looseInterfaces, (index) => this.card(index));
    this.snapshots = new Collection(counts.snapshots, (index) => this.snapshot(index));
    this.images = new Collection(counts.images, (index) => this.image(index));
    this.keyPairs = new Collection(counts.keyPairs, (index) => this.keyPair(index));
  }

  private instance(index: number): Document {
    const { names } = this;
    const state = STATES[index % STATES.length] ?? STATES[0];
    const launchTime = names.time(10, index);
    const attachTime = new Date(launchTime.getTime() + ATTACH_DELAY_MS);
    const role = ROLES[names.chance(11, index, ROLES.length)] ?? ROLES[0];
    const isGone = state.name === 'terminated';
    return {
      instanceId: names.id('i', index),
      imageId: names.id('ami', index % Math.max(1, this.counts.images)),
      instanceState: state,
      privateDnsName: isGone ? '' : `ip-${privateAddress(index).replaceAll('.', '-')}.ec2.internal`,
      dnsName: '',
      reason: '',
      keyName: `key-${index % Math.max(1, this.counts.keyPairs)}`,
      amiLaunchIndex: 0,
      instanceType: INSTANCE_TYPES[names.chance(12, index, INSTANCE_TYPES.length)],
      launchTime,
      placement: { availabilityZone: names.zone(index), groupName: '', tenancy: 'default' },
      monitoring: { state: 'disabled' },
      ...(isGone ? {} : this.attached(index, attachTime)),
      architecture: 'x86_64',
      rootDeviceType: 'ebs',
      rootDeviceName: '/dev/xvda',
      virtualizationType: 'hvm',
      hypervisor: 'xen',
      ebsOptimized: false,
      enaSupport: true,
      tagSet: tagSet({
        Name: `${role}-${index}`,
        environment: ENVIRONMENTS[names.chance(13, index, ENVIRONMENTS.length)] ?? 'test',
      }),
      metadataOptions: { state: 'applied', httpTokens: 'required', httpEndpoint: 'enabled' },
    };
  }

  /** What an instance has until it is terminated. */
  private attached(index: number, attachTime: Date): Document {
    const { names, network } = this;
    const address = privateAddress(index);
    const place = { subnetId: network.subnetId(index), vpcId: network.vpcIdOfSubnet(index) };
    const groupSet = [network.group(index)];
    return {
      ...place,
      privateIpAddress: address,
      ...(index % 4 === 0 ? { ipAddress: publicAddress(index) } : {}),
      groupSet,
      blockDeviceMapping: [
        {
          deviceName: '/dev/xvda',
          ebs: {
            volumeId: names.id('vol', index),
            status: 'attached',
            attachTime,
            deleteOnTermination: true,
          },
        },
      ],
      networkInterfaceSet: [
        {
          networkInterfaceId: names.id('eni', index),
          ...place,
          description: '',
          ownerId: names.account,
          status: 'in-use',
          macAddress: macAddress(index),
          privateIpAddress: address,
          sourceDestCheck: true,
          groupSet,
          attachment: {
            attachmentId: names.id('eni-attach', index),
            deviceIndex: 0,
            status: 'attached',
            attachTime,
            deleteOnTermination: true,
            networkCardIndex: 0,
          },
          privateIpAddressesSet: [{ privateIpAddress: address, primary: true }],
          interfaceType: 'interface',
        },
      ],
    };
  }

  private volume(index: number): Document {
    const { names } = this;
    const isAttached = index < this.counts.instances;
    const createTime = names.time(isAttached ? 10 : 14, index);
    const volumeId = names.id('vol', index);
    return {
      volumeId,
      size: 8 << names.chance(15, index, 6),
      ...(this.counts.snapshots > 0 ? { snapshotId: names.id('snap', index % this.counts.snapshots) } : {}),
      availabilityZone: names.zone(index),
      status: isAttached ? 'in-use' : (['available', 'creating', 'error'] as const)[index % 3],
      createTime,
      attachmentSet: isAttached
        ? [
            {
              volumeId,
              instanceId: names.id('i', index),
              device: '/dev/xvda',
              status: 'attached',
              attachTime: new Date(createTime.getTime() + ATTACH_DELAY_MS),
              deleteOnTermination: true,
            },
          ]
        : [],
      tagSet: tagSet({ backup: index % 2 === 0 ? 'daily' : 'never' }),
      volumeType: 'gp3',
      iops: 3_000,
      throughput: 125,
      encrypted: true,
      multiAttachEnabled: false,
    };
  }

  private card(index: number): Document {
    const { names, network } = this;
    const isUsed = index < this.counts.instances;
    const address = isUsed ? privateAddress(index) : privateAddress(0xfe_00_00 + index);
    return {
      networkInterfaceId: names.id('eni', index),
      subnetId: network.subnetId(index),
      vpcId: network.vpcIdOfSubnet(index),
      availabilityZone: names.zone(index),
      description: isUsed ? '' : 'kept for later',
      ownerId: names.account,
      requesterManaged: false,
      status: isUsed ? 'in-use' : 'available',
      macAddress: macAddress(index),
      privateIpAddress: address,
      sourceDestCheck: true,
      groupSet: [network.group(index)],
      ...(isUsed
        ? {
            attachment: {
              attachmentId: names.id('eni-attach', index),
              instanceId: names.id('i', index),
              instanceOwnerId: names.account,
              deviceIndex: 0,
              status: 'attached',
              attachTime: new Date(names.time(10, index).getTime() + ATTACH_DELAY_MS),
              deleteOnTermination: true,
            },
          }
        : {}),
      tagSet: tagSet({}),
      privateIpAddressesSet: [{ privateIpAddress: address, primary: true }],
      interfaceType: 'interface',
    };
  }

  private snapshot(index: number): Document {
    const { names } = this;
    const isDone = index % 5 !== 4;
    return {
      snapshotId: names.id('snap', index),
      volumeId: names.id('vol', index % Math.max(1, this.counts.instances)),
      status: isDone ? 'completed' : 'pending',
      startTime: names.time(16, index),
      progress: isDone ? '100%' : '42%',
      ownerId: names.account,
      volumeSize: 8,
      description: `Nightly snapshot ${index}`,
      encrypted: true,
      storageTier: 'standard',
      tagSet: tagSet(index % 2 === 0 ? { Name: `nightly-${index}` } : {}),
    };
  }

  private image(index: number): Document {
    const { names } = this;
    return {
      imageId: names.id('ami', index),
      imageLocation: `${names.account}/base-${index}`,
      imageState: (['available', 'available', 'disabled', 'failed'] as const)[index % 4],
      imageOwnerId: names.account,
      isPublic: false,
      architecture: 'x86_64',
      imageType: 'machine',
      name: `base-${index}`,
      description: 'Debian 12 with our agents',
      rootDeviceType: 'ebs',
      rootDeviceName: '/dev/xvda',
      blockDeviceMapping: [
        {
          deviceName: '/dev/xvda',
          ebs: { snapshotId: names.id('snap', index), volumeSize: 8, volumeType: 'gp3', encrypted: true },
        },
      ],
      virtualizationType: 'hvm',
      hypervisor: 'xen',
      creationDate: names.time(17, index).toISOString(),
      tagSet: tagSet({ release: String(index) }),
    };
  }

  private keyPair(index: number): Document {
    return {
      keyPairId: this.names.id('key', index),
      keyName: `key-${index}`,
      keyType: 'ed25519',
      keyFingerprint: `fingerprint-of-${index}`,
      createTime: this.names.time(18, index),
      tagSet: tagSet({}),
    };
  }
}

function macAddress(index: number): string {
  const digits = (index >>> 0).toString(16).padStart(8, '0');
  return `06:1f:${(digits.match(/../g) ?? []).join(':')}`;
}
