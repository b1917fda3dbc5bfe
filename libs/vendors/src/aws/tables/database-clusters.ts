import { DescribeDBClustersCommand } from '@aws-sdk/client-rds';

import { defineAwsTable, tagsOf } from '../aws-table.js';
import { databaseStatusOf } from '../database-status.js';
import { paged } from '../listings.js';

const listing = paged({
  service: 'rds',
  pageSize: [20, 100],
  request: ({ size, cursor }) => new DescribeDBClustersCommand({ MaxRecords: size, Marker: cursor }),
  items: ({ DBClusters }) => DBClusters,
  next: ({ Marker }) => Marker,
});

/**
 * Database clusters: Aurora's and RDS' of several zones, and those of Neptune and DocumentDB. By their ARN, since
 * that is what their instances know them by.
 */
export const databaseClusters = defineAwsTable({
  type: 'databaseClusters',
  permissions: ['rds:DescribeDBClusters'],
  listing,
  // They move on every five minutes, and with every backup.
  leftOut: ['LatestRestorableTime', 'EarliestRestorableTime', 'EarliestBacktrackTime'],

  describe: (cluster) => ({
    id: ['DBClusterArn', cluster.DBClusterArn],
    name: cluster.DBClusterIdentifier,
    status: databaseStatusOf(cluster.Status),
    nativeStatus: cluster.Status,
    tags: tagsOf(cluster.TagList),
    createdAt: cluster.ClusterCreateTime,
    relations: (cluster.VpcSecurityGroups ?? []).map(
      ({ VpcSecurityGroupId }) => ['secured_by', 'securityGroups', VpcSecurityGroupId] as const,
    ),
  }),
});
