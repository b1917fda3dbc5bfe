import type { JsonObject } from '#domain';

import type { Place } from '../estate.js';
import { keyed } from './tagged.js';

const vpc = (place: Place, index: number): JsonObject => ({
  VpcId: place.id('vpc', index),
  VpcName: `network-${String(index)}`,
  Description: '',
  Status: index % 7 === 6 ? 'Pending' : 'Available',
  RegionId: place.region,
  CidrBlock: `10.${String(place.number % 256)}.0.0/16`,
  Ipv6CidrBlock: '',
  SecondaryCidrBlocks: { SecondaryCidrBlock: [] },
  IsDefault: index === 0,
  CreationTime: place.time(index),
  VRouterId: `vrt-${String(index)}`,
  RouterTableIds: { RouterTableIds: [place.refer('routeTable', index)] },
  VSwitchIds: { VSwitchId: [] },
  NatGatewayIds: { NatGatewayIds: [] },
  CenStatus: 'Detached',
  OwnerId: 1234567890123456,
  ResourceGroupId: 'rg-acfmxazb4ph6aiy',
  Tags: { Tag: keyed(index) },
});

const vSwitch = (place: Place, index: number): JsonObject => ({
  VSwitchId: place.id('vSwitch', index),
  VSwitchName: `subnet-${String(index)}`,
  Description: '',
  Status: index % 7 === 6 ? 'Pending' : 'Available',
  ZoneId: place.zone(index),
  VpcId: place.refer('vpc', index),
  CidrBlock: `10.${String(place.number % 256)}.${String(index % 256)}.0/24`,
  Ipv6CidrBlock: '',
  AvailableIpAddressCount: 252 - (index % 50),
  IsDefault: index === 0,
  CreationTime: place.time(index),
  RouteTable: { RouteTableId: place.refer('routeTable', index), RouteTableType: 'System' },
  NetworkAclId: '',
  OwnerId: 1234567890123456,
  ResourceGroupId: 'rg-acfmxazb4ph6aiy',
  Tags: { Tag: keyed(index) },
});

const routeTable = (place: Place, index: number): JsonObject => ({
  RouteTableId: place.id('routeTable', index),
  RouteTableName: index < place.counts.vpc ? '' : `routes-${String(index)}`,
  RouteTableType: index < place.counts.vpc ? 'System' : 'Custom',
  Description: '',
  Status: index % 7 === 6 ? 'Pending' : 'Available',
  VpcId: place.refer('vpc', index),
  RouterId: `vrt-${String(index)}`,
  RouterType: 'VRouter',
  AssociateType: 'VSwitch',
  CreationTime: place.time(index),
  OwnerId: 1234567890123456,
  VSwitchIds: { VSwitchId: [place.refer('vSwitch', index)] },
  ResourceGroupId: 'rg-acfmxazb4ph6aiy',
  Tags: { Tag: keyed(index) },
});

const EIP_STATES = ['InUse', 'InUse', 'Available', 'Associating', 'Unassociating'] as const;

function eip(place: Place, index: number): JsonObject {
  const isServers = index * 5 < place.counts.instance;
  const status = isServers ? 'InUse' : (EIP_STATES[index % EIP_STATES.length] ?? '');
  const isGateways = !isServers && status === 'InUse' && place.counts.natGateway > 0;
  return {
    AllocationId: place.id('eip', index),
    Name: index % 3 === 0 ? '' : `address-${String(index)}`,
    Descritpion: '',
    IpAddress: place.publicAddress(index),
    Status: status,
    BusinessStatus: index % 9 === 8 ? 'FinancialLocked' : 'Normal',
    RegionId: place.region,
    Zone: '',
    InstanceId: isServers
      ? place.id('instance', index * 5)
      : isGateways
        ? place.refer('natGateway', index)
        : '',
    InstanceType: isServers ? 'EcsInstance' : isGateways ? 'Nat' : '',
    InstanceRegionId: place.region,
    Bandwidth: '100',
    InternetChargeType: 'PayByTraffic',
    ChargeType: 'PostPaid',
    ISP: 'BGP',
    Netmode: 'public',
    AllocationTime: place.time(index),
    ExpiredTime: '',
    ResourceGroupId: 'rg-acfmxazb4ph6aiy',
    OperationLocks: { LockReason: [] },
    Tags: { Tag: keyed(index) },
  };
}

const natGateway = (place: Place, index: number): JsonObject => ({
  NatGatewayId: place.id('natGateway', index),
  Name: `nat-${String(index)}`,
  Description: '',
  Status: ['Available', 'Available', 'Creating', 'Modifying'][index % 4] ?? '',
  BusinessStatus: index % 5 === 4 ? 'FinancialLocked' : 'Normal',
  RegionId: place.region,
  VpcId: place.refer('vpc', index),
  NatType: 'Enhanced',
  NetworkType: 'internet',
  Spec: '',
  CreationTime: place.time(index),
  ExpiredTime: '',
  InstanceChargeType: 'PostPaid',
  InternetChargeType: 'PayByLcu',
  DeletionProtection: false,
  IpLists: {
    IpList: [
      {
        AllocationId: place.refer('eip', index),
        IpAddress: place.publicAddress(index),
        UsingStatus: 'UsedBySnatTable',
      },
    ],
  },
  NatGatewayPrivateInfo: {
    VswitchId: place.refer('vSwitch', index),
    IzNo: place.zone(index),
    EniInstanceId: '',
    PrivateIpAddress: place.address(60_000 + index),
  },
  ResourceGroupId: 'rg-acfmxazb4ph6aiy',
  Tags: { Tag: keyed(index) },
});

/** What VPC has. */
export const vpcDocuments = { vpc, vSwitch, routeTable, eip, natGateway };
