-- An account whose source posts its pages by itself: for how long it may post nothing before its sync is given up.
ALTER TABLE "vendor_account" ADD COLUMN "push_timeout_seconds" INTEGER;
ALTER TABLE "vendor_account" ADD CONSTRAINT "vendor_account_push_timeout" CHECK ("push_timeout_seconds" > 0);

-- A run that takes pages from its source. As long as it does it is RUNNING, has no lease, and is no worker's.
ALTER TABLE "sync_run" ADD COLUMN "pushed" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "sync_run" ADD COLUMN "pages_until" TIMESTAMPTZ(3);
ALTER TABLE "sync_run" ADD CONSTRAINT "sync_run_pages_until"
    CHECK ("pages_until" IS NULL OR ("pushed" AND "state" = 'RUNNING' AND "planned_at" IS NOT NULL));
CREATE INDEX "sync_run_abandoned" ON "sync_run"("pages_until") WHERE "pages_until" IS NOT NULL;

-- What a pushed page was, so that one that comes again is known.
ALTER TABLE "sync_unit_page" ADD COLUMN "digest" BYTEA;
