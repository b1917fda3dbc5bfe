import { DescribeDBInstancesCommand } from '@aws-sdk/client-rds';

import type { ResourceStatus } from '#domain';

import { defineAwsTable, tagsOf } from '../aws-table.js';
import { paged } from '../listings.js';

/** AWS's words for the state of a database, an open set: by the beginning of the word, the first that fits. */
const STATUSES: readonly (readonly [RegExp, ResourceStatus])[] = [
  [/^(creating|restoring)/, 'provisioning'],
  [/^starting/, 'starting'],
  [/^stopping/, 'stopping'],
  [/^stopped/, 'stopped'],
  [/^delet(ing|ed)/, 'deleting'],
  [/^(failed|incompatible-|inaccessible-|restore-error|insufficient-capacity|storage-full)/, 'error'],
  [
    /^(available|backing-up|modifying|upgrading|rebooting|renaming|maintenance|resetting-|configuring-|converting-|storage-|moving-to-vpc|delete-precheck)/,
    'running',
  ],
];

function statusOf(word = ''): ResourceStatus {
  return STATUSES.find(([pattern]) => pattern.test(word))?.[1] ?? 'unknown';
}

const listing = paged({
  service: 'rds',
  pageSize: [20, 100],
  request: ({ size, cursor }) => new DescribeDBInstancesCommand({ MaxRecords: size, Marker: cursor }),
  items: ({ DBInstances }) => DBInstances,
  next: ({ Marker }) => Marker,
});

/** Database instances of RDS and Aurora; its API also has those of Neptune and DocumentDB. */
export const databaseInstances = defineAwsTable({
  type: 'instances',
  permissions: ['rds:DescribeDBInstances'],
  listing,
  leftOut: ['LatestRestorableTime'], // moves on every five minutes

  describe: (database) => ({
    id: ['DbiResourceId', database.DbiResourceId ?? database.DBInstanceArn],
    name: database.DBInstanceIdentifier,
    status: statusOf(database.DBInstanceStatus),
    nativeStatus: database.DBInstanceStatus,
    zoneId: database.AvailabilityZone,
    tags: tagsOf(database.TagList),
    createdAt: database.InstanceCreateTime,
    relations: [
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
