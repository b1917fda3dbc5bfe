import type { AttemptOutcome } from '#domain';

import type { Database } from '../database.js';

/** What tells an account's cells apart. */
export interface CellKey {
  scopeKey: string;
  resourceType: string;
}

/** What is known of one cell: an account's resources of one type in one scope. */
export interface CoverageCell extends CellKey {
  scopeName: string;
  /** When it was last listed completely, by which task, and how many resources it had then. */
  completeAt: Date | null;
  completeTaskId: string | null;
  completeRows: number | null;
  /** When what had changed was last listed; null where that was not since the last complete listing. */
  changesAt: Date | null;
  /** When it was last tried, and what came of it. */
  attemptAt: Date;
  attemptTaskId: string;
  attemptOutcome: AttemptOutcome;
}

/** What is known of an account. */
export interface AccountCoverage {
  /**
   * The oldest of all its cells' last complete listings; null while one has none. A cell that was skipped and
   * never listed has nothing to be stale; one that is left out is not meant to be fresh.
   */
  freshAsOf: Date | null;
  /** A page of the cells, by scope and type. */
  cells: CoverageCell[];
}

/** Which cells to read: so many, from behind a cell on. */
export interface CellWindow {
  limit: number;
  marker?: CellKey;
}

const BEFORE_ALL: CellKey = { scopeKey: '', resourceType: '' };

/** Reads the completeness ledger, which the ends of units write. */
export class CoverageRepository {
  constructor(private readonly database: Database) {}

  /** Undefined when the tenant has no such account. */
  async ofAccount(
    tenantId: string,
    accountId: string,
    { limit, marker = BEFORE_ALL }: CellWindow,
  ): Promise<AccountCoverage | undefined> {
    const { pool } = this.database;
    const accounts = await pool.query<{ freshAsOf: Date | null }>(
      `SELECT (
         SELECT CASE WHEN count(*) = count(complete_at) THEN min(complete_at) END FROM coverage
         WHERE account_id = account.id AND attempt_outcome <> 'excluded'
           AND (attempt_outcome <> 'skipped' OR complete_at IS NOT NULL)
       ) AS "freshAsOf"
       FROM vendor_account account WHERE id = $1 AND tenant_id = $2 AND removed_at IS NULL`,
      [accountId, tenantId],
    );
    const [account] = accounts.rows;
    if (account === undefined) return undefined;
    const { rows } = await pool.query<CoverageCell>(
      `SELECT scope_key AS "scopeKey", scope_name AS "scopeName", resource_type AS "resourceType",
         complete_at AS "completeAt", complete_task_id AS "completeTaskId", complete_rows AS "completeRows",
         changes_at AS "changesAt",
         attempt_at AS "attemptAt", attempt_task_id AS "attemptTaskId", attempt_outcome AS "attemptOutcome"
       FROM coverage
       WHERE account_id = $1 AND tenant_id = $2 AND (scope_key, resource_type) > ($3, $4)
       ORDER BY scope_key, resource_type LIMIT $5`,
      [accountId, tenantId, marker.scopeKey, marker.resourceType, limit],
    );
    return { ...account, cells: rows };
  }
}
