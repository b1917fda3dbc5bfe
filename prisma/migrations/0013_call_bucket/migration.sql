-- The calls that an account may make of one API of its vendor, shared by all workers (libs/domain
-- call-bucket). Unlogged: it is written some times a second, and a crash may well empty it. What is lost is
-- how slow to go, which the vendor then teaches again.
CREATE UNLOGGED TABLE "call_bucket" (
    "account_id" UUID NOT NULL,
    "api" TEXT NOT NULL,
    "rate" DOUBLE PRECISION,
    "learned_rate" DOUBLE PRECISION,
    "full_at" TIMESTAMPTZ(6) NOT NULL,
    "closed_until" TIMESTAMPTZ(6) NOT NULL,
    "throttled_at" TIMESTAMPTZ(6),
    "raised_at" TIMESTAMPTZ(6) NOT NULL,
    "recent_calls" DOUBLE PRECISION NOT NULL,
    "counted_at" TIMESTAMPTZ(6) NOT NULL,
    "counted_since" TIMESTAMPTZ(6) NOT NULL,
    "version" BIGINT NOT NULL,

    CONSTRAINT "call_bucket_pkey" PRIMARY KEY ("account_id","api")
);

ALTER TABLE "call_bucket" ADD CONSTRAINT "call_bucket_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "vendor_account"("id") ON DELETE CASCADE ON UPDATE CASCADE;
