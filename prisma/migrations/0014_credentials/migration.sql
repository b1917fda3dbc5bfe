-- Credentials of several kinds, with policies, an end, and secrets of their own that can be rotated.
ALTER TABLE "api_credential"
    ADD COLUMN "kind" TEXT,
    ADD COLUMN "access_key" TEXT,
    ADD COLUMN "policy" JSONB,
    ADD COLUMN "parent_id" UUID,
    ADD COLUMN "expires_at" TIMESTAMPTZ(3),
    ADD COLUMN "last_used_at" TIMESTAMPTZ(3);

CREATE TABLE "credential_secret" (
    "id" UUID NOT NULL,
    "credential_id" UUID NOT NULL,
    "key_hash" BYTEA,
    "sealed_sk" BYTEA,
    "security_token_hash" BYTEA,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "valid_until" TIMESTAMPTZ(3),

    CONSTRAINT "credential_secret_pkey" PRIMARY KEY ("id")
);

-- The API keys that there are keep every right.
UPDATE "api_credential" SET "kind" = 'api-key',
    "policy" = '{"Version":"5.0","Statement":[{"Effect":"Allow","Action":["coc:*:*"]}]}';
INSERT INTO "credential_secret" ("id", "credential_id", "key_hash", "created_at")
    SELECT gen_random_uuid(), "id", "key_hash", "created_at" FROM "api_credential";

DROP INDEX "api_credential_key_hash_key";
DROP INDEX "api_credential_tenant_id_name_key";
ALTER TABLE "api_credential"
    DROP COLUMN "key_hash",
    ALTER COLUMN "kind" SET NOT NULL;

CREATE UNIQUE INDEX "api_credential_access_key_key" ON "api_credential"("access_key");
CREATE INDEX "api_credential_parent_id_idx" ON "api_credential"("parent_id");
CREATE UNIQUE INDEX "credential_name" ON "api_credential"("tenant_id", "name") WHERE "revoked_at" IS NULL;
CREATE UNIQUE INDEX "credential_secret_key_hash_key" ON "credential_secret"("key_hash");
CREATE INDEX "credential_secret_credential_id_idx" ON "credential_secret"("credential_id");

ALTER TABLE "api_credential" ADD CONSTRAINT "api_credential_parent_id_fkey"
    FOREIGN KEY ("parent_id") REFERENCES "api_credential"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "credential_secret" ADD CONSTRAINT "credential_secret_credential_id_fkey"
    FOREIGN KEY ("credential_id") REFERENCES "api_credential"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "api_credential" ADD CONSTRAINT "api_credential_kind"
    CHECK ("kind" IN ('access-key', 'api-key', 'temporary'));
ALTER TABLE "api_credential" ADD CONSTRAINT "api_credential_access_key"
    CHECK (("kind" = 'api-key') = ("access_key" IS NULL));
ALTER TABLE "api_credential" ADD CONSTRAINT "api_credential_temporary"
    CHECK (CASE "kind" WHEN 'temporary' THEN "policy" IS NULL AND "parent_id" IS NOT NULL AND "expires_at" IS NOT NULL
           ELSE "policy" IS NOT NULL AND "parent_id" IS NULL END);
ALTER TABLE "credential_secret" ADD CONSTRAINT "credential_secret_one"
    CHECK (num_nonnulls("key_hash", "sealed_sk") = 1);
ALTER TABLE "credential_secret" ADD CONSTRAINT "credential_secret_token"
    CHECK ("security_token_hash" IS NULL OR "sealed_sk" IS NOT NULL);
