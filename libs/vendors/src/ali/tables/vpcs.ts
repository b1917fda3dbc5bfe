import { type AliTag, defineAliTable, source, type States } from '../ali-table.js';
import { byNumber } from '../paging.js';
import { PRODUCTS } from '../products.js';

interface Vpc {
  VpcId?: string;
  VpcName?: string;
  Status?: string;
  CreationTime?: string;
  Tags?: { Tag?: AliTag[] };
}

interface Answer {
  Vpcs?: { Vpc?: Vpc[] };
  TotalCount?: number;
}

const STATES: States = { Pending: 'provisioning', Available: 'available' };

/** Virtual private clouds. */
export const vpcs = defineAliTable({
  type: 'vpcs',
  sources: [
    source({
      product: PRODUCTS.vpc,
      action: 'DescribeVpcs',
      paging: byNumber(50),
      read: ({ Vpcs, TotalCount }: Answer) => ({ items: Vpcs?.Vpc, total: TotalCount }),
      describe: (vpc: Vpc) => ({
        id: vpc.VpcId,
        name: vpc.VpcName,
        state: [vpc.Status, STATES],
        tags: vpc.Tags?.Tag,
        created: vpc.CreationTime,
      }),
    }),
  ],
});
