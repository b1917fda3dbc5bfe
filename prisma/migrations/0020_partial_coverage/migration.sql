-- A listing that broke off after some of its pages were committed is 'partial' in the ledger.
ALTER TABLE "coverage" DROP CONSTRAINT "coverage_attempt_outcome";
ALTER TABLE "coverage" ADD CONSTRAINT "coverage_attempt_outcome"
    CHECK ("attempt_outcome" IN ('complete', 'held', 'partial', 'failed', 'denied', 'skipped', 'cancelled'));
