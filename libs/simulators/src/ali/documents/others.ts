import type { JsonObject } from '#domain';

import type { Place } from '../estate.js';
import { keyed, tagged, tagPairs, unlisted } from './tagged.js';

const pick = (choices: readonly string[], index: number): string => choices[index % choices.length] ?? '';

const classicLoadBalancer = (place: Place, index: number): JsonObject => ({
  LoadBalancerId: place.id('classicLoadBalancer', index),
  LoadBalancerName: `classic-${String(index)}`,
  LoadBalancerStatus: pick(['active', 'active', 'inactive', 'locked'], index),
  Address: place.address(50_000 + index),
  AddressType: 'intranet',
  AddressIPVersion: 'ipv4',
  NetworkType: 'vpc',
  VpcId: place.refer('vpc', index),
  VSwitchId: place.refer('vSwitch', index),
  RegionId: place.region,
  RegionIdAlias: place.region,
  MasterZoneId: place.zone(index),
  SlaveZoneId: place.zone(index + 1),
  CreateTime: place.minute(index),
  CreateTimeStamp: Date.parse(place.time(index)),
  PayType: 'PayOnDemand',
  DeleteProtection: 'off',
  ResourceGroupId: 'rg-acfmxazb4ph6aiy',
  Tags: tagged(index),
});

const applicationLoadBalancer = (place: Place, index: number): JsonObject => ({
  LoadBalancerId: place.id('applicationLoadBalancer', index),
  LoadBalancerName: `application-${String(index)}`,
  LoadBalancerStatus: pick(['Active', 'Active', 'Provisioning', 'Configuring', 'CreateFailed'], index),
  LoadBalancerBussinessStatus: index % 4 === 3 ? 'Abnormal' : 'Normal',
  LoadBalancerEdition: 'Standard',
  AddressType: 'Internet',
  AddressAllocatedMode: 'Dynamic',
  DNSName: `alb-${String(index)}.${place.region}.alb.aliyuncs.com`,
  VpcId: place.refer('vpc', index),
  CreateTime: place.time(index),
  DeletionProtectionConfig: { Enabled: false },
  LoadBalancerBillingConfig: { PayType: 'PostPay' },
  ResourceGroupId: 'rg-acfmxazb4ph6aiy',
  Tags: keyed(index),
});

const networkLoadBalancer = (place: Place, index: number): JsonObject => ({
  LoadBalancerId: place.id('networkLoadBalancer', index),
  LoadBalancerName: `network-${String(index)}`,
  LoadBalancerStatus: pick(['Active', 'Active', 'Inactive'], index),
  LoadBalancerBusinessStatus: 'Normal',
  LoadBalancerType: 'Network',
  AddressType: 'Intranet',
  AddressIpVersion: 'Ipv4',
  CrossZoneEnabled: true,
  DNSName: `nlb-${String(index)}.${place.region}.nlb.aliyuncs.com`,
  RegionId: place.region,
  VpcId: place.refer('vpc', index),
  SecurityGroupIds: [place.refer('securityGroup', index)].filter((id) => id !== ''),
  ZoneMappings: [0, 1].map((zone) => ({
    ZoneId: place.zone(index + zone),
    VSwitchId: place.refer('vSwitch', index + zone),
    Status: 'Active',
    LoadBalancerAddresses: [
      {
        EniId: place.refer('networkInterface', index),
        PrivateIPv4Address: place.address(52_000 + 2 * index + zone),
      },
    ],
  })),
  CreateTime: place.time(index),
  ResourceGroupId: 'rg-acfmxazb4ph6aiy',
  Tags: keyed(index),
});

const database = (place: Place, index: number): JsonObject => ({
  DBInstanceId: place.id('database', index),
  DBInstanceDescription: `orders-${String(index)}`,
  DBInstanceStatus: pick(
    ['Running', 'Running', 'Creating', 'Rebooting', 'Stopped', 'Deleting', 'SomethingNew'],
    index,
  ),
  LockMode: index % 5 === 1 ? 'LockByExpiration' : 'Unlock',
  LockReason: '',
  Engine: pick(['MySQL', 'PostgreSQL'], index),
  EngineVersion: pick(['8.0', '16.0'], index),
  DBInstanceClass: 'mysql.n2.medium.2c',
  DBInstanceType: 'Primary',
  DBInstanceNetType: 'Intranet',
  DBInstanceStorageType: 'cloud_essd',
  InstanceNetworkType: 'VPC',
  ConnectionMode: 'Standard',
  ConnectionString: `${place.id('database', index)}.mysql.rds.aliyuncs.com`,
  RegionId: place.region,
  ZoneId: place.zone(index),
  VpcId: place.refer('vpc', index),
  VSwitchId: place.refer('vSwitch', index),
  CreateTime: place.time(index),
  ExpireTime: '',
  PayType: 'Postpaid',
  DeletionProtection: false,
  ReadOnlyDBInstanceIds: { ReadOnlyDBInstanceId: [] },
  ResourceGroupId: 'rg-acfmxazb4ph6aiy',
  ...unlisted(index),
});

const cluster = (place: Place, index: number): JsonObject => ({
  cluster_id: place.id('cluster', index),
  name: `platform-${String(index)}`,
  state: pick(['running', 'running', 'initial', 'upgrading', 'inactive', 'failed'], index),
  cluster_type: 'ManagedKubernetes',
  cluster_spec: 'ack.pro.small',
  profile: 'Default',
  current_version: '1.32.1-aliyun.1',
  init_version: '1.31.1-aliyun.1',
  region_id: place.region,
  zone_id: place.zone(index),
  vpc_id: place.refer('vpc', index),
  vswitch_id: [place.refer('vSwitch', index), place.refer('vSwitch', index + 1)].join(','),
  security_group_id: place.refer('securityGroup', index),
  size: 3 + (index % 5),
  created: place.time(index).replace('Z', '+08:00'),
  updated: '2026-01-15T16:00:00+08:00',
  deletion_protection: true,
  meta_data: '{"Addons":[{"name":"terway"}]}',
  parameters: { ALIYUN__StackId: '' },
  resource_group_id: 'rg-acfmxazb4ph6aiy',
  tags: tagPairs(index).map(([key, value]) => ({ key, value })),
});

const scalingGroup = (place: Place, index: number): JsonObject => ({
  ScalingGroupId: place.id('scalingGroup', index),
  ScalingGroupName: `workers-${String(index)}`,
  LifecycleState: pick(['Active', 'Active', 'Inactive', 'Locked', 'Deleting'], index),
  RegionId: place.region,
  GroupType: 'ECS',
  MinSize: 1,
  MaxSize: 10,
  DesiredCapacity: 3,
  TotalCapacity: 3,
  ActiveCapacity: 3,
  PendingCapacity: 0,
  RemovingCapacity: 0,
  DefaultCooldown: 300,
  MultiAZPolicy: 'BALANCE',
  HealthCheckType: 'ECS',
  VpcId: place.refer('vpc', index),
  VSwitchId: place.refer('vSwitch', index),
  VSwitchIds: [place.refer('vSwitch', index)].filter((id) => id !== ''),
  LoadBalancerIds: [place.refer('classicLoadBalancer', index)].filter((id) => id !== ''),
  DBInstanceIds: [],
  CreationTime: place.minute(index),
  ResourceGroupId: 'rg-acfmxazb4ph6aiy',
  Tags: tagPairs(index).map(([TagKey, TagValue]) => ({ TagKey, TagValue, Propagate: false })),
});

function functionItem(place: Place, index: number): JsonObject {
  const state = pick(['Active', 'Active', 'Pending', 'Failed', ''], index);
  const name = `resize-${place.region}-${String(index)}`;
  return {
    functionId: place.id('functionItem', index),
    functionName: name,
    functionArn: `acs:fc:${place.region}:1234567890123456:functions/${name}`,
    ...(state === '' ? {} : { state }),
    runtime: 'nodejs20',
    handler: 'index.handler',
    cpu: 0.5,
    memorySize: 512,
    diskSize: 512,
    timeout: 60,
    codeSize: 412,
    codeChecksum: '2825179536350383',
    internetAccess: true,
    environmentVariables: { DATABASE_PASSWORD: 'not for the inventory' },
    vpcConfig: {
      vpcId: place.refer('vpc', index),
      vSwitchIds: [place.refer('vSwitch', index)].filter((id) => id !== ''),
      securityGroupId: place.refer('securityGroup', index),
    },
    createdTime: place.time(index),
    lastModifiedTime: place.time(index),
    tags: tagPairs(index).map(([key, value]) => ({ key, value })),
  };
}

const domain = (place: Place, index: number): JsonObject => ({
  DomainId: place.id('domain', index),
  DomainName: `shop-${String(index)}.example.com`,
  PunyCode: `shop-${String(index)}.example.com`,
  AliDomain: false,
  RecordCount: 12,
  VersionCode: 'mianfei',
  VersionName: 'Alibaba Cloud DNS',
  DnsServers: { DnsServer: ['dns7.hichina.com', 'dns8.hichina.com'] },
  GroupId: 'defaultGroup',
  CreateTime: place.minute(index),
  CreateTimestamp: Date.parse(place.time(index)),
  ResourceGroupId: 'rg-acfmxazb4ph6aiy',
  Tags: { Tag: keyed(index) },
});

const bucket = (place: Place, index: number): JsonObject => ({
  Name: `shop-data-${String(index).padStart(6, '0')}`,
  Region: place.region,
  Location: `oss-${place.region}`,
  CreationDate: place.time(index).replace('Z', '.000Z'),
  StorageClass: 'Standard',
  ExtranetEndpoint: `oss-${place.region}.aliyuncs.com`,
  IntranetEndpoint: `oss-${place.region}-internal.aliyuncs.com`,
  Comment: index % 2 === 0 ? 'Orders & <invoices>' : '',
  ...unlisted(index),
});

/** Every third is one that a listing of its own has. */
const INDEXED_TYPES = ['ACS::Redis::DBInstance', 'ACS::CEN::CenInstance', 'ACS::ECS::Instance'] as const;

const indexed = (place: Place, index: number): JsonObject => ({
  AccountId: '1234567890123456',
  ResourceType: pick(INDEXED_TYPES, index),
  ResourceId: place.id('indexed', index),
  ResourceName: index % 4 === 1 ? '' : `cache-${String(index)}`,
  RegionId: index % 3 === 1 ? 'global' : place.region,
  ZoneId: index % 3 === 1 ? '' : place.zone(index),
  ResourceGroupId: 'rg-acfmxazb4ph6aiy',
  CreateTime: place.time(index),
  ExpireTime: '',
  Deleted: false,
  IpAddresses: index % 3 === 0 ? [place.address(40_000 + index)] : [],
  IpAddressAttributes: [],
  Tags: keyed(index),
});

/** What products have of which there is one listing each. */
export const otherDocuments = {
  classicLoadBalancer,
  applicationLoadBalancer,
  networkLoadBalancer,
  database,
  cluster,
  scalingGroup,
  functionItem,
  domain,
  bucket,
  indexed,
};
