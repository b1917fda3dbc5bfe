-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "tenant" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "tenant_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_credential" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "key_hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_credential_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "vendor_account" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "vendor" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "account_name" TEXT NOT NULL,
    "ak" TEXT NOT NULL,
    "sealed_sk" BYTEA NOT NULL,
    "settings" JSONB NOT NULL DEFAULT '{}',
    "sync_status" TEXT NOT NULL DEFAULT 'waiting',
    "failure_msg" TEXT NOT NULL DEFAULT '',
    "sync_date" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "create_time" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "update_time" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "removed_at" TIMESTAMPTZ(3),
    "cleared_at" TIMESTAMPTZ(3),

    CONSTRAINT "vendor_account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sync_task" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "vendor" TEXT NOT NULL,
    "account_filter" TEXT,
    "trigger" TEXT NOT NULL,
    "requested_by" UUID,
    "state" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "sync_task_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sync_run" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "task_id" UUID NOT NULL,
    "vendor" TEXT NOT NULL,
    "account_id" UUID NOT NULL,
    "state" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3),
    "enqueued_at" TIMESTAMPTZ(3),
    "lease_token" UUID,
    "lease_until" TIMESTAMPTZ(3),
    "planned_at" TIMESTAMPTZ(3),
    "error_kind" TEXT,
    "error_code" TEXT,
    "error_message" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "sync_run_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sync_task_run" (
    "task_id" UUID NOT NULL,
    "run_id" UUID NOT NULL,

    CONSTRAINT "sync_task_run_pkey" PRIMARY KEY ("task_id","run_id")
);

-- CreateTable
CREATE TABLE "sync_unit" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "task_id" UUID NOT NULL,
    "run_id" UUID NOT NULL,
    "vendor" TEXT NOT NULL,
    "account_id" UUID NOT NULL,
    "scope_key" TEXT NOT NULL,
    "scope_name" TEXT NOT NULL,
    "resource_type" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "resume_at" TEXT,
    "pages" INTEGER NOT NULL DEFAULT 0,
    "seen" INTEGER NOT NULL DEFAULT 0,
    "created" INTEGER NOT NULL DEFAULT 0,
    "updated" INTEGER NOT NULL DEFAULT 0,
    "unchanged" INTEGER NOT NULL DEFAULT 0,
    "deleted" INTEGER NOT NULL DEFAULT 0,
    "held_deletes" INTEGER NOT NULL DEFAULT 0,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3),
    "enqueued_at" TIMESTAMPTZ(3),
    "lease_token" UUID,
    "lease_until" TIMESTAMPTZ(3),
    "error_kind" TEXT,
    "error_code" TEXT,
    "error_message" TEXT,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "sync_unit_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sync_unit_page" (
    "unit_id" UUID NOT NULL,
    "page_number" INTEGER NOT NULL,
    "seen" BIGINT[],

    CONSTRAINT "sync_unit_page_pkey" PRIMARY KEY ("unit_id","page_number")
);

-- CreateTable
CREATE TABLE "coverage" (
    "account_id" UUID NOT NULL,
    "scope_key" TEXT NOT NULL,
    "resource_type" TEXT NOT NULL,
    "tenant_id" UUID NOT NULL,
    "scope_name" TEXT NOT NULL,
    "complete_at" TIMESTAMPTZ(3),
    "complete_task_id" UUID,
    "complete_rows" INTEGER,
    "attempt_at" TIMESTAMPTZ(3) NOT NULL,
    "attempt_task_id" UUID NOT NULL,
    "attempt_outcome" TEXT NOT NULL,

    CONSTRAINT "coverage_pkey" PRIMARY KEY ("account_id","scope_key","resource_type")
);

-- CreateTable
CREATE TABLE "resource" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "vendor" TEXT NOT NULL,
    "resource_type" TEXT NOT NULL,
    "scope_key" TEXT NOT NULL,
    "native_id" TEXT NOT NULL,
    "native_hash" BIGINT NOT NULL,
    "name" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "native_status" TEXT,
    "region_id" TEXT NOT NULL,
    "zone_id" TEXT,
    "addresses" TEXT[],
    "tags" JSONB NOT NULL,
    "properties" JSONB NOT NULL,
    "relations" JSONB NOT NULL,
    "content_hash" BYTEA NOT NULL,
    "vendor_created_at" TIMESTAMPTZ(3),
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "changed_by_task_id" UUID NOT NULL,
    "deleted_at" TIMESTAMPTZ(3),
    "deleted_by_unit_id" UUID,

    CONSTRAINT "resource_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "resource_change" (
    "id" BIGSERIAL NOT NULL,
    "tenant_id" UUID NOT NULL,
    "resource_id" UUID NOT NULL,
    "task_id" UUID,
    "unit_id" UUID,
    "kind" TEXT NOT NULL,
    "before_hash" BYTEA,
    "after_hash" BYTEA,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "resource_change_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "tenant_name_key" ON "tenant"("name");

-- CreateIndex
CREATE UNIQUE INDEX "api_credential_key_hash_key" ON "api_credential"("key_hash");

-- CreateIndex
CREATE UNIQUE INDEX "api_credential_tenant_id_name_key" ON "api_credential"("tenant_id", "name");

-- CreateIndex
CREATE INDEX "vendor_account_tenant_id_id_idx" ON "vendor_account"("tenant_id", "id");

-- CreateIndex
CREATE INDEX "sync_task_tenant_id_id_idx" ON "sync_task"("tenant_id", "id");

-- CreateIndex
CREATE INDEX "sync_run_account_id_idx" ON "sync_run"("account_id");

-- CreateIndex
CREATE INDEX "sync_task_run_run_id_idx" ON "sync_task_run"("run_id");

-- CreateIndex
CREATE INDEX "sync_unit_task_id_idx" ON "sync_unit"("task_id");

-- CreateIndex
CREATE INDEX "sync_unit_account_id_scope_key_resource_type_idx" ON "sync_unit"("account_id", "scope_key", "resource_type");

-- CreateIndex
CREATE UNIQUE INDEX "sync_unit_run_id_scope_key_resource_type_key" ON "sync_unit"("run_id", "scope_key", "resource_type");

-- CreateIndex
CREATE UNIQUE INDEX "resource_identity" ON "resource"("account_id", "resource_type", "scope_key", "native_id");

-- CreateIndex
CREATE INDEX "resource_change_resource_id_at_idx" ON "resource_change"("resource_id", "at");

-- CreateIndex
CREATE INDEX "resource_change_task_id_idx" ON "resource_change"("task_id");

-- AddForeignKey
ALTER TABLE "api_credential" ADD CONSTRAINT "api_credential_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "vendor_account" ADD CONSTRAINT "vendor_account_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sync_task" ADD CONSTRAINT "sync_task_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sync_run" ADD CONSTRAINT "sync_run_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "vendor_account"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sync_task_run" ADD CONSTRAINT "sync_task_run_task_id_fkey" FOREIGN KEY ("task_id") REFERENCES "sync_task"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sync_task_run" ADD CONSTRAINT "sync_task_run_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "sync_run"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sync_unit" ADD CONSTRAINT "sync_unit_task_id_fkey" FOREIGN KEY ("task_id") REFERENCES "sync_task"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sync_unit" ADD CONSTRAINT "sync_unit_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "sync_run"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sync_unit_page" ADD CONSTRAINT "sync_unit_page_unit_id_fkey" FOREIGN KEY ("unit_id") REFERENCES "sync_unit"("id") ON DELETE CASCADE ON UPDATE CASCADE;


-- What Prisma cannot express --------------------------------------------------------------------------

-- An account is unique among those that exist: a removed one may be added again.
CREATE UNIQUE INDEX "vendor_account_identity" ON "vendor_account" ("tenant_id", "vendor", "account_id")
    WHERE "removed_at" IS NULL;
CREATE INDEX "vendor_account_to_clear" ON "vendor_account" ("removed_at")
    WHERE "removed_at" IS NOT NULL AND "cleared_at" IS NULL;

-- One active sync per account.
CREATE UNIQUE INDEX "sync_run_active" ON "sync_run" ("account_id") WHERE "state" IN ('QUEUED', 'RUNNING');

-- What the reconciler looks through: only what isn't finished.
CREATE INDEX "sync_task_open" ON "sync_task" ("tenant_id", "vendor") WHERE "state" IN ('QUEUED', 'RUNNING');
CREATE INDEX "sync_unit_open" ON "sync_unit" ("run_id", "position")
    WHERE "state" IN ('QUEUED', 'RUNNING', 'WAITING');

-- Listings: keyset paging on id within tenant and vendor, with and without a type.
CREATE INDEX "resource_list" ON "resource" ("tenant_id", "vendor", "id") WHERE "deleted_at" IS NULL;
CREATE INDEX "resource_list_by_type" ON "resource" ("tenant_id", "vendor", "resource_type", "id")
    WHERE "deleted_at" IS NULL;

ALTER TABLE "vendor_account" ADD CONSTRAINT "vendor_account_sync_status"
    CHECK ("sync_status" IN ('waiting', 'running', 'success', 'failed'));
ALTER TABLE "sync_task" ADD CONSTRAINT "sync_task_state"
    CHECK ("state" IN ('QUEUED', 'RUNNING', 'SUCCEEDED', 'PARTIAL', 'FAILED', 'CANCELLED'));
ALTER TABLE "sync_run" ADD CONSTRAINT "sync_run_state"
    CHECK ("state" IN ('QUEUED', 'RUNNING', 'SUCCEEDED', 'PARTIAL', 'FAILED', 'CANCELLED'));
ALTER TABLE "sync_unit" ADD CONSTRAINT "sync_unit_state"
    CHECK ("state" IN ('QUEUED', 'RUNNING', 'WAITING', 'SUCCEEDED', 'PRUNE_HELD', 'SKIPPED', 'FAILED', 'CANCELLED'));
ALTER TABLE "coverage" ADD CONSTRAINT "coverage_attempt_outcome"
    CHECK ("attempt_outcome" IN ('complete', 'held', 'failed', 'denied', 'skipped', 'cancelled'));
ALTER TABLE "resource_change" ADD CONSTRAINT "resource_change_kind"
    CHECK ("kind" IN ('CREATED', 'UPDATED', 'DELETED', 'RESTORED'));
