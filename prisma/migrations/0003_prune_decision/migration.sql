-- Who decided about a held prune, when, and how. Null until somebody did.
ALTER TABLE "sync_unit" ADD COLUMN "prune_decision" TEXT;
ALTER TABLE "sync_unit" ADD COLUMN "prune_decided_by" UUID;
ALTER TABLE "sync_unit" ADD COLUMN "prune_decided_at" TIMESTAMPTZ(3);
ALTER TABLE "sync_unit" ADD CONSTRAINT "sync_unit_prune_decision"
    CHECK ("prune_decision" IN ('approve', 'reject'));
