-- Tokens that callers get for a credential's secret and send instead of it.
CREATE TABLE "session_token" (
    "token_hash" BYTEA NOT NULL,
    "credential_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "session_token_pkey" PRIMARY KEY ("token_hash")
);
CREATE INDEX "session_token_credential_id_idx" ON "session_token"("credential_id");
CREATE INDEX "session_token_expires_at_idx" ON "session_token"("expires_at");
ALTER TABLE "session_token" ADD CONSTRAINT "session_token_credential_id_fkey"
    FOREIGN KEY ("credential_id") REFERENCES "api_credential"("id") ON DELETE CASCADE ON UPDATE CASCADE;
