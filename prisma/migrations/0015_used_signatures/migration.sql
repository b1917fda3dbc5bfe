-- Signatures of writes, so that none is accepted twice.
CREATE TABLE "used_signature" (
    "signature" BYTEA NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "used_signature_pkey" PRIMARY KEY ("signature")
);
CREATE INDEX "used_signature_expires_at_idx" ON "used_signature"("expires_at");
