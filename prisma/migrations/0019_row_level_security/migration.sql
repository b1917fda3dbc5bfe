-- A second wall between tenants: what is done for a caller is done as the role muster_tenant, which sees and
-- touches the rows of one tenant only, that of the setting muster.tenant_id. Without the setting its statements
-- fail. The role is made by migrate-database.ts, as it belongs to the server and not to one database. The owner
-- of the tables, as whom workers, migrations and authentication work, is not bound.
GRANT SELECT ON "tenant" TO muster_tenant;
ALTER TABLE "tenant" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "tenant" TO muster_tenant USING ("id" = current_setting('muster.tenant_id')::uuid);

-- Who may call is decided before it is known for whom: a caller sees its tenant's credentials and changes none.
GRANT SELECT ON "api_credential" TO muster_tenant;
ALTER TABLE "api_credential" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "api_credential" TO muster_tenant USING ("tenant_id" = current_setting('muster.tenant_id')::uuid);
ALTER TABLE "credential_secret" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "session_token" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "used_signature" ENABLE ROW LEVEL SECURITY;

-- Tables that say whose their rows are.
GRANT SELECT, INSERT, UPDATE, DELETE ON "vendor_account" TO muster_tenant;
ALTER TABLE "vendor_account" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "vendor_account" TO muster_tenant USING ("tenant_id" = current_setting('muster.tenant_id')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON "account_check" TO muster_tenant;
ALTER TABLE "account_check" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "account_check" TO muster_tenant USING ("tenant_id" = current_setting('muster.tenant_id')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON "sync_task" TO muster_tenant;
ALTER TABLE "sync_task" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "sync_task" TO muster_tenant USING ("tenant_id" = current_setting('muster.tenant_id')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON "sync_run" TO muster_tenant;
ALTER TABLE "sync_run" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "sync_run" TO muster_tenant USING ("tenant_id" = current_setting('muster.tenant_id')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON "sync_unit" TO muster_tenant;
ALTER TABLE "sync_unit" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "sync_unit" TO muster_tenant USING ("tenant_id" = current_setting('muster.tenant_id')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON "sync_transition" TO muster_tenant;
ALTER TABLE "sync_transition" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "sync_transition" TO muster_tenant USING ("tenant_id" = current_setting('muster.tenant_id')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON "idempotency_key" TO muster_tenant;
ALTER TABLE "idempotency_key" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "idempotency_key" TO muster_tenant USING ("tenant_id" = current_setting('muster.tenant_id')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON "coverage" TO muster_tenant;
ALTER TABLE "coverage" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "coverage" TO muster_tenant USING ("tenant_id" = current_setting('muster.tenant_id')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON "resource" TO muster_tenant;
ALTER TABLE "resource" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "resource" TO muster_tenant USING ("tenant_id" = current_setting('muster.tenant_id')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON "former_resource" TO muster_tenant;
ALTER TABLE "former_resource" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "former_resource" TO muster_tenant USING ("tenant_id" = current_setting('muster.tenant_id')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON "resource_change" TO muster_tenant;
ALTER TABLE "resource_change" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "resource_change" TO muster_tenant USING ("tenant_id" = current_setting('muster.tenant_id')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON "outbox_event" TO muster_tenant;
ALTER TABLE "outbox_event" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "outbox_event" TO muster_tenant USING ("tenant_id" = current_setting('muster.tenant_id')::uuid);

-- Tables whose rows belong to a row of those: what can't be seen there can't be seen here.
GRANT SELECT, INSERT, UPDATE, DELETE ON "sync_task_run" TO muster_tenant;
ALTER TABLE "sync_task_run" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "sync_task_run" TO muster_tenant
    USING (EXISTS (SELECT 1 FROM "sync_task" AS owner WHERE owner."id" = "sync_task_run"."task_id"));
GRANT SELECT, INSERT, UPDATE, DELETE ON "sync_unit_page" TO muster_tenant;
ALTER TABLE "sync_unit_page" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "sync_unit_page" TO muster_tenant
    USING (EXISTS (SELECT 1 FROM "sync_unit" AS owner WHERE owner."id" = "sync_unit_page"."unit_id"));
GRANT SELECT, INSERT, UPDATE, DELETE ON "sync_plan_item" TO muster_tenant;
ALTER TABLE "sync_plan_item" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "sync_plan_item" TO muster_tenant
    USING (EXISTS (SELECT 1 FROM "sync_unit" AS owner WHERE owner."id" = "sync_plan_item"."unit_id"));
GRANT SELECT, INSERT, UPDATE, DELETE ON "call_bucket" TO muster_tenant;
ALTER TABLE "call_bucket" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own" ON "call_bucket" TO muster_tenant
    USING (EXISTS (SELECT 1 FROM "vendor_account" AS owner WHERE owner."id" = "call_bucket"."account_id"));

-- The arrows of the state machines are nobody's.
GRANT SELECT ON "sync_transition_rule" TO muster_tenant;
GRANT USAGE ON SEQUENCE "sync_transition_id_seq", "resource_change_id_seq", "outbox_event_id_seq" TO muster_tenant;
