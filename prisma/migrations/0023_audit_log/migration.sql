-- Who asked for which write, from where, and what came of it. Entries are only ever added: nobody changes one, and
-- what is younger than a day nobody removes, the tables' owner included. An outcome is added behind its entry,
-- since the entry is written in the transaction of the write itself, when nobody knows yet how it is answered.
CREATE TABLE "audit_entry" (
    "id" UUID NOT NULL,
    "tenant_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "source" TEXT NOT NULL,
    "credential_id" UUID,
    "actor" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "targets" TEXT[],
    "method" TEXT,
    "path" TEXT,
    "client_address" TEXT,
    "user_agent" TEXT,
    "request_id" TEXT,

    CONSTRAINT "audit_entry_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "audit_entry_tenant_id_id_idx" ON "audit_entry"("tenant_id", "id");
CREATE INDEX "audit_entry_tenant_id_action_id_idx" ON "audit_entry"("tenant_id", "action", "id");
CREATE INDEX "audit_entry_tenant_id_credential_id_id_idx" ON "audit_entry"("tenant_id", "credential_id", "id");
CREATE INDEX "audit_entry_at_idx" ON "audit_entry"("at");
ALTER TABLE "audit_entry" ADD CONSTRAINT "audit_entry_source" CHECK ("source" IN ('api', 'command'));

CREATE TABLE "audit_outcome" (
    "entry_id" UUID NOT NULL,
    "outcome" TEXT NOT NULL,
    "status" INTEGER,
    "error_code" TEXT,
    "result_id" TEXT,

    CONSTRAINT "audit_outcome_pkey" PRIMARY KEY ("entry_id")
);
ALTER TABLE "audit_outcome" ADD CONSTRAINT "audit_outcome_outcome" CHECK ("outcome" IN ('SUCCEEDED', 'REFUSED', 'FAILED'));
ALTER TABLE "audit_outcome" ADD CONSTRAINT "audit_outcome_entry_id_fkey"
    FOREIGN KEY ("entry_id") REFERENCES "audit_entry"("id") ON DELETE CASCADE ON UPDATE CASCADE;

CREATE FUNCTION "keep_audit_entry"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD."at" < now() - interval '1 day' THEN
      RETURN OLD;
    END IF;
  END IF;
  RAISE EXCEPTION 'The audit log is only added to: % on % is refused.', TG_OP, TG_TABLE_NAME;
END
$$;
CREATE TRIGGER "audit_entry_kept" BEFORE UPDATE OR DELETE ON "audit_entry"
    FOR EACH ROW EXECUTE FUNCTION "keep_audit_entry"();
CREATE TRIGGER "audit_entry_not_emptied" BEFORE TRUNCATE ON "audit_entry"
    FOR EACH STATEMENT EXECUTE FUNCTION "keep_audit_entry"();

-- An outcome goes with its entry, which is gone by then, and in no other way.
CREATE FUNCTION "keep_audit_outcome"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF NOT EXISTS (SELECT 1 FROM "audit_entry" WHERE "id" = OLD."entry_id") THEN
      RETURN OLD;
    END IF;
  END IF;
  RAISE EXCEPTION 'The audit log is only added to: % on % is refused.', TG_OP, TG_TABLE_NAME;
END
$$;
CREATE TRIGGER "audit_outcome_kept" BEFORE UPDATE OR DELETE ON "audit_outcome"
    FOR EACH ROW EXECUTE FUNCTION "keep_audit_outcome"();
CREATE TRIGGER "audit_outcome_not_emptied" BEFORE TRUNCATE ON "audit_outcome"
    FOR EACH STATEMENT EXECUTE FUNCTION "keep_audit_outcome"();

-- A caller's write adds its entry, and adds or changes nothing else. Outcomes are added by Muster itself.
GRANT SELECT, INSERT ON "audit_entry" TO muster_tenant;
ALTER TABLE "audit_entry" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "audit_entry" TO muster_tenant USING ("tenant_id" = current_setting('muster.tenant_id')::uuid);
GRANT SELECT ON "audit_outcome" TO muster_tenant;
ALTER TABLE "audit_outcome" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "audit_outcome" TO muster_tenant
    USING (EXISTS (SELECT 1 FROM "audit_entry" AS owner WHERE owner."id" = "audit_outcome"."entry_id"));
