import { XmlList } from '../protocol/xml.js';
import { Collection } from './collection.js';
import type { Document, NetworkEstate } from './network-estate.js';
import type { RegionCounts } from './region-counts.js';
import type { RegionNames } from './region-names.js';

const BALANCER_TYPES = ['application', 'network', 'gateway'] as const;
const TARGETS = 2;
const MS_PER_SECOND = 1_000;

/** What a region has beyond EC2, as each service writes it. Tags are apart where they are asked for apart. */
export class ApplicationEstate {
  readonly loadBalancers: Collection<Document>;
  readonly classicLoadBalancers: Collection<Document>;
  readonly databases: Collection<Document>;
  readonly scalingGroups: Collection<Document>;
  readonly clusters: Collection<Document>;
  readonly functions: Collection<Document>;

  constructor(
    private readonly names: RegionNames,
    private readonly counts: RegionCounts,
    private readonly network: NetworkEstate,
  ) {
    this.loadBalancers = new Collection(counts.loadBalancers, (index) => this.loadBalancer(index));
    this.classicLoadBalancers = new Collection(counts.classicLoadBalancers, (index) => this.classic(index));
    this.databases = new Collection(counts.databases, (index) => this.database(index));
    this.scalingGroups = new Collection(counts.scalingGroups, (index) => this.scalingGroup(index));
    this.clusters = new Collection(counts.clusters, (index) => this.cluster(index));
    this.functions = new Collection(counts.functions, (index) => this.function(index));
  }

  /** The one target group of a balancer, by the balancer's ARN; `undefined` for one that isn't there. */
  targetGroup(balancerArn: string): Document | undefined {
    const [, name = ''] = /loadbalancer\/\w+\/([^/]+)\//.exec(balancerArn) ?? [];
    if (name === '') return undefined;
    return {
      TargetGroupArn: this.names.arn('elasticloadbalancing', `targetgroup/${name}-targets/0000000000000001`),
      TargetGroupName: `${name}-targets`,
      Protocol: 'HTTP',
      Port: 8080,
      VpcId: this.network.vpcId(0),
      LoadBalancerArns: [balancerArn],
      TargetType: 'instance',
    };
  }

  /** The instances that a target group has. */
  targets(): string[] {
    const count = Math.min(TARGETS, this.counts.instances);
    return Array.from({ length: count }, (_, index) => this.names.id('i', index));
  }

  private loadBalancer(index: number): Document {
    const type = BALANCER_TYPES[index % BALANCER_TYPES.length] ?? 'application';
    const kind = { application: 'app', network: 'net', gateway: 'gwy' }[type];
    const name = `${kind}-${index}`;
    return {
      LoadBalancerArn: this.names.arn(
        'elasticloadbalancing',
        `loadbalancer/${kind}/${name}/50dc6c495c0c9188`,
      ),
      DNSName: `${name}.elb.${this.names.region}.amazonaws.com`,
      CreatedTime: this.names.time(20, index),
      LoadBalancerName: name,
      Scheme: index % 2 === 0 ? 'internet-facing' : 'internal',
      VpcId: this.network.vpcIdOfSubnet(index),
      State: { Code: (['active', 'provisioning', 'active', 'failed'] as const)[index % 4] },
      Type: type,
      AvailabilityZones: [
        {
          ZoneName: this.names.zone(index),
          SubnetId: this.network.subnetId(index),
          LoadBalancerAddresses: type === 'network' ? [{ IpAddress: `198.51.100.${index % 256}` }] : [],
        },
      ],
      ...(type === 'application' ? { SecurityGroups: [this.network.group(index).groupId] } : {}),
      IpAddressType: 'ipv4',
    };
  }

  private classic(index: number): Document {
    const name = `classic-${index}`;
    return {
      LoadBalancerName: name,
      DNSName: `${name}.${this.names.region}.elb.amazonaws.com`,
      ListenerDescriptions: [
        { Listener: { Protocol: 'TCP', LoadBalancerPort: 80, InstanceProtocol: 'TCP', InstancePort: 80 } },
      ],
      AvailabilityZones: [this.names.zone(index)],
      Subnets: [this.network.subnetId(index)],
      VPCId: this.network.vpcIdOfSubnet(index),
      Instances: this.targets().map((InstanceId) => ({ InstanceId })),
      SecurityGroups: [this.network.group(index).groupId],
      CreatedTime: this.names.time(21, index),
      Scheme: 'internal',
    };
  }

  private database(index: number): Document {
    const name = `database-${index}`;
    return {
      DBInstanceIdentifier: name,
      DBInstanceClass: 'db.t4g.medium',
      Engine: (['postgres', 'mysql', 'aurora-postgresql'] as const)[index % 3],
      EngineVersion: '16.4',
      DBInstanceStatus: (['available', 'backing-up', 'stopped', 'storage-full'] as const)[index % 4],
      MasterUsername: 'administrator',
      Endpoint: { Address: `${name}.${this.names.region}.rds.amazonaws.com`, Port: 5_432 },
      AllocatedStorage: 100,
      InstanceCreateTime: this.names.time(22, index),
      LatestRestorableTime: new Date(),
      VpcSecurityGroups: new XmlList('VpcSecurityGroupMembership', [
        { VpcSecurityGroupId: this.network.group(index).groupId, Status: 'active' },
      ]),
      AvailabilityZone: this.names.zone(index),
      DBSubnetGroup: {
        DBSubnetGroupName: 'databases',
        VpcId: this.network.vpcIdOfSubnet(index),
        SubnetGroupStatus: 'Complete',
        Subnets: new XmlList('Subnet', [
          { SubnetIdentifier: this.network.subnetId(index), SubnetStatus: 'Active' },
        ]),
      },
      MultiAZ: false,
      StorageEncrypted: true,
      DbiResourceId: this.names.id('db', index).toUpperCase(),
      DBInstanceArn: this.names.arn('rds', `db:${name}`),
      TagList: new XmlList('Tag', [{ Key: 'owner', Value: 'data' }]),
      DeletionProtection: true,
    };
  }

  private scalingGroup(index: number): Document {
    const name = `group-${index}`;
    return {
      AutoScalingGroupName: name,
      AutoScalingGroupARN: this.names.arn(
        'autoscaling',
        `autoScalingGroup:${index}:autoScalingGroupName/${name}`,
      ),
      LaunchTemplate: { LaunchTemplateId: this.names.id('lt', index), Version: '1' },
      MinSize: 0,
      MaxSize: 10,
      DesiredCapacity: index % 3 === 2 ? 0 : TARGETS,
      AvailabilityZones: [this.names.zone(index)],
      HealthCheckType: 'EC2',
      Instances: this.targets().map((InstanceId) => ({
        InstanceId,
        AvailabilityZone: this.names.zone(index),
        LifecycleState: 'InService',
        HealthStatus: 'Healthy',
      })),
      CreatedTime: this.names.time(23, index),
      VPCZoneIdentifier: `${this.network.subnetId(index)},${this.network.subnetId(index + 1)}`,
      ...(index % 4 === 3 ? { Status: 'Delete in progress' } : {}),
      Tags: [{ ResourceId: name, ResourceType: 'auto-scaling-group', Key: 'owner', Value: 'web' }],
    };
  }

  private cluster(index: number): Document {
    const name = `cluster-${index}`;
    return {
      name,
      arn: this.names.arn('eks', `cluster/${name}`),
      createdAt: this.names.time(24, index).getTime() / MS_PER_SECOND,
      version: '1.33',
      endpoint: `https://${name}.eks.amazonaws.com`,
      roleArn: `arn:aws:iam::${this.names.account}:role/eks`,
      resourcesVpcConfig: {
        subnetIds: [this.network.subnetId(index), this.network.subnetId(index + 1)],
        securityGroupIds: [this.network.group(index).groupId],
        clusterSecurityGroupId: this.network.group(index + 1).groupId,
        vpcId: this.network.vpcIdOfSubnet(index),
        endpointPublicAccess: false,
        endpointPrivateAccess: true,
      },
      status: (['ACTIVE', 'UPDATING', 'CREATING', 'FAILED'] as const)[index % 4],
      platformVersion: 'eks.5',
      tags: { owner: 'platform' },
    };
  }

  private function(index: number): Document {
    const name = `function-${index}`;
    return {
      FunctionName: name,
      FunctionArn: this.names.arn('lambda', `function:${name}`),
      Runtime: 'nodejs22.x',
      Role: `arn:aws:iam::${this.names.account}:role/lambda`,
      Handler: 'index.handler',
      CodeSize: 4_096,
      Description: '',
      Timeout: 30,
      MemorySize: 256,
      LastModified: this.names.time(25, index).toISOString().replace('Z', '+0000'),
      Version: '$LATEST',
      VpcConfig: {
        SubnetIds: [this.network.subnetId(index)],
        SecurityGroupIds: [this.network.group(index).groupId],
        VpcId: this.network.vpcIdOfSubnet(index),
      },
      Environment: { Variables: { DATABASE_PASSWORD: SECRET_IN_ENVIRONMENT } },
      PackageType: 'Zip',
      Architectures: ['arm64'],
    };
  }
}

/** What must not be found anywhere in an inventory. */
export const SECRET_IN_ENVIRONMENT = 'a-password-in-a-function';
