import {
  CreateAutoScalingGroupCommand,
  CreateLaunchConfigurationCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  AllocateAddressCommand,
  CreateKeyPairCommand,
  CreateSecurityGroupCommand,
  CreateSnapshotCommand,
  CreateSubnetCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  CreateVpcCommand,
  DeleteVolumeCommand,
  DescribeImagesCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { CreateClusterCommand } from '@aws-sdk/client-eks';
import { CreateLoadBalancerCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { CreateFunctionCommand } from '@aws-sdk/client-lambda';
import {
  CreateAccountCommand,
  CreateOrganizationCommand,
  OrganizationsClient,
  paginateListAccounts,
} from '@aws-sdk/client-organizations';
import { CreateDBClusterCommand, CreateDBInstanceCommand } from '@aws-sdk/client-rds';
import { CreateHostedZoneCommand } from '@aws-sdk/client-route-53';
import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  PutBucketTaggingCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { awsAdapter } from '../../libs/vendors/src/aws/adapter.js';
import { TestMuster } from '../support/test-muster.js';
import { assumeRole, AwsOperator, type Key, type Listed } from './moto/aws-operator.js';
import { type Moto, MOTO_ACCOUNT, startMoto } from './moto/moto.js';

const REGIONS = ['eu-west-1', 'us-east-1', 'us-west-2'];
const KEY: Key = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG' };
/** A second account, to which the same key comes by its role. */
const MEMBER_ACCOUNT = '222233334444';
const MEMBER_ROLE = `arn:aws:iam::${MEMBER_ACCOUNT}:role/muster`;
/** What functions run as. */
const FUNCTION_ROLE = 'functions';
/** What moto doesn't have. */
const WITHOUT_INDEX = { exclude: ['otherResources'] };
/** Small ones, so that there are many. */
const ITEMS_PER_PAGE = 20;

/** In each region of each account. */
const RESERVATIONS = 40;
const INSTANCES_EACH = 2;
const VOLUMES = 45;

async function times<Result>(count: number, make: (index: number) => Promise<Result>): Promise<Result[]> {
  const made: Result[] = [];
  for (let index = 0; index < count; index += 1) made.push(await make(index));
  return made;
}

/** Fills a region by its APIs, as a customer would. */
async function populate(operator: AwsOperator, account: string): Promise<void> {
  const { ec2, elb, rds, eks, lambda, autoScaling, region } = operator;
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.7.0.0/16' }));
  const VpcId = Vpc?.VpcId;
  await ec2.send(
    new CreateTagsCommand({ Resources: [VpcId ?? ''], Tags: [{ Key: 'Name', Value: 'Größe & "co" ✓' }] }),
  );
  const subnets = await times(4, async (index) => {
    const zone = `${region}${['a', 'b'][index % 2] ?? 'a'}`;
    const CidrBlock = `10.7.${String(index)}.0/24`;
    const command = new CreateSubnetCommand({ VpcId, CidrBlock, AvailabilityZone: zone });
    return (await ec2.send(command)).Subnet?.SubnetId ?? '';
  });
  const groups = await times(30, async (index) => {
    const command = new CreateSecurityGroupCommand({
      GroupName: `group-${String(index)}`,
      Description: 'made by a test',
      ...(VpcId === undefined ? {} : { VpcId }),
    });
    return (await ec2.send(command)).GroupId ?? '';
  });
  const { Images = [] } = await ec2.send(new DescribeImagesCommand({ Owners: ['amazon'] }));
  const ImageId = Images[0]?.ImageId;
  await times(RESERVATIONS, async (index) => {
    const run = new RunInstancesCommand({
      ImageId,
      InstanceType: 't3.micro',
      MinCount: INSTANCES_EACH,
      MaxCount: INSTANCES_EACH,
      SubnetId: subnets[index % subnets.length],
      SecurityGroupIds: [groups[index % groups.length] ?? ''],
      TagSpecifications: [
        { ResourceType: 'instance', Tags: [{ Key: 'Name', Value: `server-${String(index)}` }] },
      ],
    });
    await ec2.send(run);
  });
  await times(VOLUMES, async (index) => {
    const AvailabilityZone = `${region}a`;
    const { VolumeId } = await ec2.send(new CreateVolumeCommand({ AvailabilityZone, Size: 10 + index }));
    if (index < 5) await ec2.send(new CreateSnapshotCommand({ VolumeId }));
  });
  await times(5, () => ec2.send(new AllocateAddressCommand({ Domain: 'vpc' })));
  await times(3, (index) => ec2.send(new CreateKeyPairCommand({ KeyName: `key-${String(index)}` })));
  await times(3, (index) =>
    elb.send(
      new CreateLoadBalancerCommand({ Name: `balancer-${String(index)}`, Subnets: subnets.slice(0, 2) }),
    ),
  );
  await times(3, (index) =>
    rds.send(
      new CreateDBInstanceCommand({
        DBInstanceIdentifier: `database-${String(index)}`,
        DBInstanceClass: 'db.t3.micro',
        Engine: 'postgres',
        AllocatedStorage: 20,
        MasterUsername: 'owner',
        MasterUserPassword: 'not-a-secret',
      }),
    ),
  );
  const DBClusterIdentifier = 'aurora';
  await rds.send(
    new CreateDBClusterCommand({
      DBClusterIdentifier,
      Engine: 'aurora-postgresql',
      MasterUsername: 'owner',
      MasterUserPassword: 'not-a-secret',
    }),
  );
  await rds.send(
    new CreateDBInstanceCommand({
      DBInstanceIdentifier: 'aurora-1',
      DBInstanceClass: 'db.r6g.large',
      Engine: 'aurora-postgresql',
      DBClusterIdentifier,
    }),
  );
  await times(3, (index) =>
    lambda.send(
      new CreateFunctionCommand({
        FunctionName: `function-${String(index)}`,
        Role: `arn:aws:iam::${account}:role/${FUNCTION_ROLE}`,
        Runtime: 'nodejs22.x',
        Handler: 'index.handler',
        Code: { ZipFile: Buffer.from('no program') },
        Tags: { owner: 'events' },
      }),
    ),
  );
  await times(2, (index) =>
    eks.send(
      new CreateClusterCommand({
        name: `cluster-${String(index)}`,
        roleArn: `arn:aws:iam::${account}:role/eks`,
        resourcesVpcConfig: { subnetIds: subnets.slice(0, 2) },
      }),
    ),
  );
  const LaunchConfigurationName = 'plain';
  await autoScaling.send(
    new CreateLaunchConfigurationCommand({ LaunchConfigurationName, ImageId, InstanceType: 't3.micro' }),
  );
  await autoScaling.send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: 'workers',
      LaunchConfigurationName,
      MinSize: 0,
      MaxSize: 4,
      DesiredCapacity: 0,
      VPCZoneIdentifier: subnets[0],
    }),
  );
}

async function populateBuckets({ s3, region }: AwsOperator, account: string): Promise<void> {
  const place = { LocationConstraint: region as BucketLocationConstraint };
  // On one page: moto cuts the list of buckets off where a page ends, and says nothing of more.
  await times(ITEMS_PER_PAGE - 1, async (index) => {
    const Bucket = `bucket-${account}-${region}-${String(index)}`;
    // The first of all regions has no name there.
    const where = region === 'us-east-1' ? {} : { CreateBucketConfiguration: place };
    await s3.send(new CreateBucketCommand({ Bucket, ...where }));
    const Tagging = { TagSet: [{ Key: 'number', Value: String(index) }] };
    if (index % 2 === 0) await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging }));
  });
}

async function populateGlobally({ route53 }: AwsOperator): Promise<void> {
  await times(3, (index) =>
    route53.send(
      new CreateHostedZoneCommand({ Name: `zone-${String(index)}.example`, CallerReference: String(index) }),
    ),
  );
}

describe('moto', () => {
  let muster: TestMuster;
  let moto: Moto;
  /** By AWS account and region. */
  const operators = new Map<string, AwsOperator>();
  /** Muster's ids of the accounts, by AWS'. */
  const accountIds = new Map<string, string>();

  beforeAll(async () => {
    moto = await startMoto();
    const keys = { [MOTO_ACCOUNT]: KEY, [MEMBER_ACCOUNT]: await assumeRole(moto.url, KEY, MEMBER_ROLE) };
    for (const [account, key] of Object.entries(keys)) {
      for (const region of REGIONS) {
        const operator = new AwsOperator(moto.url, region, key);
        operators.set(`${account} ${region}`, operator);
        if (region === REGIONS[0]) await operator.createRole(FUNCTION_ROLE);
        await populate(operator, account);
        await populateBuckets(operator, account);
      }
      await populateGlobally(operatorOf(account, 'us-east-1'));
    }
    const AWS = () => Promise.resolve(awsAdapter(ITEMS_PER_PAGE));
    muster = await TestMuster.start({ adapters: { AWS } });
    for (const account of Object.keys(keys)) {
      const role = account === MOTO_ACCOUNT ? {} : { role_arn: MEMBER_ROLE };
      const id = await muster.addAccount({
        vendor: 'AWS',
        account_id: account,
        account_name: account,
        ak: KEY.accessKeyId,
        sk: KEY.secretAccessKey,
        settings: { endpoint: moto.url, regions: REGIONS, resource_types: WITHOUT_INDEX, ...role },
      });
      accountIds.set(account, id);
    }
  });

  afterAll(async () => {
    await muster.close();
    for (const operator of operators.values()) operator.close();
    await moto.stop();
  });

  const operatorOf = (account: string, region: string): AwsOperator => {
    const operator = operators.get(`${account} ${region}`);
    if (operator === undefined) throw new Error(`nobody looks at ${region} of ${account}`);
    return operator;
  };
  /** What Muster has of a type in an account, in a region or in all, by id: its name. */
  const inventory = async (account: string, type: string, region?: string): Promise<Listed> =>
    new Map(
      (await muster.listAll('AWS', type))
        .filter(({ datasource }) => datasource === accountIds.get(account))
        .filter(({ region_id }) => region === undefined || region_id === region)
        .map(({ resource_id, name }) => [resource_id, name]),
    );
  const sync = () => muster.sync({ vendor: 'AWS' });
  const expectSame = (what: string, [mine, theirs]: readonly [Listed, Listed]): void => {
    expect([what, [...mine].sort()]).toEqual([what, [...theirs].sort()]);
  };

  it('lists every item that the SDK lists, by name, in each account and region', async () => {
    const task = await sync();

    const failed = task.accounts.flatMap(({ units }) => units.filter(({ error }) => error !== null));
    expect(failed).toEqual([]);
    expect(task).toMatchObject({ state: 'SUCCEEDED', counts: { updated: 0, deleted: 0 } });
    for (const account of accountIds.keys()) {
      for (const region of REGIONS) {
        const all = await operatorOf(account, region).listRegion();
        expect(all['cloudservers']?.size).toBe(RESERVATIONS * INSTANCES_EACH);
        for (const [type, listed] of Object.entries(all)) {
          if (type === 'clusters') continue; // by their ARNs, which their list doesn't have
          expectSame(`${type} ${account} ${region}`, [await inventory(account, type, region), listed]);
        }
        const clusters = await inventory(account, 'clusters', region);
        expect([...clusters.values()].sort()).toEqual([...(all['clusters'] ?? new Map()).values()].sort());
      }
      const globally = await operatorOf(account, 'us-east-1').listGlobal();
      for (const [type, listed] of Object.entries(globally)) {
        expectSame(`${type} ${account}`, [await inventory(account, type), listed]);
      }
    }
  });

  it('changes nothing in a second sync', async () => {
    const task = await sync();

    expect(task).toMatchObject({ state: 'SUCCEEDED', counts: { created: 0, updated: 0, deleted: 0 } });
    expect(task.counts.unchanged).toBeGreaterThan(1_000);
  });

  it('sees what was made, changed and deleted in one account, and the other as it was', async () => {
    const { ec2 } = operatorOf(MEMBER_ACCOUNT, 'us-west-2');
    const servers = await inventory(MEMBER_ACCOUNT, 'cloudservers', 'us-west-2');
    const [terminated = ''] = servers.keys();
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [terminated] }));
    const listed = await operatorOf(MEMBER_ACCOUNT, 'us-west-2').listRegion();
    const free = [...(listed['volumes'] ?? new Map<string, string>()).keys()].at(-1) ?? '';
    await ec2.send(new DeleteVolumeCommand({ VolumeId: free }));
    const made = await ec2.send(new CreateVolumeCommand({ AvailabilityZone: 'us-west-2b', Size: 7 }));

    const task = await sync();

    expect(task.state).toBe('SUCCEEDED');
    const other = task.accounts.find(({ account_id }) => account_id === MOTO_ACCOUNT);
    expect(other?.units.filter(({ created, updated, deleted }) => created + updated + deleted > 0)).toEqual(
      [],
    );
    const volumes = await inventory(MEMBER_ACCOUNT, 'volumes', 'us-west-2');
    expect([volumes.has(free), volumes.has(made.VolumeId ?? '')]).toEqual([false, true]);
    const now = (await muster.listAll('AWS', 'cloudservers')).find((it) => it.resource_id === terminated);
    expect(now?.properties['State']).toMatchObject({ Name: 'terminated' });
  });

  it('lists the same by temporary keys, which are all that says whose they are', async () => {
    // Not by GetSessionToken, whose keys moto gives an id of lasting ones.
    const keys = {
      [MOTO_ACCOUNT]: await assumeRole(moto.url, KEY, `arn:aws:iam::${MOTO_ACCOUNT}:role/muster`),
      [MEMBER_ACCOUNT]: await assumeRole(moto.url, KEY, MEMBER_ROLE),
    };
    for (const [account, { accessKeyId, secretAccessKey, sessionToken = '' }] of Object.entries(keys)) {
      await muster.changeAccount(accountIds.get(account) ?? '', {
        ak: accessKeyId,
        sk: `${secretAccessKey}:${sessionToken}`,
        settings: { endpoint: moto.url, regions: REGIONS, resource_types: WITHOUT_INDEX },
      });
    }

    const task = await sync();

    expect(task).toMatchObject({ state: 'SUCCEEDED', counts: { created: 0, updated: 0, deleted: 0 } });
    expect(task.counts.unchanged).toBeGreaterThan(1_000);
    await muster.changeAccount(accountIds.get(MOTO_ACCOUNT) ?? '', {
      ak: KEY.accessKeyId,
      sk: KEY.secretAccessKey,
    });
  });

  it('lists the accounts of an organization by the role that each has', async () => {
    const client = new OrganizationsClient({ endpoint: moto.url, region: 'us-east-1', credentials: KEY });
    await client.send(new CreateOrganizationCommand({ FeatureSet: 'ALL' }));
    await times(3, (index) =>
      client.send(
        new CreateAccountCommand({
          AccountName: `Member ${String(index)}`,
          Email: `member-${String(index)}@example.com`,
        }),
      ),
    );
    const listed = new Set<string>();
    for await (const { Accounts = [] } of paginateListAccounts({ client }, {})) {
      for (const { Id = '' } of Accounts) {
        const role = `arn:aws:iam::${Id}:role/OrganizationAccountAccessRole`;
        const key = Id === MOTO_ACCOUNT ? KEY : await assumeRole(moto.url, KEY, role);
        const operator = new AwsOperator(moto.url, 'us-west-2', key);
        for (const id of ((await operator.listRegion())['vpcs'] ?? new Map()).keys())
          listed.add(id as string);
        operator.close();
      }
    }
    client.destroy();
    const settings = {
      endpoint: moto.url,
      regions: ['us-west-2'],
      organization_role: 'OrganizationAccountAccessRole',
      resource_types: { include: ['vpcs'] },
    };
    await muster.call('PUT', `/v1/vendor-account/${accountIds.get(MOTO_ACCOUNT) ?? ''}`, {
      body: { settings },
    });

    const task = await muster.sync({ vendor: 'AWS', account_id: MOTO_ACCOUNT });

    expect(task.state).toBe('SUCCEEDED');
    const mine = [...(await inventory(MOTO_ACCOUNT, 'vpcs', 'us-west-2')).keys()].sort();
    expect(mine).toEqual([...listed].sort());
    expect(mine.length).toBeGreaterThanOrEqual(5); // the first has two, and each member one that moto made
  });
});
