import { XmlList } from '../protocol/xml.js';
import { Collection } from './collection.js';
import type { Document, NetworkEstate } from './network-estate.js';
import type { RegionCounts } from './region-counts.js';
import type { RegionNames } from './region-names.js';

const BALANCER_TYPES = ['application', 'network', 'gateway'] as const;
const TARGETS = 2;
const MS_PER_SECOND = 1_000;
/** So many instances are in Resource Explorer's index, for whoever forgets to leave them out. */
const SHARED = 2;

/** Service, type and the end of the ARN of what is in the index only. */
type IndexedKind = readonly [service: string, type: string, resource: string];

const KINDS: readonly ((index: number) => IndexedKind)[] = [
  (index) => ['sqs', 'queue', `queue-${index}`],
  (index) => ['dynamodb', 'table', `table/table-${index}`],
  (index) => ['sns', 'topic', `topic-${index}`],
];

/** What a region has beyond EC2, as each service writes it. Tags are apart where they are asked for apart. */
export class ApplicationEstate {
  readonly loadBalancers: Collection<Document>;
  readonly classicLoadBalancers: Collection<Document>;
  readonly databases: Collection<Document>;
  readonly databaseClusters: Collection<Document>;
  readonly scalingGroups: Collection<Document>;
  readonly clusters: Collection<Document>;
  readonly functions: Collection<Document>;
  /** What Resource Explorer has, and other listings have not, behind what they have as well. */
  readonly indexed: Collection<Document>;

  constructor(
    private readonly names: RegionNames,
    private readonly counts: RegionCounts,
    private readonly network: NetworkEstate,
  ) {
    this.loadBalancers = new Collection(counts.loadBalancers, (index) => this.loadBalancer(index));
    this.classicLoadBalancers = new Collection(counts.classicLoadBalancers, (index) => this.classic(index));
    this.databases = new Collection(counts.databases, (index) => this.database(index));
    this.databaseClusters = new Collection(counts.databaseClusters, (index) => this.databaseCluster(index));
    this.scalingGroups = new Collection(counts.scalingGroups, (index) => this.scalingGroup(index));
    this.clusters = new Collection(counts.clusters, (index) => this.cluster(index));
    this.functions = new Collection(counts.functions, (index) => this.function(index));
    const shared = Math.min(counts.instances, SHARED);
    this.indexed = new Collection(shared + counts.others, (index) =>
      index < shared
        ? indexedResource(names, ['ec2', 'instance', `instance/${names.id('i', index)}`])
        : indexedResource(names, KINDS[index % KINDS.length]?.(index) ?? ['sqs', 'queue', '']),
    );
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
      DBClusterIdentifier: this.clusterOf(index),
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

  private databaseCluster(index: number): Document {
    const name = `aurora-${index}`;
    return {
      DBClusterIdentifier: name,
      DBClusterArn: this.names.arn('rds', `cluster:${name}`),
      DbClusterResourceId: this.names.id('cluster', index).toUpperCase(),
      Status: (['available', 'backing-up', 'stopped', 'failed'] as const)[index % 4],
      Engine: 'aurora-postgresql',
      EngineVersion: '16.4',
      Endpoint: `${name}.cluster.${this.names.region}.rds.amazonaws.com`,
      Port: 5_432,
      MultiAZ: false,
      MasterUsername: 'administrator',
      DBSubnetGroup: 'databases',
      AvailabilityZones: new XmlList('AvailabilityZone', [this.names.zone(0), this.names.zone(1)]),
      ClusterCreateTime: this.names.time(26, index),
      EarliestRestorableTime: new Date(),
      LatestRestorableTime: new Date(),
      DBClusterMembers: new XmlList(
        'DBClusterMember',
        this.databasesOf(name).map((DBInstanceIdentifier, number) => ({
          DBInstanceIdentifier,
          IsClusterWriter: number === 0,
        })),
      ),
      VpcSecurityGroups: new XmlList('VpcSecurityGroupMembership', [
        { VpcSecurityGroupId: this.network.group(index).groupId, Status: 'active' },
      ]),
      TagList: new XmlList('Tag', [{ Key: 'owner', Value: 'data' }]),
    };
  }

  /** The cluster that a database is in; one in three is, if there is one. */
  private clusterOf(index: number): string | undefined {
    if (index % 3 !== 2 || this.counts.databaseClusters === 0) return undefined;
    return `aurora-${index % this.counts.databaseClusters}`;
  }

  private databasesOf(cluster: string): string[] {
    const numbers = Array.from({ length: this.counts.databases }, (_, index) => index);
    return numbers.filter((index) => this.clusterOf(index) === cluster).map((index) => `database-${index}`);
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

/** Something as Resource Explorer has it. */
export function indexedResource(names: RegionNames, [service, type, resource]: IndexedKind): Document {
  return {
    Arn: names.arn(service, resource),
    OwningAccountId: names.account,
    Region: names.region,
    Service: service,
    ResourceType: `${service}:${type}`,
    LastReportedAt: new Date().toISOString(),
    Properties: [
      {
        Name: 'tags',
        LastReportedAt: new Date().toISOString(),
        Data: [{ Key: 'owner', Value: 'events' }],
      },
    ],
  };
}
