-- Behind the filters of the list of tasks, newest first. Without one, (tenant_id, id) serves.
CREATE INDEX "sync_task_tenant_id_vendor_id_idx" ON "sync_task"("tenant_id", "vendor", "id");
CREATE INDEX "sync_task_tenant_id_state_id_idx" ON "sync_task"("tenant_id", "state", "id");
