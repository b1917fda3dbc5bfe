-- What an update changed: an RFC 6902 JSON Patch, null for every other kind of change.
ALTER TABLE "resource_change" ADD COLUMN "patch" JSONB;

-- Changes are paged by id, of a resource and of a task.
DROP INDEX "resource_change_resource_id_at_idx";
DROP INDEX "resource_change_task_id_idx";
CREATE INDEX "resource_change_resource_id_id_idx" ON "resource_change"("resource_id", "id");
CREATE INDEX "resource_change_task_id_id_idx" ON "resource_change"("task_id", "id");
