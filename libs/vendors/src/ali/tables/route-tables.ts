import { type AliTag, defineAliTable, source, type States } from '../ali-table.js';
import { byNumber } from '../paging.js';
import { PRODUCTS } from '../products.js';

interface RouteTable {
  RouteTableId?: string;
  RouteTableName?: string;
  Status?: string;
  VpcId?: string;
  CreationTime?: string;
  Tags?: { Tag?: AliTag[] };
}

interface Answer {
  RouterTableList?: { RouterTableListType?: RouteTable[] };
  TotalCount?: number;
}

const STATES: States = { Pending: 'provisioning', Available: 'available' };

/** Route tables, without their entries. */
export const routeTables = defineAliTable({
  type: 'routeTables',
  sources: [
    source({
      product: PRODUCTS.vpc,
      action: 'DescribeRouteTableList',
      paging: byNumber(50),
      read: ({ RouterTableList, TotalCount }: Answer) => ({
        items: RouterTableList?.RouterTableListType,
        total: TotalCount,
      }),
      describe: (table: RouteTable) => ({
        id: table.RouteTableId,
        name: table.RouteTableName,
        state: [table.Status, STATES],
        tags: table.Tags?.Tag,
        created: table.CreationTime,
        // The vSwitches that use it name it.
        relations: [['contained_in', 'vpcs', table.VpcId]],
      }),
    }),
  ],
});
