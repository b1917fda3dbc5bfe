-- What an account's settings leave out is known to be unknown.
ALTER TABLE "coverage" DROP CONSTRAINT "coverage_attempt_outcome";
ALTER TABLE "coverage" ADD CONSTRAINT "coverage_attempt_outcome"
    CHECK ("attempt_outcome" IN ('complete', 'held', 'failed', 'denied', 'skipped', 'cancelled', 'excluded'));

-- Of a check that succeeded, too: what is odd about it.
ALTER TABLE "account_check" RENAME COLUMN "error_message" TO "message";
