import * as autoScaling from '@aws-sdk/client-auto-scaling';
import * as ec2 from '@aws-sdk/client-ec2';
import * as eks from '@aws-sdk/client-eks';
import * as elb from '@aws-sdk/client-elastic-load-balancing-v2';
import * as lambda from '@aws-sdk/client-lambda';
import * as rds from '@aws-sdk/client-rds';
import * as route53 from '@aws-sdk/client-route-53';
import * as s3 from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';

/** A key to sign with. */
export interface Key {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** Our type → what the SDK lists of it: its id, and what it is called. */
export type Listed = ReadonlyMap<string, string>;

/** One account's AWS in one region, seen and changed by its own SDK, behind Muster's back. */
export class AwsOperator {
  readonly ec2: ec2.EC2Client;
  readonly elb: elb.ElasticLoadBalancingV2Client;
  readonly rds: rds.RDSClient;
  readonly eks: eks.EKSClient;
  readonly autoScaling: autoScaling.AutoScalingClient;
  readonly lambda: lambda.LambdaClient;
  readonly s3: s3.S3Client;
  readonly route53: route53.Route53Client;

  constructor(
    private readonly endpoint: string,
    readonly region: string,
    private readonly credentials: Key,
  ) {
    const options = { endpoint, region, credentials };
    this.ec2 = new ec2.EC2Client(options);
    this.elb = new elb.ElasticLoadBalancingV2Client(options);
    this.rds = new rds.RDSClient(options);
    this.eks = new eks.EKSClient(options);
    this.autoScaling = new autoScaling.AutoScalingClient(options);
    this.lambda = new lambda.LambdaClient(options);
    this.s3 = new s3.S3Client({ ...options, forcePathStyle: true });
    this.route53 = new route53.Route53Client(options);
  }

  close(): void {
    const { ec2, elb, rds, eks, autoScaling, lambda, s3, route53 } = this;
    for (const client of [ec2, elb, rds, eks, autoScaling, lambda, s3, route53]) client.destroy();
  }

  /** Makes a role, which functions must have; by hand, as Muster has no use for IAM's SDK. */
  async createRole(name: string): Promise<void> {
    const { accessKeyId, sessionToken } = this.credentials;
    const scope = `${accessKeyId}/20260101/${this.region}/iam/aws4_request`;
    const response = await fetch(this.endpoint, {
      method: 'POST',
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
        ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
      },
      body: new URLSearchParams({
        Action: 'CreateRole',
        Version: '2010-05-08',
        RoleName: name,
        AssumeRolePolicyDocument: '{"Version":"2012-10-17","Statement":[]}',
      }),
    });
    if (!response.ok) throw new Error(`moto made no role: ${await response.text()}`);
  }

  /** What is in the region, by our types. */
  async listRegion(): Promise<Readonly<Record<string, Listed>>> {
    const client = this.ec2;
    const own = { OwnerIds: ['self'] };
    return {
      cloudservers: await listed(
        ec2.paginateDescribeInstances({ client }, {}),
        (page) => page.Reservations?.flatMap(({ Instances = [] }) => Instances),
        ({ InstanceId, Tags }) => [InstanceId, nameIn(Tags)],
      ),
      volumes: await listed(
        ec2.paginateDescribeVolumes({ client }, {}),
        (page) => page.Volumes,
        ({ VolumeId, Tags }) => [VolumeId, nameIn(Tags)],
      ),
      snapshots: await listed(
        ec2.paginateDescribeSnapshots({ client }, own),
        (page) => page.Snapshots,
        ({ SnapshotId, Tags }) => [SnapshotId, nameIn(Tags)],
      ),
      vpcs: await listed(
        ec2.paginateDescribeVpcs({ client }, {}),
        (page) => page.Vpcs,
        ({ VpcId, Tags }) => [VpcId, nameIn(Tags)],
      ),
      subnets: await listed(
        ec2.paginateDescribeSubnets({ client }, {}),
        (page) => page.Subnets,
        ({ SubnetId, Tags }) => [SubnetId, nameIn(Tags)],
      ),
      securityGroups: await listed(
        ec2.paginateDescribeSecurityGroups({ client }, {}),
        (page) => page.SecurityGroups,
        ({ GroupId, GroupName }) => [GroupId, GroupName],
      ),
      routeTables: await listed(
        ec2.paginateDescribeRouteTables({ client }, {}),
        (page) => page.RouteTables,
        ({ RouteTableId, Tags }) => [RouteTableId, nameIn(Tags)],
      ),
      networkInterfaces: await listed(
        ec2.paginateDescribeNetworkInterfaces({ client }, {}),
        (page) => page.NetworkInterfaces,
        ({ NetworkInterfaceId, TagSet }) => [NetworkInterfaceId, nameIn(TagSet)],
      ),
      publicips: byId((await client.send(new ec2.DescribeAddressesCommand({}))).Addresses, (address) => [
        address.AllocationId,
        nameIn(address.Tags) ?? address.PublicIp,
      ]),
      keypairs: byId((await client.send(new ec2.DescribeKeyPairsCommand({}))).KeyPairs, (pair) => [
        pair.KeyPairId,
        pair.KeyName,
      ]),
      loadbalancers: await listed(
        elb.paginateDescribeLoadBalancers({ client: this.elb }, {}),
        (page) => page.LoadBalancers,
        ({ LoadBalancerArn, LoadBalancerName }) => [LoadBalancerArn, LoadBalancerName],
      ),
      instances: await listed(
        rds.paginateDescribeDBInstances({ client: this.rds }, {}),
        (page) => page.DBInstances,
        ({ DbiResourceId, DBInstanceIdentifier }) => [DbiResourceId, DBInstanceIdentifier],
      ),
      databaseClusters: await listed(
        rds.paginateDescribeDBClusters({ client: this.rds }, {}),
        (page) => page.DBClusters,
        ({ DBClusterArn, DBClusterIdentifier }) => [DBClusterArn, DBClusterIdentifier],
      ),
      functions: await listed(
        lambda.paginateListFunctions({ client: this.lambda }, {}),
        (page) => page.Functions,
        ({ FunctionArn, FunctionName }) => [FunctionArn, FunctionName],
      ),
      clusters: await listed(
        eks.paginateListClusters({ client: this.eks }, {}),
        (page) => page.clusters,
        (name) => [name, name],
      ),
      scalingGroups: await listed(
        autoScaling.paginateDescribeAutoScalingGroups({ client: this.autoScaling }, {}),
        (page) => page.AutoScalingGroups,
        ({ AutoScalingGroupARN, AutoScalingGroupName }) => [AutoScalingGroupARN, AutoScalingGroupName],
      ),
    };
  }

  /** What the account has once. */
  async listGlobal(): Promise<Readonly<Record<string, Listed>>> {
    return {
      buckets: byId((await this.s3.send(new s3.ListBucketsCommand({}))).Buckets, ({ Name }) => [Name, Name]),
      zones: await listed(
        route53.paginateListHostedZones({ client: this.route53 }, {}),
        (page) => page.HostedZones,
        // As people write them.
        ({ Id, Name }) => [Id?.replace('/hostedzone/', ''), Name?.replace(/\.$/, '')],
      ),
    };
  }
}

/** The key of a role's session. */
export async function assumeRole(endpoint: string, key: Key, roleArn: string): Promise<Key> {
  const client = new STSClient({ endpoint, region: 'us-east-1', credentials: key });
  const command = new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'operator' });
  const { Credentials } = await client.send(command);
  client.destroy();
  return {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  };
}

async function listed<Page, Item>(
  pages: AsyncIterable<Page>,
  itemsOf: (page: Page) => readonly Item[] | undefined,
  describe: (item: Item) => [id: string | undefined, name: string | undefined],
): Promise<Listed> {
  const items: Item[] = [];
  for await (const page of pages) items.push(...(itemsOf(page) ?? []));
  return byId(items, describe);
}

function byId<Item>(
  items: readonly Item[] | undefined,
  describe: (item: Item) => [id: string | undefined, name: string | undefined],
): Listed {
  return new Map(
    (items ?? []).map((item) => {
      const [id = '', name] = describe(item);
      return [id, name || id];
    }),
  );
}

function nameIn(
  tags: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined,
): string | undefined {
  return tags?.find(({ Key }) => Key === 'Name')?.Value;
}
