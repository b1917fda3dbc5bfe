import { v7 as uuidv7 } from 'uuid';

import {
  ACTIVE_RUN_STATES,
  type JsonObject,
  type Scope,
  type SyncError,
  type SyncErrorKind,
  type Vendor,
} from '#domain';

import type { Database, Querier } from '../database.js';
import { LeaseLostError } from '../errors.js';
import { storableText, toJsonPayload } from '../storable-text.js';
import { setSyncStatus } from '../sync/end-run.js';
import { errorColumns } from '../sync/unit.repository.js';

/** An account of a tenant. */
export interface AccountKey {
  tenantId: string;
  accountId: string;
}

/** Where an account can be listed, and whether its settings choose it. */
export interface CheckedScope extends Scope {
  region?: string;
  isChosen: boolean;
}

/** What was shown of a listing: the adapter's own words, which are stored as they are. */
export interface StoredPreview {
  scope: string;
  type: string;
  request: string;
  records: number;
  rows: { record: JsonObject | null; resource: JsonObject | null; problem: string | null }[];
  unmapped: string[];
  problem: string | null;
}

/** What came of an account's last check; `pending` until something has. */
export interface AccountCheck {
  status: 'pending' | 'success' | 'failed';
  /** Where the account can be listed. */
  scopes: CheckedScope[] | null;
  errorKind: SyncErrorKind | null;
  /** The vendor's own name of the error. */
  errorCode: string | null;
  /** What is wrong; of a success, what is odd about it. */
  message: string | null;
  finishedAt: Date | null;
  /** What its listings begin with, where that was asked for. */
  preview: StoredPreview[] | null;
}

export interface CheckRequest {
  /** Whether the outcome shall be the account's `sync_status`, as nothing else of it is known. */
  record: boolean;
  /** Whether it shall look at what the listings begin with. Default: no. */
  preview?: boolean;
}

/** A check that this worker makes. */
export interface LeasedCheck {
  id: string;
  accountId: string;
  vendor: Vendor;
  leaseToken: string;
  /** Whether somebody wanted to see what the listings begin with, when it was claimed. */
  isPreviewed: boolean;
}

/** What came of asking for a check: it is ours, somebody makes it, or there is nothing to do. */
export type CheckClaim = { check: LeasedCheck } | { busyForMs: number } | 'over';

/** What a check found: where the account can be listed and what is odd about it, or why it cannot be. */
export type CheckOutcome =
  | { scopes: readonly CheckedScope[]; notice?: string; preview?: readonly StoredPreview[] }
  | { error: SyncError };

/**
 * For how long refused credentials are not tried again while they are the same, in milliseconds: vCenter locks
 * a user after five refusals within three minutes (its default), others after fewer.
 */
export const REFUSAL_KEPT_MS = 60_000;

/** `failure_msg` of an account whose check has no outcome yet. */
const NOT_CHECKED = 'The credentials have not been checked yet.';

/** Checks of accounts' credentials: at most one an account, whoever asks for it. */
export class AccountCheckRepository {
  constructor(private readonly database: Database) {}

  /**
   * Asks for a check, or joins the one that is wanted already. The same credentials are not shown to a vendor
   * again who has refused them a moment ago.
   * @returns the check that the queue should hear of; `answered` when there is nothing to wait for; undefined
   * when the tenant has no such account
   */
  async request(
    key: AccountKey,
    { record, preview = false }: CheckRequest,
  ): Promise<{ id: string } | 'answered' | undefined> {
    return this.database.transaction(async (client) => {
      const account = await lockAccount(client, key);
      if (account === undefined) return undefined;
      const before = await findCheck(client, key.accountId);
      if (before?.state === 'DONE' && isRefusal(before, account.version)) return 'answered';
      const open = before !== undefined && before.state !== 'DONE' ? before : undefined;
      const id = open?.id ?? uuidv7();
      if (open === undefined) {
        await client.query('DELETE FROM account_check WHERE account_id = $1', [key.accountId]);
        await client.query(
          `INSERT INTO account_check (account_id, id, tenant_id, vendor, state, recorded, previewed)
           VALUES ($1, $2, $3, $4, 'QUEUED', $5, $6)`,
          [key.accountId, id, key.tenantId, account.vendor, record, preview],
        );
      } else if (record || preview) {
        await client.query(
          'UPDATE account_check SET recorded = recorded OR $2, previewed = previewed OR $3 WHERE id = $1',
          [id, record, preview],
        );
      }
      if (record) await recordStatus(client, key.accountId, 'waiting', NOT_CHECKED);
      return { id };
    });
  }

  /** The account's last check; undefined when the tenant has no such account, or it was never checked. */
  async find({ tenantId, accountId }: AccountKey): Promise<AccountCheck | undefined> {
    const { rows } = await this.database.pool.query<AccountCheck>(
      `SELECT CASE WHEN finished_at IS NULL THEN 'pending' WHEN error_kind IS NULL THEN 'success'
           ELSE 'failed' END AS status,
         scopes, error_kind AS "errorKind", error_code AS "errorCode", error_message AS message,
         finished_at AS "finishedAt", preview
       FROM account_check WHERE account_id = $1 AND tenant_id = $2`,
      [accountId, tenantId],
    );
    return rows[0];
  }

  /** QUEUED, or RUNNING with an expired lease → RUNNING, for accounts of these vendors. */
  async claim(id: string, vendors: readonly Vendor[], leaseMs: number): Promise<CheckClaim> {
    const claimed = await this.database.pool.query<LeasedCheck>(
      `UPDATE account_check SET state = 'RUNNING', lease_token = gen_random_uuid(),
         lease_until = now() + $3 * interval '1 millisecond'
       WHERE id = $1 AND vendor = ANY($2) AND (state = 'QUEUED' OR (state = 'RUNNING' AND lease_until < now()))
       RETURNING id, account_id AS "accountId", vendor, lease_token AS "leaseToken",
         previewed AS "isPreviewed"`,
      [id, vendors, leaseMs],
    );
    const [check] = claimed.rows;
    if (check !== undefined) return { check };
    const held = await this.database.pool.query<{ busyForMs: number }>(
      `SELECT ceil(extract(epoch FROM lease_until - now()) * 1000)::int AS "busyForMs"
       FROM account_check WHERE id = $1 AND state = 'RUNNING'`,
      [id],
    );
    return held.rows[0] ? { busyForMs: Math.max(1, held.rows[0].busyForMs) } : 'over';
  }

  /**
   * RUNNING → DONE, and the account's `sync_status` with it if that is wanted and no sync runs, whose it is
   * then. If the account was changed since it was read, what was found is void: RUNNING → QUEUED, and false. So it
   * is when somebody has asked for a preview meanwhile.
   * @param version the account's `update_time` when it was read
   * @throws {LeaseLostError}
   */
  async finish(check: LeasedCheck, version: Date, outcome: CheckOutcome): Promise<boolean> {
    return this.database.transaction(async (client) => {
      const account = await lockAccount(client, check);
      if (account?.version.getTime() !== version.getTime() || (await lacksPreview(client, check))) {
        await requeue(client, check);
        return false;
      }
      const error = 'error' in outcome ? outcome.error : undefined;
      const scopes = 'scopes' in outcome ? toJsonPayload(outcome.scopes) : null;
      const [kind, code, reason] = errorColumns(error);
      const preview = 'preview' in outcome ? toJsonPayload(outcome.preview) : null;
      const notice = 'notice' in outcome ? storableText(outcome.notice) : null;
      const { rows } = await client.query<{ recorded: boolean }>(
        `UPDATE account_check SET state = 'DONE', finished_at = now(), lease_token = NULL, lease_until = NULL,
           account_version = $3, scopes = $4, error_message = $5, error_kind = $6, error_code = $7,
           preview = $8
         WHERE id = $1 AND lease_token = $2 RETURNING recorded`,
        [check.id, check.leaseToken, version, scopes, reason ?? notice, kind, code, preview],
      );
      const [done] = rows;
      if (done === undefined) throw new LeaseLostError(`Check ${check.id}`);
      if (done.recorded) {
        const status = error === undefined ? 'success' : 'failed';
        await recordStatus(client, check.accountId, status, error?.message ?? '');
      }
      return true;
    });
  }

  /**
   * RUNNING → QUEUED: its process is shutting down.
   * @throws {LeaseLostError}
   */
  async giveBack(check: LeasedCheck): Promise<void> {
    await requeue(this.database.pool, check);
  }

  /** Checks whose job the queue seems to have lost; they are marked as enqueued again. */
  async takeForgotten(limit: number, graceMs: number): Promise<{ id: string; vendor: Vendor }[]> {
    const { rows } = await this.database.pool.query<{ id: string; vendor: Vendor }>(
      `UPDATE account_check SET enqueued_at = now() WHERE id IN (
         SELECT id FROM account_check WHERE state <> 'DONE'
           AND enqueued_at < now() - $2 * interval '1 millisecond'
           AND (lease_until IS NULL OR lease_until < now())
         LIMIT $1 FOR UPDATE SKIP LOCKED)
       RETURNING id, vendor`,
      [limit, graceMs],
    );
    return rows;
  }
}

interface LockedAccount {
  vendor: Vendor;
  version: Date;
}

/** Locks an account of the tenant, if one is given; before anything else, as all do that change accounts. */
async function lockAccount(
  client: Querier,
  { accountId, tenantId }: { accountId: string; tenantId?: string },
): Promise<LockedAccount | undefined> {
  const { rows } = await client.query<LockedAccount>(
    `SELECT vendor, update_time AS version FROM vendor_account
     WHERE id = $1 AND ($2::uuid IS NULL OR tenant_id = $2) AND removed_at IS NULL FOR NO KEY UPDATE`,
    [accountId, tenantId ?? null],
  );
  return rows[0];
}

/** Whether a preview was asked for after the check was claimed without. The account is locked by the caller. */
async function lacksPreview(client: Querier, { id, leaseToken, isPreviewed }: LeasedCheck): Promise<boolean> {
  if (isPreviewed) return false;
  const { rowCount } = await client.query(
    'SELECT 1 FROM account_check WHERE id = $1 AND lease_token = $2 AND previewed',
    [id, leaseToken],
  );
  return rowCount === 1;
}

interface LastCheck {
  id: string;
  state: 'QUEUED' | 'RUNNING' | 'DONE';
  errorKind: SyncErrorKind | null;
  accountVersion: Date | null;
  isRecent: boolean;
}

async function findCheck(client: Querier, accountId: string): Promise<LastCheck | undefined> {
  const { rows } = await client.query<LastCheck>(
    `SELECT id, state, error_kind AS "errorKind", account_version AS "accountVersion",
       coalesce(finished_at > now() - $2 * interval '1 millisecond', false) AS "isRecent"
     FROM account_check WHERE account_id = $1`,
    [accountId, REFUSAL_KEPT_MS],
  );
  return rows[0];
}

/** Whether the credentials that the account has now were refused a moment ago. */
function isRefusal({ errorKind, accountVersion, isRecent }: LastCheck, version: Date): boolean {
  return isRecent && errorKind === 'credentials' && accountVersion?.getTime() === version.getTime();
}

async function requeue(client: Querier, check: LeasedCheck): Promise<void> {
  const { rowCount } = await client.query(
    `UPDATE account_check SET state = 'QUEUED', enqueued_at = now(), lease_token = NULL, lease_until = NULL
     WHERE id = $1 AND lease_token = $2`,
    [check.id, check.leaseToken],
  );
  if (rowCount !== 1) throw new LeaseLostError(`Check ${check.id}`);
}

/** Sets the account's `sync_status`, unless a sync is about to. The account is locked by the caller. */
async function recordStatus(
  client: Querier,
  accountId: string,
  status: 'waiting' | 'success' | 'failed',
  failure: string,
): Promise<void> {
  const { rowCount } = await client.query(
    `SELECT 1 FROM sync_run WHERE account_id = $1 AND mode = 'sync' AND state = ANY($2)`,
    [accountId, ACTIVE_RUN_STATES],
  );
  if (rowCount === 0) await setSyncStatus(client, accountId, status, failure);
}
