import { type AliTag, defineAliTable, source, type States } from '../ali-table.js';
import { byNumber } from '../paging.js';
import { PRODUCTS } from '../products.js';

interface NatGateway {
  NatGatewayId?: string;
  Name?: string;
  Status?: string;
  BusinessStatus?: string;
  VpcId?: string;
  CreationTime?: string;
  IpLists?: { IpList?: { AllocationId?: string; IpAddress?: string }[] };
  NatGatewayPrivateInfo?: { VswitchId?: string; IzNo?: string; PrivateIpAddress?: string };
  Tags?: { Tag?: AliTag[] };
}

interface Answer {
  NatGateways?: { NatGateway?: NatGateway[] };
  TotalCount?: number;
}

const STATES: States = {
  Creating: 'provisioning',
  Initiating: 'provisioning',
  Available: 'running',
  Modifying: 'running',
  Converting: 'running',
  Deleting: 'deleting',
};

/** NAT gateways, public and private. */
export const natGateways = defineAliTable({
  type: 'natGateways',
  sources: [
    source({
      product: PRODUCTS.vpc,
      action: 'DescribeNatGateways',
      paging: byNumber(50),
      read: ({ NatGateways, TotalCount }: Answer) => ({ items: NatGateways?.NatGateway, total: TotalCount }),
      describe(gateway: NatGateway) {
        const inside = gateway.NatGatewayPrivateInfo;
        const outside = gateway.IpLists?.IpList ?? [];
        return {
          id: gateway.NatGatewayId,
          name: gateway.Name,
          state: [gateway.Status, STATES],
          status: gateway.BusinessStatus === 'FinancialLocked' ? 'suspended' : undefined,
          zone: inside?.IzNo,
          addresses: [...outside.map((it) => it.IpAddress), inside?.PrivateIpAddress],
          tags: gateway.Tags?.Tag,
          created: gateway.CreationTime,
          relations: [
            ['contained_in', 'vpcs', gateway.VpcId],
            ['contained_in', 'subnets', inside?.VswitchId],
            ['attached_to', 'publicips', outside.map((it) => it.AllocationId)],
          ],
        };
      },
    }),
  ],
});
