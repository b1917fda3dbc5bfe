import { type AliTag, defineAliTable, source, type States } from '../ali-table.js';
import { byNumber } from '../paging.js';
import { PRODUCTS } from '../products.js';

interface Cluster {
  cluster_id?: string;
  name?: string;
  state?: string;
  zone_id?: string;
  vpc_id?: string;
  vswitch_id?: string;
  security_group_id?: string;
  created?: string;
  tags?: AliTag[];
}

interface Answer {
  clusters?: Cluster[];
  page_info?: { total_count?: number };
}

const STATES: States = {
  initial: 'provisioning',
  running: 'running',
  updating: 'running',
  upgrading: 'running',
  scaling: 'running',
  removing: 'running',
  draining: 'running',
  inactive: 'stopped',
  waiting: 'stopped',
  deleting: 'deleting',
  failed: 'error',
  unavailable: 'error',
  delete_failed: 'error',
  disconnected: 'error',
};

/** Kubernetes clusters of ACK. */
export const clusters = defineAliTable({
  type: 'clusters',
  sources: [
    source({
      product: PRODUCTS.cs,
      action: 'DescribeClustersV1',
      path: '/api/v1/clusters',
      // An endpoint of one region may answer for others.
      regionParameter: 'region_id',
      paging: byNumber(50, ['page_number', 'page_size']),
      read: ({ clusters: items, page_info: page }: Answer) => ({ items, total: page?.total_count }),
      describe: (cluster: Cluster) => ({
        id: cluster.cluster_id,
        name: cluster.name,
        state: [cluster.state, STATES],
        zone: cluster.zone_id,
        tags: cluster.tags,
        created: cluster.created,
        relations: [
          ['contained_in', 'vpcs', cluster.vpc_id],
          ['contained_in', 'subnets', cluster.vswitch_id?.split(',')],
          ['secured_by', 'securityGroups', cluster.security_group_id],
        ],
      }),
      // The inner life of ACK's controllers, and when they last looked.
      omit: ['meta_data', 'parameters', 'updated'],
    }),
  ],
});
