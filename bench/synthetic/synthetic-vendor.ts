import { setTimeout as delay } from 'node:timers/promises';

import { defineResourceTable, defineVendor } from '#vendor-kit';

import {
  type Estate,
  type EstateItem,
  fromSettings,
  itemOf,
  PAGE_ROWS,
  RESOURCE_TYPES,
  type ResourceType,
  shareOf,
  toResource,
} from './estate.js';

/** Fewer than a worker has slots by default, as real vendors have: one account leaves others a slot. */
const UNITS_AT_ONCE = 4;

/** A vendor that is a function in the worker: it costs next to nothing, so what is measured is the engine. */
export const syntheticVendor = defineVendor<{ endpoint: string }, Estate>({
  vendor: 'VMWARE',
  unitsAtOnce: UNITS_AT_ONCE,
  connect: ({ settings }) => Promise.resolve(fromSettings(settings)),
  disconnect: () => Promise.resolve(),
  scopes: ({ scopes }) =>
    Promise.resolve(
      Array.from({ length: scopes }, (_, scope) => ({ key: String(scope), name: `region-${String(scope)}` })),
    ),
  tables: RESOURCE_TYPES.map(defineTable),
  classify: () => undefined,
});

function defineTable(type: ResourceType) {
  return defineResourceTable<Estate, EstateItem & { busyUs: number }>({
    type,
    permissions: [`list:${type}`],
    async *pages({ connection: estate, scope, resumeAt, signal }) {
      const { first, rows } = shareOf(estate, { type, scope: Number(scope.key) });
      const end = first + rows;
      let from = Number(resumeAt ?? first);
      do {
        if (rows > 0 && estate.pageMs > 0) await delay(estate.pageMs, undefined, { signal });
        const to = Math.min(from + PAGE_ROWS, end);
        const items = Array.from({ length: to - from }, (_, index) => ({
          ...itemOf(estate, type, from + index),
          busyUs: estate.itemUs,
        }));
        from = to;
        yield { items, ...(to < end ? { resumeAt: String(to) } : {}) };
      } while (from < end);
    },
    toResource: (item, scope) => {
      keepBusy(item.busyUs);
      return toResource(type, scope.name, item);
    },
  });
}

/** What parsing a large document of a vendor would cost. */
function keepBusy(us: number): void {
  if (us === 0) return;
  const end = performance.now() + us / 1_000;
  while (performance.now() < end);
}
