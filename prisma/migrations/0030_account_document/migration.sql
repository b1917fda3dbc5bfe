-- What is uploaded for an account whose source is a file. It comes in parts, as it is then read: nobody has to hold
-- the whole of it.
CREATE TABLE "account_document" (
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "upload_id" UUID NOT NULL,
    "parts" INTEGER NOT NULL DEFAULT 0,
    "characters" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "completed_at" TIMESTAMPTZ(3),

    CONSTRAINT "account_document_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "account_document_account_id_fkey" FOREIGN KEY ("account_id")
        REFERENCES "vendor_account"("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "account_document_account_id_upload_id_key" ON "account_document"("account_id", "upload_id");
-- An account has one that is whole, which is what is read, and one that is on its way.
CREATE UNIQUE INDEX "account_document_whole" ON "account_document"("account_id") WHERE "completed_at" IS NOT NULL;
CREATE UNIQUE INDEX "account_document_open" ON "account_document"("account_id") WHERE "completed_at" IS NULL;

-- A Terraform state holds secrets in plain text, so what is kept of it is sealed, each part for its id.
CREATE TABLE "account_document_part" (
    "id" UUID NOT NULL,
    "document_id" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "sealed_content" BYTEA NOT NULL,

    CONSTRAINT "account_document_part_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "account_document_part_document_id_fkey" FOREIGN KEY ("document_id")
        REFERENCES "account_document"("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "account_document_part_document_id_number_key" ON "account_document_part"("document_id", "number");

GRANT SELECT, INSERT, UPDATE, DELETE ON "account_document", "account_document_part" TO muster_tenant;
ALTER TABLE "account_document" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "account_document" TO muster_tenant
    USING ("tenant_id" = current_setting('muster.tenant_id')::uuid);
ALTER TABLE "account_document_part" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "account_document_part" TO muster_tenant
    USING (EXISTS (SELECT 1 FROM "account_document" AS owner WHERE owner."id" = "account_document_part"."document_id"));
