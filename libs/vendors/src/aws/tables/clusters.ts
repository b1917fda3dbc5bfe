import { type Cluster, DescribeClusterCommand, ListClustersCommand } from '@aws-sdk/client-eks';

import { eachAtMost } from '../../shared/each-at-most.js';
import { defineAwsTable, statusBy, tagsByKey } from '../aws-table.js';
import { paged } from '../listings.js';

/** A list has only names: each cluster is a call, and so many are on their way at once. */
const CLUSTERS_AT_ONCE = 5;
const GONE = 'ResourceNotFoundException';

const status = statusBy({
  CREATING: 'provisioning',
  PENDING: 'provisioning',
  ACTIVE: 'running',
  UPDATING: 'running',
  DELETING: 'deleting',
  FAILED: 'error',
});

const listing = paged({
  service: 'eks',
  pageSize: [1, 100],
  request: ({ size, cursor }) =>
    new ListClustersCommand({ include: ['all'], maxResults: size, nextToken: cursor }),
  items: ({ clusters }): Cluster[] | undefined => clusters?.map((name) => ({ name })),
  next: ({ nextToken }) => nextToken,
  async detail(names, call) {
    const found = await eachAtMost(CLUSTERS_AT_ONCE, names, async ({ name }) => {
      try {
        return (await call('eks', new DescribeClusterCommand({ name }))).cluster;
      } catch (error) {
        if (isGone(error)) return undefined; // deleted since it was listed
        throw error;
      }
    });
    return found.filter((cluster) => cluster !== undefined);
  },
});

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === GONE;
}

/** EKS clusters, also those outside of AWS that are connected to it. */
export const clusters = defineAwsTable({
  type: 'clusters',
  permissions: ['eks:ListClusters', 'eks:DescribeCluster'],
  listing,
  leftOut: ['connectorConfig'], // holds the code by which a cluster is connected

  describe: (cluster) => ({
    id: ['arn', cluster.arn],
    name: cluster.name,
    status: status(cluster.status),
    nativeStatus: cluster.status,
    tags: tagsByKey(cluster.tags),
    createdAt: cluster.createdAt,
    relations: [
      ['contained_in', 'vpcs', cluster.resourcesVpcConfig?.vpcId],
      ...(cluster.resourcesVpcConfig?.subnetIds ?? []).map(
        (subnet) => ['contained_in', 'subnets', subnet] as const,
      ),
      ...[
        cluster.resourcesVpcConfig?.clusterSecurityGroupId,
        ...(cluster.resourcesVpcConfig?.securityGroupIds ?? []),
      ].map((group) => ['secured_by', 'securityGroups', group] as const),
    ],
  }),
});
