-- The arrows of the state machines: libs/domain/src/sync-states.ts has the same, and its spec compares them.
CREATE TABLE "sync_transition_rule" (
    "entity" TEXT NOT NULL,
    "from_state" TEXT NOT NULL,
    "to_state" TEXT NOT NULL,

    CONSTRAINT "sync_transition_rule_pkey" PRIMARY KEY ("entity", "from_state", "to_state")
);
INSERT INTO "sync_transition_rule" ("entity", "from_state", "to_state") VALUES
    ('task', 'START', 'QUEUED'),
    ('task', 'QUEUED', 'RUNNING'),
    ('task', 'QUEUED', 'SUCCEEDED'),
    ('task', 'QUEUED', 'PARTIAL'),
    ('task', 'QUEUED', 'FAILED'),
    ('task', 'QUEUED', 'CANCELLED'),
    ('task', 'RUNNING', 'SUCCEEDED'),
    ('task', 'RUNNING', 'PARTIAL'),
    ('task', 'RUNNING', 'FAILED'),
    ('task', 'RUNNING', 'CANCELLED'),
    ('task', 'PARTIAL', 'RUNNING'),
    ('task', 'PARTIAL', 'SUCCEEDED'),
    ('task', 'FAILED', 'RUNNING'),
    ('task', 'CANCELLED', 'RUNNING'),
    ('run', 'START', 'PENDING'),
    ('run', 'START', 'QUEUED'),
    ('run', 'PENDING', 'QUEUED'),
    ('run', 'PENDING', 'CANCELLED'),
    ('run', 'QUEUED', 'RUNNING'),
    ('run', 'QUEUED', 'CANCELLED'),
    ('run', 'RUNNING', 'SUCCEEDED'),
    ('run', 'RUNNING', 'PARTIAL'),
    ('run', 'RUNNING', 'FAILED'),
    ('run', 'RUNNING', 'CANCELLED'),
    ('run', 'PARTIAL', 'RUNNING'),
    ('run', 'PARTIAL', 'SUCCEEDED'),
    ('run', 'FAILED', 'QUEUED'),
    ('run', 'FAILED', 'RUNNING'),
    ('run', 'CANCELLED', 'RUNNING'),
    ('unit', 'START', 'QUEUED'),
    ('unit', 'QUEUED', 'RUNNING'),
    ('unit', 'QUEUED', 'FAILED'),
    ('unit', 'QUEUED', 'CANCELLED'),
    ('unit', 'RUNNING', 'QUEUED'),
    ('unit', 'RUNNING', 'WAITING'),
    ('unit', 'RUNNING', 'SUCCEEDED'),
    ('unit', 'RUNNING', 'PRUNE_HELD'),
    ('unit', 'RUNNING', 'SKIPPED'),
    ('unit', 'RUNNING', 'FAILED'),
    ('unit', 'RUNNING', 'CANCELLED'),
    ('unit', 'WAITING', 'RUNNING'),
    ('unit', 'WAITING', 'FAILED'),
    ('unit', 'WAITING', 'CANCELLED'),
    ('unit', 'PRUNE_HELD', 'SUCCEEDED'),
    ('unit', 'FAILED', 'QUEUED');

-- Every transition that happened. No foreign key to the task: its check would lock the task's row, which
-- who cancels a task holds while it waits for the task's units.
CREATE TABLE "sync_transition" (
    "id" BIGSERIAL NOT NULL,
    "tenant_id" UUID NOT NULL,
    "entity" TEXT NOT NULL,
    "entity_id" UUID NOT NULL,
    "task_id" UUID NOT NULL,
    "run_id" UUID,
    "from_state" TEXT NOT NULL,
    "to_state" TEXT NOT NULL,
    "reason" TEXT,
    "error_kind" TEXT,
    "error_code" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sync_transition_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "sync_transition_task_id_id_idx" ON "sync_transition"("task_id", "id");
ALTER TABLE "sync_transition" ADD CONSTRAINT "sync_transition_entity" CHECK ("entity" IN ('task', 'run', 'unit'));
ALTER TABLE "sync_transition" ADD CONSTRAINT "sync_transition_reason" CHECK ("reason" IN ('taken_over'));

-- Refuses a transition that is no arrow, and records one that is. That a worker takes over what another
-- lost is recorded as one from RUNNING to RUNNING. An error belongs to the transition that it caused:
-- what runs again, or is cancelled, only still has the one before.
CREATE FUNCTION "record_sync_transition"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  kind TEXT := TG_ARGV[0];
  before TEXT := CASE WHEN TG_OP = 'INSERT' THEN 'START' ELSE OLD.state END;
  task UUID := NEW.id;
  run UUID;
  failure_kind TEXT;
  failure_code TEXT;
BEGIN
  IF before <> NEW.state AND NOT EXISTS (
    SELECT FROM sync_transition_rule WHERE entity = kind AND from_state = before AND to_state = NEW.state
  ) THEN
    RAISE EXCEPTION 'A % may not go from % to % (id %).', kind, before, NEW.state, NEW.id
      USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'sync_transition_rule';
  END IF;
  IF kind <> 'task' THEN
    task := NEW.task_id;
    IF NEW.state NOT IN ('RUNNING', 'CANCELLED') THEN
      failure_kind := NEW.error_kind;
      failure_code := NEW.error_code;
    END IF;
  END IF;
  IF kind = 'run' THEN
    run := NEW.id;
  ELSIF kind = 'unit' THEN
    run := NEW.run_id;
  END IF;
  INSERT INTO sync_transition (tenant_id, entity, entity_id, task_id, run_id, from_state, to_state, reason,
    error_kind, error_code)
  VALUES (NEW.tenant_id, kind, NEW.id, task, run, before, NEW.state,
    CASE WHEN before = NEW.state THEN 'taken_over' END, failure_kind, failure_code);
  RETURN NULL;
END
$$;

CREATE TRIGGER "sync_task_made" AFTER INSERT ON "sync_task"
    FOR EACH ROW EXECUTE FUNCTION "record_sync_transition"('task');
CREATE TRIGGER "sync_run_made" AFTER INSERT ON "sync_run"
    FOR EACH ROW EXECUTE FUNCTION "record_sync_transition"('run');
CREATE TRIGGER "sync_unit_made" AFTER INSERT ON "sync_unit"
    FOR EACH ROW EXECUTE FUNCTION "record_sync_transition"('unit');
CREATE TRIGGER "sync_task_moved" AFTER UPDATE ON "sync_task"
    FOR EACH ROW WHEN (OLD.state <> NEW.state)
    EXECUTE FUNCTION "record_sync_transition"('task');
-- Not at every page and heartbeat: those change neither. A token that comes or goes is no take-over.
CREATE TRIGGER "sync_run_moved" AFTER UPDATE ON "sync_run"
    FOR EACH ROW WHEN (OLD.state <> NEW.state OR OLD.lease_token <> NEW.lease_token)
    EXECUTE FUNCTION "record_sync_transition"('run');
CREATE TRIGGER "sync_unit_moved" AFTER UPDATE ON "sync_unit"
    FOR EACH ROW WHEN (OLD.state <> NEW.state OR OLD.lease_token <> NEW.lease_token)
    EXECUTE FUNCTION "record_sync_transition"('unit');

-- What happened to a task goes with it.
CREATE FUNCTION "forget_sync_transitions"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM sync_transition WHERE task_id = OLD.id;
  RETURN NULL;
END
$$;
CREATE TRIGGER "sync_task_removed" AFTER DELETE ON "sync_task"
    FOR EACH ROW EXECUTE FUNCTION "forget_sync_transitions"();

-- "attempts" starts again with every committed page.
ALTER TABLE "sync_unit" ADD COLUMN "attempts_total" INTEGER NOT NULL DEFAULT 0;
UPDATE "sync_unit" SET "attempts_total" = "attempts";
