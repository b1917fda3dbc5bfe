import type pg from 'pg';

import type { SyncMode, TaskState, UnitState } from '#domain';

import { type CellKey, cellKey } from './scripted-cloud.js';

export interface RunRow {
  id: string;
  state: string;
  account: string;
  leased: boolean;
  error: string | null;
}

export interface UnitRow {
  id: string;
  taskId: string;
  state: UnitState;
  mode: SyncMode;
  /** Whether it listed what had changed. */
  isIncremental: boolean;
  cell: CellKey;
  seen: number;
  created: number;
  updated: number;
  deleted: number;
  heldDeletes: number;
  pages: number;
  restarts: number;
  leased: boolean;
  /** What its pages saw is still kept. */
  pageRows: number;
  error: string | null;
}

export interface ResourceRow {
  id: string;
  cell: CellKey;
  nativeId: string;
  hash: string;
  live: boolean;
  deletedByUnit: string | null;
}

export interface ChangeRow {
  id: number;
  resourceId: string;
  kind: string;
  before: string | null;
  after: string | null;
  unitId: string | null;
}

export interface CoverageRow {
  cell: CellKey;
  outcome: string;
  attemptTask: string;
  completeRows: number | null;
}

/** All that an estate's database says about its syncs. */
export interface Snapshot {
  tasks: { id: string; state: TaskState; mode: SyncMode }[];
  runs: RunRow[];
  units: UnitRow[];
  resources: ResourceRow[];
  /** Oldest first. */
  changes: ChangeRow[];
  coverage: CoverageRow[];
}

type Celled<Row> = Omit<Row, 'cell'> & { account: string; scope: string; type: string };

function withCell<Row>({ account, scope, type, ...row }: Celled<Row>): Row {
  return { ...row, cell: cellKey(account, scope, type) } as Row;
}

/** Reads all of it as of one moment. */
export async function takeSnapshot(sql: pg.Pool): Promise<Snapshot> {
  const client = await sql.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const tasks = await client.query<Snapshot['tasks'][number]>(
      'SELECT id, state, mode FROM sync_task ORDER BY id',
    );
    const runs = await client.query<RunRow>(
      `SELECT r.id, r.state, a.account_id AS account, r.lease_token IS NOT NULL AS leased,
         r.error_message AS error
       FROM sync_run r JOIN vendor_account a ON a.id = r.account_id ORDER BY r.id`,
    );
    const units = await client.query<Celled<UnitRow>>(
      `SELECT u.id, u.task_id AS "taskId", u.state, u.mode,
         u.changed_since IS NOT NULL AS "isIncremental", a.account_id AS account, u.scope_key AS scope,
         u.resource_type AS type, u.seen, u.created, u.updated, u.deleted, u.held_deletes AS "heldDeletes",
         u.pages, u.restarts, u.lease_token IS NOT NULL AS leased, u.error_message AS error,
         (SELECT count(*) FROM sync_unit_page p WHERE p.unit_id = u.id)::int AS "pageRows"
       FROM sync_unit u JOIN vendor_account a ON a.id = u.account_id ORDER BY u.id`,
    );
    const resources = await client.query<Celled<ResourceRow>>(
      `SELECT r.id, a.account_id AS account, r.scope_key AS scope, r.resource_type AS type,
         r.native_id AS "nativeId", encode(r.content_hash, 'hex') AS hash, r.deleted_at IS NULL AS live,
         r.deleted_by_unit_id AS "deletedByUnit"
       FROM resource r JOIN vendor_account a ON a.id = r.account_id ORDER BY r.id`,
    );
    const changes = await client.query<ChangeRow>(
      `SELECT id::float8 AS id, resource_id AS "resourceId", kind, encode(before_hash, 'hex') AS before,
         encode(after_hash, 'hex') AS after, unit_id AS "unitId"
       FROM resource_change ORDER BY id`,
    );
    const coverage = await client.query<Celled<CoverageRow>>(
      `SELECT a.account_id AS account, c.scope_key AS scope, c.resource_type AS type,
         c.attempt_outcome AS outcome, c.attempt_task_id AS "attemptTask", c.complete_rows AS "completeRows"
       FROM coverage c JOIN vendor_account a ON a.id = c.account_id`,
    );
    await client.query('COMMIT');
    return {
      tasks: tasks.rows,
      runs: runs.rows,
      units: units.rows.map((row) => withCell<UnitRow>(row)),
      resources: resources.rows.map((row) => withCell<ResourceRow>(row)),
      changes: changes.rows,
      coverage: coverage.rows.map((row) => withCell<CoverageRow>(row)),
    };
  } finally {
    client.release();
  }
}

/** Every live resource with all that an undisturbed sync would store just so, one line each. */
export async function readContents(sql: pg.Pool, accountPrefix = ''): Promise<Set<string>> {
  const { rows } = await sql.query<{ line: string }>(
    `SELECT concat_ws(' ', substr(a.account_id, length($1) + 1), r.scope_key, r.resource_type, r.native_id,
       encode(r.content_hash, 'hex'), r.native_hash, r.name, r.status, r.native_status, r.region_id,
       r.zone_id, r.addresses::text, r.tags::text, (r.properties::jsonb - 'usage')::text, r.relations::text,
       r.vendor_created_at) AS line
     FROM resource r JOIN vendor_account a ON a.id = r.account_id
     WHERE r.deleted_at IS NULL AND starts_with(a.account_id, $1)`,
    [accountPrefix],
  );
  return new Set(rows.map(({ line }) => line));
}
