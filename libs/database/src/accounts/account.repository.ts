import { v7 as uuidv7 } from 'uuid';

import type { Vendor } from '#domain';

import type { Database } from '../database.js';
import type { Prisma } from '../generated/client.js';
import { type VendorAccount } from '../generated/client.js';
import { appendEvent } from '../outbox/append-event.js';
import { writeChanges } from '../outbox/write-changes.js';
import { keepSettingsSchedule, type SettingsSchedule } from '../schedules/settings-schedule.js';
import type { RunRepository } from '../sync/run.repository.js';

export interface NewAccount {
  tenantId: string;
  vendor: Vendor;
  accountId: string;
  accountName: string;
  ak: string;
  settings: object;
  /** When it is synced by itself. */
  schedule?: SettingsSchedule;
  /** For how long a source that posts its pages by itself may post nothing; absent where workers list. */
  pushTimeoutSeconds?: number | undefined;
  /** Seals the secret for the id that the account gets. */
  sealSk: (id: string) => Promise<Uint8Array<ArrayBuffer>>;
}

/** What may change; what is absent stays. Vendor and account_id are an account's identity and do not. */
export interface AccountChanges {
  accountName?: string;
  ak?: string;
  sealedSk?: Uint8Array<ArrayBuffer>;
  settings?: object;
  /** When it is synced by itself; goes with the settings. */
  schedule?: SettingsSchedule;
  /** Goes with the settings, too. */
  pushTimeoutSeconds?: number | undefined;
}

/** An account with its sealed secret. */
export type SealedAccount = VendorAccount;

/** An account as lists show it: never its secret. */
export type Account = Omit<VendorAccount, 'sealedSk' | 'clearedAt'>;

export interface AccountFilter {
  vendor?: string;
  accountId?: string;
  accountName?: string;
}

/** Where a list starts: after an id, or after a number of rows. With both, the marker wins. */
export interface ListWindow {
  limit: number;
  offset: number;
  marker?: string;
}

const WITHOUT_SECRET = { sealedSk: true, clearedAt: true } as const;

/** Vendor accounts. A removed account is gone from every list, but its row stays until it is cleared. */
export class AccountRepository {
  constructor(
    private readonly database: Database,
    private readonly runs: RunRepository,
  ) {}

  /** Adds an account. Returns its id, or undefined when the tenant already has one with this identity. */
  async create({ sealSk, schedule, ...account }: NewAccount): Promise<string | undefined> {
    const id = uuidv7();
    const sealedSk = await sealSk(id);
    const { tenantId, vendor, accountId, accountName, ak, settings, pushTimeoutSeconds = null } = account;
    return this.database.transaction(async (client) => {
      const { rowCount } = await client.query(
        `INSERT INTO vendor_account (id, tenant_id, vendor, account_id, account_name, ak, sealed_sk, settings,
           push_timeout_seconds)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`,
        [id, tenantId, vendor, accountId, accountName, ak, sealedSk, settings, pushTimeoutSeconds],
      );
      if (rowCount !== 1) return undefined;
      if (schedule !== undefined) await keepSettingsSchedule(client, { id, tenantId }, schedule);
      return id;
    });
  }

  /**
   * Changes an account. False when the tenant has no such account. Its `update_time` goes forward with every
   * change, whatever clock is wrong: by it workers know that a connection they have is of before.
   */
  async update(tenantId: string, id: string, changes: AccountChanges): Promise<boolean> {
    const { accountName, ak, sealedSk, settings, schedule, pushTimeoutSeconds = null } = changes;
    return this.database.transaction(async (client) => {
      if (schedule !== undefined) await keepSettingsSchedule(client, { id, tenantId }, schedule);
      const { rowCount } = await client.query(
        `UPDATE vendor_account SET account_name = coalesce($3, account_name), ak = coalesce($4, ak),
         sealed_sk = coalesce($5, sealed_sk), settings = coalesce($6::jsonb, settings),
         push_timeout_seconds = CASE WHEN $6::jsonb IS NULL THEN push_timeout_seconds ELSE $7::int END,
         update_time = greatest(now(), update_time + interval '1 millisecond')
       WHERE tenant_id = $1 AND id = $2 AND removed_at IS NULL`,
        [
          tenantId,
          id,
          accountName ?? null,
          ak ?? null,
          sealedSk ?? null,
          settings ?? null,
          pushTimeoutSeconds,
        ],
      );
      return rowCount === 1;
    });
  }

  /** An account of a tenant, without its secret. */
  async find(tenantId: string, id: string): Promise<Account | undefined> {
    const account = await this.database.prisma.vendorAccount.findFirst({
      where: { id, tenantId, removedAt: null },
      omit: WITHOUT_SECRET,
    });
    return account ?? undefined;
  }

  /** A page of a tenant's accounts, oldest first, and how many match in all. */
  async list(
    tenantId: string,
    filter: AccountFilter,
    window: ListWindow,
  ): Promise<{ accounts: Account[]; total: number }> {
    const where: Prisma.VendorAccountWhereInput = { tenantId, removedAt: null, ...filter };
    const [total, accounts] = await Promise.all([
      this.database.prisma.vendorAccount.count({ where }),
      this.database.prisma.vendorAccount.findMany({
        where: window.marker === undefined ? where : { ...where, id: { gt: window.marker } },
        omit: WITHOUT_SECRET,
        orderBy: { id: 'asc' },
        take: window.limit,
        skip: window.marker === undefined ? window.offset : 0,
      }),
    ]);
    return { accounts, total };
  }

  /** What a tenant is called. */
  async tenantNameOf({ tenantId }: Pick<Account, 'tenantId'>): Promise<string> {
    const tenant = await this.database.prisma.tenant.findUniqueOrThrow({ where: { id: tenantId } });
    return tenant.name;
  }

  /** An account with its sealed secret, for the engine. Undefined when it is removed. */
  async findForSync(id: string): Promise<SealedAccount | undefined> {
    const account = await this.database.prisma.vendorAccount.findFirst({ where: { id, removedAt: null } });
    return account ?? undefined;
  }

  /**
   * Removes an account: it disappears from lists and its active sync is cancelled, at once. Its resources
   * are then tombstoned by {@link clearRemoved}. False when the tenant has no such account.
   */
  async remove(tenantId: string, id: string): Promise<boolean> {
    return this.database.transaction(async (client) => {
      await client.query('DELETE FROM schedule WHERE account_id = $1 AND tenant_id = $2', [id, tenantId]);
      const { rowCount } = await client.query(
        `UPDATE vendor_account SET removed_at = now(), update_time = now()
         WHERE id = $1 AND tenant_id = $2 AND removed_at IS NULL`,
        [id, tenantId],
      );
      if (rowCount !== 1) return false;
      await client.query('DELETE FROM account_check WHERE account_id = $1', [id]);
      await client.query('DELETE FROM account_document WHERE account_id = $1', [id]);
      await this.runs.cancelAccount(client, id);
      return true;
    });
  }

  /**
   * Tombstones one batch of a removed account's resources, with a change event for each, and destroys its
   * secret. Returns whether there is nothing left to do for any removed account.
   */
  async clearRemoved(batchRows: number): Promise<boolean> {
    return this.database.transaction(async (client) => {
      const { rows } = await client.query<{ accountId: string; tenantId: string; vendor: Vendor }>(
        `SELECT id AS "accountId", tenant_id AS "tenantId", vendor FROM vendor_account
         WHERE removed_at IS NOT NULL AND cleared_at IS NULL
         ORDER BY removed_at LIMIT 1 FOR UPDATE SKIP LOCKED`,
      );
      const [account] = rows;
      if (account === undefined) return true;
      const { accountId, tenantId, vendor } = account;
      const cleared = await writeChanges(
        client,
        { tenantId, owner: { accountId, vendor, taskId: null, unitId: null, resourceType: null } },
        {
          text: `WITH batch AS (
             SELECT id FROM resource WHERE account_id = $1 AND deleted_at IS NULL LIMIT $2
           ), tombstoned AS (
             UPDATE resource SET deleted_at = now(), changed_at = now() WHERE id IN (SELECT id FROM batch)
             RETURNING id, tenant_id, content_hash
           ), recorded AS (
             INSERT INTO resource_change (tenant_id, resource_id, kind, before_hash)
             SELECT tenant_id, id, 'DELETED', content_hash FROM tombstoned RETURNING id)`,
          values: [accountId, batchRows],
        },
        (deleted) => ({ deleted }),
      );
      if (cleared < batchRows) {
        await client.query('DELETE FROM call_bucket WHERE account_id = $1', [accountId]);
        await client.query(
          `UPDATE vendor_account SET cleared_at = now(), sealed_sk = '', ak = '' WHERE id = $1`,
          [accountId],
        );
        await appendEvent(client, tenantId, { type: 'account.cleared', payload: { accountId, vendor } });
      }
      return false;
    });
  }
}
