/** SQL for a tenant and a position in its feed. */
export interface SqlPosition {
  tenantId: string;
  transactionId: string;
  id: string;
}

/**
 * SQL that is true where there is an event behind a position that may be read, or what is asked of the first such event
 * `e`; else null. For the planner its order is needed in any case: it would otherwise look through all events of the
 * tenant for a first one.
 */
export function newsBehind({ tenantId, transactionId, id }: SqlPosition, what = 'true'): string {
  return `(SELECT ${what} FROM outbox_event e
    WHERE e.tenant_id = ${tenantId} AND (e.transaction_id, e.id) > (${transactionId}, ${id})
      AND e.transaction_id < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY e.transaction_id, e.id LIMIT 1)`;
}
