import { v7 as uuidv7 } from 'uuid';

import type { Timetable, Timing } from '#domain';

import type { Querier } from '../database.js';
import { databaseTime } from './database-time.js';
import { timingColumns } from './schedule-row.js';

/** When an account is to be synced by its settings; without a timing: when somebody asks. */
export interface SettingsSchedule {
  timing: Timing | undefined;
  timetable: Timetable;
}

/**
 * Makes an account's schedule what its settings say. One that stays as it is keeps its next time; one that is paused
 * stays paused. To be called before the account is locked: who starts what is due locks in this order, too.
 */
export async function keepSettingsSchedule(
  client: Querier,
  account: { id: string; tenantId: string },
  { timing, timetable }: SettingsSchedule,
): Promise<void> {
  if (timing === undefined) {
    await client.query('DELETE FROM schedule WHERE account_id = $1 AND tenant_id = $2 AND from_settings', [
      account.id,
      account.tenantId,
    ]);
    return;
  }
  const now = await databaseTime(client);
  const { dueAt, runAt } = timetable(timing, { after: now, anchor: now });
  await client.query(
    `INSERT INTO schedule AS s (id, tenant_id, vendor, account_id, from_settings, cron, interval_seconds, time_zone,
       jitter_seconds, due_at, next_run_at)
     SELECT $1, tenant_id, vendor, id, true, $4, $5, $6, $7, $8, $9 FROM vendor_account
     WHERE id = $2 AND tenant_id = $3 AND removed_at IS NULL
     ON CONFLICT (account_id) WHERE from_settings DO UPDATE SET cron = excluded.cron,
       interval_seconds = excluded.interval_seconds, time_zone = excluded.time_zone,
       jitter_seconds = excluded.jitter_seconds, updated_at = now(), due_at = excluded.due_at,
       next_run_at = CASE WHEN s.paused_at IS NULL THEN excluded.next_run_at END
     WHERE (s.cron, s.interval_seconds, s.time_zone, s.jitter_seconds) IS DISTINCT FROM
       (excluded.cron, excluded.interval_seconds, excluded.time_zone, excluded.jitter_seconds)`,
    [uuidv7(), account.id, account.tenantId, ...timingColumns(timing), dueAt, runAt],
  );
}
