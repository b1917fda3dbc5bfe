-- What is to be told to others, written in the transaction that it tells of. Ordered by that transaction's
-- id, a consumer can read it without gaps (libs/database/src/outbox/outbox.repository.ts).
CREATE TABLE "outbox_event" (
    "id" BIGSERIAL NOT NULL,
    "tenant_id" UUID NOT NULL,
    "transaction_id" xid8 NOT NULL DEFAULT pg_current_xact_id(),
    "type" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "outbox_event_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "outbox_event_transaction_id_id_idx" ON "outbox_event"("transaction_id", "id");
-- For their retention.
CREATE INDEX "outbox_event_at_idx" ON "outbox_event"("at");

-- Changes by month (UTC), so that old ones go by dropping a table. The primary key serves the listing of a
-- resource's changes, and must have the partition key in it. A third index, on "id" alone, would cost a third
-- more writes and serve no query.
ALTER TABLE "resource_change" RENAME TO "resource_change_unpartitioned";
ALTER INDEX "resource_change_pkey" RENAME TO "resource_change_unpartitioned_pkey";
DROP INDEX "resource_change_resource_id_id_idx";
DROP INDEX "resource_change_task_id_id_idx";
ALTER TABLE "resource_change_unpartitioned" DROP CONSTRAINT "resource_change_kind";

CREATE TABLE "resource_change" (
    "id" BIGINT NOT NULL DEFAULT nextval('resource_change_id_seq'),
    "tenant_id" UUID NOT NULL,
    "resource_id" UUID NOT NULL,
    "task_id" UUID,
    "unit_id" UUID,
    "kind" TEXT NOT NULL,
    "before_hash" BYTEA,
    "after_hash" BYTEA,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "patch" JSONB,

    CONSTRAINT "resource_change_pkey" PRIMARY KEY ("resource_id", "id", "at"),
    CONSTRAINT "resource_change_kind" CHECK ("kind" IN ('CREATED', 'UPDATED', 'DELETED', 'RESTORED'))
) PARTITION BY RANGE ("at");
ALTER SEQUENCE "resource_change_id_seq" OWNED BY "resource_change"."id";
CREATE INDEX "resource_change_task_id_id_idx" ON "resource_change"("task_id", "id");

-- Takes what no month is there for, so that a write never fails: a clock that jumped, workers that were
-- stopped for months.
CREATE TABLE "resource_change_default" PARTITION OF "resource_change" DEFAULT;

-- A partition for this month, the next, and every month that has changes already. Workers make those to come
-- (libs/database/src/changes/change-partitions.ts), by the same rule for names and bounds.
DO $$
DECLARE
  month TIMESTAMP;
BEGIN
  FOR month IN
    SELECT date_trunc('month', at AT TIME ZONE 'UTC') FROM resource_change_unpartitioned
    UNION SELECT date_trunc('month', now() AT TIME ZONE 'UTC')
    UNION SELECT date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month'
  LOOP
    EXECUTE format('CREATE TABLE %I PARTITION OF resource_change FOR VALUES FROM (%L) TO (%L)',
      'resource_change_' || to_char(month, 'YYYY_MM'),
      to_char(month, 'YYYY-MM-DD') || ' 00:00:00+00',
      to_char(month + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00');
  END LOOP;
END
$$;

INSERT INTO "resource_change" SELECT * FROM "resource_change_unpartitioned";
DROP TABLE "resource_change_unpartitioned";
