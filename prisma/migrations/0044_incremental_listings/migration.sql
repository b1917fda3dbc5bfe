-- A run that lists all, because who asked for it wants that; what nobody asked for in particular may list what has changed.
ALTER TABLE "sync_run" ADD COLUMN "lists_all" BOOLEAN NOT NULL DEFAULT false;

-- From when on a unit lists what has changed; null: it lists all. When its listing began, by the vendor's clock, and
-- on what beside the vendor its rows depend: the account's version and Muster's.
ALTER TABLE "sync_unit" ADD COLUMN "changed_since" TIMESTAMPTZ(3);
ALTER TABLE "sync_unit" ADD COLUMN "listed_at" TIMESTAMPTZ(3);
ALTER TABLE "sync_unit" ADD COLUMN "listed_by" TEXT;

-- What a page of such a unit named as deleted. By native id: a hash that two ids share must not delete one for the other.
ALTER TABLE "sync_unit_page" ADD COLUMN "gone" TEXT[];

-- What the next listing of the cell may build on; and when what had changed was last listed, how many times in a row.
ALTER TABLE "coverage" ADD COLUMN "listed_at" TIMESTAMPTZ(3);
ALTER TABLE "coverage" ADD COLUMN "listed_by" TEXT;
ALTER TABLE "coverage" ADD COLUMN "changes_at" TIMESTAMPTZ(3);
ALTER TABLE "coverage" ADD COLUMN "changes_in_a_row" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "coverage" DROP CONSTRAINT "coverage_attempt_outcome";
ALTER TABLE "coverage" ADD CONSTRAINT "coverage_attempt_outcome"
    CHECK ("attempt_outcome" IN ('complete', 'incremental', 'held', 'partial', 'failed', 'denied', 'skipped', 'cancelled', 'excluded'));
