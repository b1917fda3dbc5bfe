import { type AliTag, defineAliTable, source, type States } from '../ali-table.js';
import { byNumber } from '../paging.js';
import { PRODUCTS } from '../products.js';

interface VSwitch {
  VSwitchId?: string;
  VSwitchName?: string;
  Status?: string;
  ZoneId?: string;
  VpcId?: string;
  CreationTime?: string;
  RouteTable?: { RouteTableId?: string };
  Tags?: { Tag?: AliTag[] };
}

interface Answer {
  VSwitches?: { VSwitch?: VSwitch[] };
  TotalCount?: number;
}

const STATES: States = { Pending: 'provisioning', Available: 'available' };

/** vSwitches. */
export const subnets = defineAliTable({
  type: 'subnets',
  sources: [
    source({
      product: PRODUCTS.vpc,
      action: 'DescribeVSwitches',
      paging: byNumber(50),
      read: ({ VSwitches, TotalCount }: Answer) => ({ items: VSwitches?.VSwitch, total: TotalCount }),
      describe: (subnet: VSwitch) => ({
        id: subnet.VSwitchId,
        name: subnet.VSwitchName,
        state: [subnet.Status, STATES],
        zone: subnet.ZoneId,
        tags: subnet.Tags?.Tag,
        created: subnet.CreationTime,
        relations: [
          ['contained_in', 'vpcs', subnet.VpcId],
          ['attached_to', 'routeTables', subnet.RouteTable?.RouteTableId],
        ],
      }),
      // Goes down with each address that is taken.
      omit: ['AvailableIpAddressCount'],
    }),
  ],
});
