import { type DBInstance, DescribeDBInstancesCommand } from '@aws-sdk/client-rds';

import { defineAwsTable, tagsOf } from '../aws-table.js';
import { databaseStatusOf } from '../database-status.js';
import { paged } from '../listings.js';

const listing = paged({
  service: 'rds',
  pageSize: [20, 100],
  request: ({ size, cursor }) => new DescribeDBInstancesCommand({ MaxRecords: size, Marker: cursor }),
  items: ({ DBInstances }) => DBInstances,
  next: ({ Marker }) => Marker,
});

/** The ARN of the cluster that an instance is in: it tells its name only, which is in the same account and region. */
function clusterArnOf({ DBClusterIdentifier, DBInstanceArn }: DBInstance): string | undefined {
  if (DBClusterIdentifier === undefined || DBInstanceArn === undefined) return undefined;
  const [arn, partition, service, region, account] = DBInstanceArn.split(':');
  return [arn, partition, service, region, account, 'cluster', DBClusterIdentifier].join(':');
}

/** Database instances of RDS and Aurora; its API also has those of Neptune and DocumentDB. */
export const databaseInstances = defineAwsTable({
  type: 'instances',
  permissions: ['rds:DescribeDBInstances'],
  listing,
  leftOut: ['LatestRestorableTime'], // moves on every five minutes

  describe: (database) => ({
    id: ['DbiResourceId', database.DbiResourceId ?? database.DBInstanceArn],
    name: database.DBInstanceIdentifier,
    status: databaseStatusOf(database.DBInstanceStatus),
    nativeStatus: database.DBInstanceStatus,
    zoneId: database.AvailabilityZone,
    tags: tagsOf(database.TagList),
    createdAt: database.InstanceCreateTime,
    relations: [
      ['member_of', 'databaseClusters', clusterArnOf(database)],
      ['contained_in', 'vpcs', database.DBSubnetGroup?.VpcId],
      ...(database.DBSubnetGroup?.Subnets ?? []).map(
        ({ SubnetIdentifier }) => ['contained_in', 'subnets', SubnetIdentifier] as const,
      ),
      ...(database.VpcSecurityGroups ?? []).map(
        ({ VpcSecurityGroupId }) => ['secured_by', 'securityGroups', VpcSecurityGroupId] as const,
      ),
    ],
  }),
});
