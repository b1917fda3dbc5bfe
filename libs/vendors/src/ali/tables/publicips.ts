import { type AliTag, defineAliTable, source, type States } from '../ali-table.js';
import { byNumber } from '../paging.js';
import { PRODUCTS } from '../products.js';

interface EipAddress {
  AllocationId?: string;
  Name?: string;
  IpAddress?: string;
  Status?: string;
  BusinessStatus?: string;
  Zone?: string;
  AllocationTime?: string;
  InstanceId?: string;
  InstanceType?: string;
  VpcId?: string;
  Tags?: { Tag?: AliTag[] };
}

interface Answer {
  EipAddresses?: { EipAddress?: EipAddress[] };
  TotalCount?: number;
}

const STATES: States = {
  Available: 'stopped',
  InUse: 'running',
  Associating: 'starting',
  Unassociating: 'stopping',
  Releasing: 'deleting',
};

/** What an address may be bound to, by its type. */
const TARGETS: Readonly<Record<string, string>> = {
  EcsInstance: 'cloudservers',
  SlbInstance: 'loadbalancers',
  Nat: 'natGateways',
  NetworkInterface: 'networkInterfaces',
};

/** Elastic IP addresses. */
export const publicips = defineAliTable({
  type: 'publicips',
  sources: [
    source({
      product: PRODUCTS.vpc,
      action: 'DescribeEipAddresses',
      paging: byNumber(100),
      read: ({ EipAddresses, TotalCount }: Answer) => ({
        items: EipAddresses?.EipAddress,
        total: TotalCount,
      }),
      describe(eip: EipAddress) {
        const target = TARGETS[eip.InstanceType ?? ''];
        return {
          id: eip.AllocationId,
          name: eip.Name || eip.IpAddress,
          state: [eip.Status, STATES],
          status: eip.BusinessStatus === 'FinancialLocked' ? 'suspended' : undefined,
          zone: eip.Zone,
          addresses: [eip.IpAddress],
          tags: eip.Tags?.Tag,
          created: eip.AllocationTime,
          relations: target === undefined ? [] : [['attached_to', target, eip.InstanceId]],
        };
      },
    }),
  ],
});
