import { AsyncLocalStorage } from 'node:async_hooks';

/** A stretch of work, and the tenant it is done for once that is known. */
interface Stretch {
  tenantId?: string;
}

const stretches = new AsyncLocalStorage<Stretch>();

/** Begins a stretch of work, such as a request, whose tenant is found out on the way: see {@link actFor}. */
export function beginStretch<T>(work: () => T): T {
  return stretches.run({}, work);
}

/**
 * From here to the end of the surrounding stretch the database shows and lets touch nothing but this tenant's
 * rows, whatever a statement asks for.
 * @throws {Error} outside of any stretch: it would bind nothing.
 */
export function actFor(tenantId: string): void {
  const stretch = stretches.getStore();
  if (stretch === undefined) throw new Error('Work for a tenant must be done within beginStretch().');
  stretch.tenantId = tenantId;
}

/** The tenant for which work is done now; undefined for Muster's own work, which sees everything. */
export function actingTenant(): string | undefined {
  return stretches.getStore()?.tenantId;
}
