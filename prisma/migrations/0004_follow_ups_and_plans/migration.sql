-- A run may wait for the account's active one to end: PENDING. At most one of each mode does.
ALTER TABLE "sync_run" DROP CONSTRAINT "sync_run_state";
ALTER TABLE "sync_run" ADD CONSTRAINT "sync_run_state"
    CHECK ("state" IN ('PENDING', 'QUEUED', 'RUNNING', 'SUCCEEDED', 'PARTIAL', 'FAILED', 'CANCELLED'));

-- What a sync does with what it lists: write it, or only say what it would write.
ALTER TABLE "sync_task" ADD COLUMN "mode" TEXT NOT NULL DEFAULT 'sync';
ALTER TABLE "sync_run" ADD COLUMN "mode" TEXT NOT NULL DEFAULT 'sync';
ALTER TABLE "sync_unit" ADD COLUMN "mode" TEXT NOT NULL DEFAULT 'sync';
ALTER TABLE "sync_task" ADD CONSTRAINT "sync_task_mode" CHECK ("mode" IN ('sync', 'plan'));
ALTER TABLE "sync_run" ADD CONSTRAINT "sync_run_mode" CHECK ("mode" IN ('sync', 'plan'));
ALTER TABLE "sync_unit" ADD CONSTRAINT "sync_unit_mode" CHECK ("mode" IN ('sync', 'plan'));

CREATE UNIQUE INDEX "sync_run_pending" ON "sync_run" ("account_id", "mode") WHERE "state" = 'PENDING';

CREATE TABLE "sync_plan_item" (
    "unit_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "native_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "patch" JSONB,

    CONSTRAINT "sync_plan_item_pkey" PRIMARY KEY ("unit_id", "kind", "position")
);
ALTER TABLE "sync_plan_item" ADD CONSTRAINT "sync_plan_item_unit_id_fkey"
    FOREIGN KEY ("unit_id") REFERENCES "sync_unit"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "sync_plan_item" ADD CONSTRAINT "sync_plan_item_kind"
    CHECK ("kind" IN ('create', 'update', 'restore', 'delete'));
