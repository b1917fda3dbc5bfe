-- What a removed tombstone's changes are still about, until they are gone as well.
CREATE TABLE "former_resource" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "resource_type" TEXT NOT NULL,
    "native_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "deleted_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "former_resource_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "former_resource_deleted_at_idx" ON "former_resource"("deleted_at");

-- Tombstones by age, for their retention, and by the unit that is their evidence, for the undoing of its
-- prune. Live rows are in neither, so the bulk path pays nothing for them.
CREATE INDEX "resource_tombstones" ON "resource" ("deleted_at") WHERE "deleted_at" IS NOT NULL;
CREATE INDEX "resource_pruned" ON "resource" ("deleted_by_unit_id") WHERE "deleted_by_unit_id" IS NOT NULL;

-- Who undid a unit's prune, when, and how many resources that brought back. Null until somebody did.
ALTER TABLE "sync_unit" ADD COLUMN "prune_undone_by" UUID;
ALTER TABLE "sync_unit" ADD COLUMN "prune_undone_at" TIMESTAMPTZ(3);
ALTER TABLE "sync_unit" ADD COLUMN "prune_restored" INTEGER;
