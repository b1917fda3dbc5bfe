-- What came of requests with an Idempotency-Key, for a day.
CREATE TABLE "idempotency_key" (
    "credential_id" UUID NOT NULL,
    "key_hash" BYTEA NOT NULL,
    "tenant_id" UUID NOT NULL,
    "fingerprint" BYTEA NOT NULL,
    "token" UUID NOT NULL,
    "claimed_until" TIMESTAMPTZ(3) NOT NULL,
    "task_id" UUID,
    "status" INTEGER,
    "body" JSON,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_key_pkey" PRIMARY KEY ("credential_id", "key_hash")
);
CREATE INDEX "idempotency_key_created_at_idx" ON "idempotency_key"("created_at");
