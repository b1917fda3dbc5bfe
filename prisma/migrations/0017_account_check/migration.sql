-- The last check of an account's credentials, or the one that is wanted: one row an account, so that those
-- who ask together get one answer, and a wrong password is tried once.
CREATE TABLE "account_check" (
    "account_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "vendor" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "recorded" BOOLEAN NOT NULL,
    "requested_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "enqueued_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lease_token" UUID,
    "lease_until" TIMESTAMPTZ(3),
    "account_version" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "scopes" JSONB,
    "error_kind" TEXT,
    "error_code" TEXT,
    "error_message" TEXT,

    CONSTRAINT "account_check_pkey" PRIMARY KEY ("account_id")
);
CREATE UNIQUE INDEX "account_check_id_key" ON "account_check"("id");
ALTER TABLE "account_check" ADD CONSTRAINT "account_check_account_id_fkey"
    FOREIGN KEY ("account_id") REFERENCES "vendor_account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "account_check" ADD CONSTRAINT "account_check_state" CHECK ("state" IN ('QUEUED', 'RUNNING', 'DONE'));
ALTER TABLE "account_check" ADD CONSTRAINT "account_check_lease"
    CHECK (("state" = 'RUNNING') = ("lease_token" IS NOT NULL) AND ("lease_token" IS NULL) = ("lease_until" IS NULL));
-- Done is what has an outcome: the scopes that were found, or an error.
ALTER TABLE "account_check" ADD CONSTRAINT "account_check_outcome"
    CHECK (("state" = 'DONE') = ("finished_at" IS NOT NULL)
           AND num_nonnulls("scopes", "error_kind") = CASE WHEN "state" = 'DONE' THEN 1 ELSE 0 END);
