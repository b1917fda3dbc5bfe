-- Schedules, their next time and what came of their times: the truth about them, whatever becomes of the queue.
CREATE TABLE "schedule" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "vendor" TEXT NOT NULL,
    "account_id" UUID,
    "cron" TEXT,
    "interval_seconds" INTEGER,
    "time_zone" TEXT NOT NULL,
    "jitter_seconds" INTEGER NOT NULL DEFAULT 0,
    "from_settings" BOOLEAN NOT NULL DEFAULT false,
    "created_by" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "paused_at" TIMESTAMPTZ(3),
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "next_run_at" TIMESTAMPTZ(3),

    CONSTRAINT "schedule_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "schedule_timing" CHECK (("cron" IS NULL) <> ("interval_seconds" IS NULL)),
    CONSTRAINT "schedule_paused" CHECK (("paused_at" IS NULL) = ("next_run_at" IS NOT NULL))
);

CREATE TABLE "schedule_run" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "schedule_id" UUID NOT NULL,
    "trigger" TEXT NOT NULL,
    "due_at" TIMESTAMPTZ(3),
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "outcome" TEXT NOT NULL,
    "reason" TEXT,
    "task_id" UUID,

    CONSTRAINT "schedule_run_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "schedule_run_trigger" CHECK ("trigger" IN ('due', 'manual')),
    CONSTRAINT "schedule_run_outcome" CHECK ("outcome" IN ('started', 'skipped', 'failed'))
);

CREATE INDEX "schedule_tenant_id_id_idx" ON "schedule"("tenant_id", "id");
CREATE INDEX "schedule_account_id_idx" ON "schedule"("account_id");
CREATE INDEX "schedule_next_run_at_idx" ON "schedule"("next_run_at");
CREATE INDEX "schedule_run_schedule_id_id_idx" ON "schedule_run"("schedule_id", "id");
CREATE INDEX "schedule_run_at_idx" ON "schedule_run"("at");

ALTER TABLE "schedule" ADD CONSTRAINT "schedule_account_id_fkey" FOREIGN KEY ("account_id")
    REFERENCES "vendor_account"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "schedule_run" ADD CONSTRAINT "schedule_run_schedule_id_fkey" FOREIGN KEY ("schedule_id")
    REFERENCES "schedule"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Asked for twice, a schedule is there once.
CREATE UNIQUE INDEX "schedule_identity" ON "schedule"("tenant_id", "vendor",
    coalesce("account_id"::text, ''), coalesce("cron", ''), coalesce("interval_seconds", 0), "time_zone")
    WHERE NOT "from_settings";
CREATE UNIQUE INDEX "schedule_of_settings" ON "schedule"("account_id") WHERE "from_settings";

-- As migration 0019 says.
GRANT SELECT, INSERT, UPDATE, DELETE ON "schedule", "schedule_run" TO muster_tenant;
ALTER TABLE "schedule" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "schedule" TO muster_tenant USING ("tenant_id" = current_setting('muster.tenant_id')::uuid);
ALTER TABLE "schedule_run" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "schedule_run" TO muster_tenant USING ("tenant_id" = current_setting('muster.tenant_id')::uuid);
