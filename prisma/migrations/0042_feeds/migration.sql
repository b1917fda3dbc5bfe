-- A tenant's events, and those of a task, in the order in which they are read.
CREATE INDEX "outbox_event_tenant_id_transaction_id_id_idx" ON "outbox_event"("tenant_id", "transaction_id", "id");
CREATE INDEX "outbox_event_task_idx" ON "outbox_event"(("payload" ->> 'taskId'), "transaction_id", "id");

-- The last event that was removed because of its age: who had not read that far has missed some.
CREATE TABLE "outbox_horizon" (
    "only" BOOLEAN NOT NULL DEFAULT true,
    "transaction_id" xid8 NOT NULL,
    "id" BIGINT NOT NULL,
    CONSTRAINT "outbox_horizon_pkey" PRIMARY KEY ("only"),
    CONSTRAINT "outbox_horizon_only_one" CHECK ("only")
);
INSERT INTO "outbox_horizon" ("transaction_id", "id") VALUES ('0', 0);
GRANT SELECT ON "outbox_horizon" TO muster_tenant;

-- Hides in the markers of a tenant's feeds how much happens at others.
ALTER TABLE "tenant" ADD COLUMN "feed_key" UUID NOT NULL DEFAULT gen_random_uuid();

ALTER TABLE "sync_unit" ADD COLUMN "vendor_calls" INTEGER NOT NULL DEFAULT 0;
