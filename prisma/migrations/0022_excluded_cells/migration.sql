-- What an account's settings leave out is 'excluded' in the ledger: known to be unknown.
ALTER TABLE "coverage" DROP CONSTRAINT "coverage_attempt_outcome";
ALTER TABLE "coverage" ADD CONSTRAINT "coverage_attempt_outcome"
    CHECK ("attempt_outcome" IN ('complete', 'held', 'partial', 'failed', 'denied', 'skipped', 'cancelled', 'excluded'));
