-- What operators watch (docs/metrics.md): how old each account's last full sync is, what waits, what has ended.

-- When a sync of all of the account succeeded last. It is written where sync_status is.
ALTER TABLE "vendor_account" ADD COLUMN "last_success_at" TIMESTAMPTZ(3);
UPDATE "vendor_account" SET "last_success_at" = (
    SELECT max("finished_at") FROM "sync_run"
    WHERE "account_id" = "vendor_account"."id" AND "mode" = 'sync' AND "state" = 'SUCCEEDED');

-- The stalest accounts first.
CREATE INDEX "vendor_account_staleness" ON "vendor_account" ((coalesce("last_success_at", "create_time")))
    WHERE "removed_at" IS NULL;
-- What the queue holds: runs to plan, units that were handed out, checks.
CREATE INDEX "sync_run_unplanned" ON "sync_run" ("vendor")
    WHERE "state" IN ('QUEUED', 'RUNNING') AND "planned_at" IS NULL;
CREATE INDEX "sync_unit_handed_out" ON "sync_unit" ("vendor")
    WHERE "state" IN ('QUEUED', 'WAITING') AND "enqueued_at" IS NOT NULL;
CREATE INDEX "account_check_open" ON "account_check" ("vendor") WHERE "state" <> 'DONE';
-- What has ended lately.
CREATE INDEX "sync_task_ended" ON "sync_task" ("finished_at") WHERE "finished_at" IS NOT NULL;

-- The last figures, which one process takes for all. Lost with a crash of Postgres, and taken again. Of all tenants, so
-- hidden from each of them: without a policy, row-level security shows nothing.
CREATE UNLOGGED TABLE "fleet_snapshot" (
    "id" SMALLINT NOT NULL,
    "taken_at" TIMESTAMPTZ(3) NOT NULL,
    "figures" JSONB NOT NULL,

    CONSTRAINT "fleet_snapshot_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "fleet_snapshot_one" CHECK ("id" = 1)
);
ALTER TABLE "fleet_snapshot" ENABLE ROW LEVEL SECURITY;
