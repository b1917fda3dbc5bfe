import { type AliTag, defineAliTable, source } from '../ali-table.js';
import { byNumber } from '../paging.js';
import { PRODUCTS } from '../products.js';

interface KeyPair {
  KeyPairName?: string;
  CreationTime?: string;
  Tags?: { Tag?: AliTag[] };
}

interface Answer {
  KeyPairs?: { KeyPair?: KeyPair[] };
  TotalCount?: number;
}

/** SSH key pairs, which have no id but their name. */
export const keypairs = defineAliTable({
  type: 'keypairs',
  sources: [
    source({
      product: PRODUCTS.ecs,
      action: 'DescribeKeyPairs',
      paging: byNumber(50),
      read: ({ KeyPairs, TotalCount }: Answer) => ({ items: KeyPairs?.KeyPair, total: TotalCount }),
      describe: (pair: KeyPair) => ({
        id: pair.KeyPairName,
        tags: pair.Tags?.Tag,
        created: pair.CreationTime,
      }),
    }),
  ],
});
