import { type AliTag, defineAliTable, source } from '../ali-table.js';
import { byNumber } from '../paging.js';
import { PRODUCTS } from '../products.js';

interface Domain {
  DomainId?: string;
  DomainName?: string;
  CreateTime?: string;
  Tags?: { Tag?: AliTag[] };
}

interface Answer {
  Domains?: { Domain?: Domain[] };
  TotalCount?: number;
}

/** Zones of Alibaba Cloud DNS, without their records. */
export const zones = defineAliTable({
  type: 'zones',
  listedIn: 'global',
  sources: [
    source({
      product: PRODUCTS.alidns,
      action: 'DescribeDomains',
      paging: byNumber(100),
      read: ({ Domains, TotalCount }: Answer) => ({ items: Domains?.Domain, total: TotalCount }),
      describe: (domain: Domain) => ({
        id: domain.DomainId,
        name: domain.DomainName,
        tags: domain.Tags?.Tag,
        created: domain.CreateTime,
      }),
    }),
  ],
});
