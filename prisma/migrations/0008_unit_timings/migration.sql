-- Where a unit's time went, in milliseconds, over all attempts and workers. The first group is measured by
-- the workers, the second by this database from one attempt to the next.
ALTER TABLE "sync_unit" ADD COLUMN "vendor_ms" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "sync_unit" ADD COLUMN "quota_ms" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "sync_unit" ADD COLUMN "normalizing_ms" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "sync_unit" ADD COLUMN "sql_ms" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "sync_unit" ADD COLUMN "throttled_ms" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "sync_unit" ADD COLUMN "back_off_ms" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "sync_unit" ADD COLUMN "slot_ms" BIGINT NOT NULL DEFAULT 0;

-- Since when, and for what, it waits while no worker has it.
ALTER TABLE "sync_unit" ADD COLUMN "waiting_since" TIMESTAMPTZ(3);
ALTER TABLE "sync_unit" ADD COLUMN "waiting_for" TEXT;
ALTER TABLE "sync_unit" ADD CONSTRAINT "sync_unit_waiting_for"
    CHECK ("waiting_for" IN ('quota', 'throttled', 'back-off', 'slot'));
