import type { XmlValue } from '../protocol/xml.js';
import { Collection } from './collection.js';
import type { RegionCounts } from './region-counts.js';
import type { RegionNames } from './region-names.js';

/** Something as AWS writes it, under the names of the wire. */
export type Document = Readonly<Record<string, XmlValue>>;

const ANYWHERE = '0.0.0.0/0';

export function tagSet(tags: Readonly<Record<string, string>>): Document[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}

/** Addresses of one region's private network, by number. */
export function privateAddress(index: number): string {
  return `10.${(index >>> 16) & 0xff}.${(index >>> 8) & 0xff}.${index & 0xff}`;
}

export function publicAddress(index: number): string {
  return `203.0.${(113 + (index >>> 8)) & 0xff}.${index & 0xff}`;
}

/** A region's networks, as EC2 describes them. */
export class NetworkEstate {
  readonly vpcs: Collection<Document>;
  readonly subnets: Collection<Document>;
  readonly securityGroups: Collection<Document>;
  readonly routeTables: Collection<Document>;
  readonly natGateways: Collection<Document>;
  readonly addresses: Collection<Document>;

  constructor(
    private readonly names: RegionNames,
    private readonly counts: RegionCounts,
  ) {
    this.vpcs = new Collection(counts.vpcs, (index) => this.vpc(index));
    this.subnets = new Collection(counts.subnets, (index) => this.subnet(index));
    this.securityGroups = new Collection(counts.securityGroups, (index) => this.securityGroup(index));
    this.routeTables = new Collection(counts.routeTables, (index) => this.routeTable(index));
    this.natGateways = new Collection(counts.natGateways, (index) => this.natGateway(index));
    this.addresses = new Collection(counts.addresses, (index) => this.address(index));
  }

  vpcId(index: number): string {
    return this.names.id('vpc', index % Math.max(1, this.counts.vpcs));
  }

  subnetId(index: number): string {
    return this.names.id('subnet', index % Math.max(1, this.counts.subnets));
  }

  /** The network that a subnet, or a security group, of the number is in. */
  vpcIdOfSubnet(index: number): string {
    return this.vpcId(index % Math.max(1, this.counts.subnets));
  }

  group(index: number): { groupId: string; groupName: string } {
    const number = index % Math.max(1, this.counts.securityGroups);
    return { groupId: this.names.id('sg', number), groupName: `group-${number}` };
  }

  private vpc(index: number): Document {
    const cidrBlock = `10.${index % 256}.0.0/16`;
    return {
      vpcId: this.vpcId(index),
      ownerId: this.names.account,
      state: 'available',
      cidrBlock,
      cidrBlockAssociationSet: [
        {
          cidrBlock,
          associationId: this.names.id('vpc-cidr-assoc', index),
          cidrBlockState: { state: 'associated' },
        },
      ],
      dhcpOptionsId: this.names.id('dopt', 0),
      tagSet: tagSet({ Name: `network-${index}` }),
      instanceTenancy: 'default',
      isDefault: index === 0,
    };
  }

  private subnet(index: number): Document {
    const subnetId = this.subnetId(index);
    return {
      subnetId,
      subnetArn: this.names.arn('ec2', `subnet/${subnetId}`),
      state: 'available',
      ownerId: this.names.account,
      vpcId: this.vpcIdOfSubnet(index),
      cidrBlock: `10.${this.names.chance(1, index, 256)}.${index % 256}.0/24`,
      availableIpAddressCount: 251 - (index % 200),
      availabilityZone: this.names.zone(index),
      defaultForAz: false,
      mapPublicIpOnLaunch: index % 2 === 0,
      tagSet: tagSet({ Name: `subnet-${index}`, tier: index % 2 === 0 ? 'public' : 'private' }),
    };
  }

  private securityGroup(index: number): Document {
    const group = this.group(index);
    const range = (cidrIp: string) => [{ cidrIp, description: 'as the estate has it' }];
    return {
      ownerId: this.names.account,
      ...group,
      securityGroupArn: this.names.arn('ec2', `security-group/${group.groupId}`),
      groupDescription: `Security group ${index} & its <rules>`,
      vpcId: this.vpcId(index),
      ipPermissions: [
        { ipProtocol: 'tcp', fromPort: 443, toPort: 443, ipRanges: range(ANYWHERE) },
        { ipProtocol: 'tcp', fromPort: 22, toPort: 22, ipRanges: range('10.0.0.0/8') },
      ],
      ipPermissionsEgress: [{ ipProtocol: '-1', ipRanges: range(ANYWHERE) }],
      tagSet: tagSet({ owner: `team-${index % 7}` }),
    };
  }

  private routeTable(index: number): Document {
    const routeTableId = this.names.id('rtb', index);
    return {
      routeTableId,
      vpcId: this.vpcIdOfSubnet(index),
      ownerId: this.names.account,
      routeSet: [
        {
          destinationCidrBlock: '10.0.0.0/8',
          gatewayId: 'local',
          state: 'active',
          origin: 'CreateRouteTable',
        },
        {
          destinationCidrBlock: ANYWHERE,
          gatewayId: this.names.id('igw', 0),
          state: 'active',
          origin: 'CreateRoute',
        },
      ],
      associationSet: [
        {
          routeTableAssociationId: this.names.id('rtbassoc', index),
          routeTableId,
          subnetId: this.subnetId(index),
          main: false,
          associationState: { state: 'associated' },
        },
      ],
      tagSet: tagSet({ Name: `routes-${index}` }),
    };
  }

  private natGateway(index: number): Document {
    return {
      natGatewayId: this.names.id('nat', index),
      state: (['available', 'pending', 'failed', 'available', 'deleted'] as const)[index % 5],
      subnetId: this.subnetId(index),
      vpcId: this.vpcIdOfSubnet(index),
      createTime: this.names.time(2, index),
      connectivityType: 'public',
      natGatewayAddressSet: [
        {
          publicIp: publicAddress(10_000 + index),
          privateIp: privateAddress(0xff_00_00 + index),
          networkInterfaceId: this.names.id('eni', 0xf000_0000 + index),
          allocationId: this.names.id('eipalloc', 0xf000_0000 + index),
          isPrimary: true,
          status: 'succeeded',
        },
      ],
      tagSet: tagSet({ Name: `nat-${index}` }),
    };
  }

  private address(index: number): Document {
    const isUsed = index % 2 === 0 && index < this.counts.instances;
    const used = {
      associationId: this.names.id('eipassoc', index),
      instanceId: this.names.id('i', index),
      networkInterfaceId: this.names.id('eni', index),
      networkInterfaceOwnerId: this.names.account,
      privateIpAddress: privateAddress(index),
    };
    return {
      publicIp: publicAddress(index),
      allocationId: this.names.id('eipalloc', index),
      domain: 'vpc',
      networkBorderGroup: this.names.region,
      publicIpv4Pool: 'amazon',
      ...(isUsed ? used : {}),
      tagSet: tagSet(index % 3 === 0 ? { Name: `address-${index}` } : {}),
    };
  }
}
