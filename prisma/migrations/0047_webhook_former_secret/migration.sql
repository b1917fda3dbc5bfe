-- The secret before the present one, which messages are signed with as well until a receiver has changed over.
ALTER TABLE "webhook" ADD COLUMN "sealed_former_secret" BYTEA, ADD COLUMN "former_secret_until" TIMESTAMPTZ(3);
ALTER TABLE "webhook" ADD CONSTRAINT "webhook_former_secret_check"
    CHECK (("sealed_former_secret" IS NULL) = ("former_secret_until" IS NULL));
CREATE INDEX "webhook_former_secret_until_idx" ON "webhook"("former_secret_until");
