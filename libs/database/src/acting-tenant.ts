import { AsyncLocalStorage } from 'node:async_hooks';

import type { AuditEntry } from './audit/audit-entry.js';

/** A stretch of work, the tenant it is done for once that is known, and its entry in the audit log. */
interface Stretch {
  tenantId?: string;
  /** Until it has been written. */
  entry?: AuditEntry | undefined;
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
  currentStretch().tenantId = tenantId;
}

/** The tenant for which work is done now; undefined for Muster's own work, which sees everything. */
export function actingTenant(): string | undefined {
  return stretches.getStore()?.tenantId;
}

/**
 * The first transaction of the surrounding stretch that writes anything writes this into the audit log as well:
 * neither is committed without the other.
 * @throws {Error} outside of any stretch.
 */
export function auditAs(entry: AuditEntry): void {
  currentStretch().entry = entry;
}

/** The entry that is still to be written with the next write. */
export function pendingAuditEntry(): AuditEntry | undefined {
  return stretches.getStore()?.entry;
}

/** The entry has been written, or nothing will be written any more. */
export function endAudit(): void {
  const stretch = stretches.getStore();
  if (stretch !== undefined) stretch.entry = undefined;
}

function currentStretch(): Stretch {
  const stretch = stretches.getStore();
  if (stretch === undefined) throw new Error('Work for a tenant must be done within beginStretch().');
  return stretch;
}
