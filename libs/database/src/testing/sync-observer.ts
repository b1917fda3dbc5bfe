import { ACTIVE_RUN_STATES, OPEN_RUN_STATES, OPEN_TASK_STATES, OPEN_UNIT_STATES } from '#domain';

import type { SyncFixture } from './sync-fixture.js';

/** A recorded transition. */
export interface Transition {
  entity: string;
  id: string;
  from: string;
  to: string;
  reason: string | null;
}

/** What there is to see, for a tenant, of what syncs have done. */
export class SyncObserver {
  constructor(
    private readonly sync: SyncFixture,
    private readonly tenantId: string,
  ) {}

  /** What is not over, as `run RUNNING`. */
  async open(): Promise<string[]> {
    const states = await this.select<{ entity: string; state: string }>(
      `SELECT 'task' AS entity, state FROM sync_task WHERE tenant_id = $1
       UNION ALL SELECT 'run', state FROM sync_run WHERE tenant_id = $1
       UNION ALL SELECT 'unit', state FROM sync_unit WHERE tenant_id = $1`,
    );
    const open = ['PENDING', ...OPEN_UNIT_STATES] as string[];
    return states.flatMap(({ entity, state }) => (open.includes(state) ? `${entity} ${state}` : []));
  }

  /** What may never be, at no moment: two active runs of an account, or something open of what is over. */
  async contradictions(): Promise<object[]> {
    return this.select(
      `SELECT 'active runs of' AS what, account_id AS id FROM sync_run
       WHERE tenant_id = $1 AND state = ANY($2) GROUP BY account_id HAVING count(*) > 1
       UNION ALL SELECT 'open runs of the task', t.id FROM sync_task t JOIN sync_run r ON r.task_id = t.id
       WHERE t.tenant_id = $1 AND t.state <> ALL($3) AND r.state = ANY($4)
       UNION ALL SELECT 'open units of the run', r.id FROM sync_run r JOIN sync_unit u ON u.run_id = r.id
       WHERE r.tenant_id = $1 AND r.state <> ALL($4) AND u.state = ANY($5)`,
      [ACTIVE_RUN_STATES, OPEN_TASK_STATES, OPEN_RUN_STATES, OPEN_UNIT_STATES],
    );
  }

  /** What COC's clients see of the accounts. */
  async accountStatuses(): Promise<string[]> {
    const accounts = await this.select<{ status: string }>(
      'SELECT DISTINCT sync_status AS status FROM vendor_account WHERE tenant_id = $1',
    );
    return accounts.map(({ status }) => status);
  }

  async transitions(): Promise<Transition[]> {
    return this.select<Transition>(
      `SELECT entity, entity_id AS id, from_state AS "from", to_state AS "to", reason
       FROM sync_transition WHERE tenant_id = $1 ORDER BY sync_transition.id`,
    );
  }

  /** What is live of the accounts, as `account/type/id`. */
  async inventory(): Promise<string[]> {
    const rows = await this.select<{ path: string }>(
      `SELECT a.account_id || '/' || r.resource_type || '/' || r.native_id AS path
       FROM resource r JOIN vendor_account a ON a.id = r.account_id
       WHERE r.tenant_id = $1 AND r.deleted_at IS NULL AND a.removed_at IS NULL ORDER BY 1`,
    );
    return rows.map(({ path }) => path);
  }

  /** What happened to each resource, in order, and whether it is live now, as `CREATED DELETED: false`. */
  async histories(): Promise<string[]> {
    const rows = await this.select<{ history: string }>(
      `SELECT string_agg(c.kind, ' ' ORDER BY c.id) || ': ' || (r.deleted_at IS NULL)::text AS history
       FROM resource r JOIN resource_change c ON c.resource_id = r.id WHERE r.tenant_id = $1
       GROUP BY r.id, r.deleted_at`,
    );
    return rows.map(({ history }) => history);
  }

  /** Deletions by units that are no complete listing, or by plans. */
  async groundlessDeletions(): Promise<object[]> {
    return this.select(
      `SELECT c.resource_id, u.state, u.mode FROM resource_change c LEFT JOIN sync_unit u ON u.id = c.unit_id
       WHERE c.tenant_id = $1 AND c.kind = 'DELETED' AND (u.state = 'SUCCEEDED' AND u.mode = 'sync') IS NOT TRUE`,
    );
  }

  /** The present state of every task, run and unit, by id. */
  async states(): Promise<Map<string, string>> {
    const rows = await this.select<{ id: string; state: string }>(
      `SELECT id, state FROM sync_task WHERE tenant_id = $1
       UNION ALL SELECT id, state FROM sync_run WHERE tenant_id = $1
       UNION ALL SELECT id, state FROM sync_unit WHERE tenant_id = $1`,
    );
    return new Map(rows.map(({ id, state }) => [id, state]));
  }

  private async select<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    return this.sync.rows<Row>(text, [this.tenantId, ...values]);
  }
}
