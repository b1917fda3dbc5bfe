-- Receivers of a tenant's events, how far each has been told, and what could not be delivered.
CREATE TABLE "webhook" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "types" TEXT[],
    "sealed_secret" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "paused_at" TIMESTAMPTZ(3),
    "told_transaction_id" xid8 NOT NULL,
    "told_id" BIGINT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lease_token" UUID,
    "lease_until" TIMESTAMPTZ(3),
    "delivered_at" TIMESTAMPTZ(3),
    "failed_at" TIMESTAMPTZ(3),
    "failure" TEXT,

    CONSTRAINT "webhook_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "webhook_dead_letter" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "webhook_id" UUID NOT NULL,
    "message_id" TEXT NOT NULL,
    "message" JSONB NOT NULL,
    "attempts" INTEGER NOT NULL,
    "failure" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "replay_at" TIMESTAMPTZ(3),

    CONSTRAINT "webhook_dead_letter_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "webhook_tenant_id_id_idx" ON "webhook"("tenant_id", "id");
CREATE INDEX "webhook_next_attempt_at_idx" ON "webhook"("next_attempt_at");
CREATE INDEX "webhook_dead_letter_webhook_id_id_idx" ON "webhook_dead_letter"("webhook_id", "id");
CREATE INDEX "webhook_dead_letter_at_idx" ON "webhook_dead_letter"("at");
ALTER TABLE "webhook_dead_letter" ADD CONSTRAINT "webhook_dead_letter_webhook_id_fkey" FOREIGN KEY ("webhook_id")
    REFERENCES "webhook"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- As migration 0019 says.
GRANT SELECT, INSERT, UPDATE, DELETE ON "webhook", "webhook_dead_letter" TO muster_tenant;
ALTER TABLE "webhook" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "webhook" TO muster_tenant USING ("tenant_id" = current_setting('muster.tenant_id')::uuid);
ALTER TABLE "webhook_dead_letter" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "webhook_dead_letter" TO muster_tenant USING ("tenant_id" = current_setting('muster.tenant_id')::uuid);
