import type { SimulatedEstate } from './simulated-estate.js';

/** A defect that the suite must notice: it is put into an estate, and a schedule is run on it. */
export interface PlantedFault {
  /** What Muster does wrong. */
  name: string;
  plant: (estate: SimulatedEstate) => Promise<void>;
  /** What has to be complained of. */
  noticed: RegExp;
}

/** Has the database itself do something wrong, whenever a row is written. */
function trigger(table: string, when: string, body: string): PlantedFault['plant'] {
  return async ({ ground }) => {
    await ground.sql.query(
      `CREATE FUNCTION planted_fault() RETURNS trigger LANGUAGE plpgsql AS $fault$ BEGIN ${body} END $fault$;
       CREATE TRIGGER planted_fault ${when.replace('ON', `ON ${table}`)} EXECUTE FUNCTION planted_fault()`,
    );
  };
}

const OVER = `('SUCCEEDED', 'FAILED', 'CANCELLED', 'SKIPPED')`;

/** One of each kind that the checks are there for. */
export const PLANTED_FAULTS: readonly PlantedFault[] = [
  {
    name: 'writes every change event twice',
    plant: trigger(
      'resource_change',
      'AFTER INSERT ON FOR EACH ROW WHEN (pg_trigger_depth() = 0)',
      `INSERT INTO resource_change (tenant_id, task_id, unit_id, resource_id, kind, before_hash, after_hash)
       VALUES (NEW.tenant_id, NEW.task_id, NEW.unit_id, NEW.resource_id, NEW.kind, NEW.before_hash, NEW.after_hash);
       RETURN NULL;`,
    ),
    noticed: /a change twice|follows on live/,
  },
  {
    name: 'forgets some change events',
    plant: trigger(
      'resource_change',
      'BEFORE INSERT ON FOR EACH ROW WHEN (pg_trigger_depth() = 0)',
      `IF get_byte(NEW.after_hash, 0) < 64 THEN RETURN NULL; END IF; RETURN NEW;`,
    ),
    noticed: /by its changes never|by its changes/,
  },
  {
    name: 'records updates of what has not changed',
    plant: trigger(
      'resource_change',
      `AFTER INSERT ON FOR EACH ROW WHEN (NEW.kind = 'CREATED')`,
      `INSERT INTO resource_change (tenant_id, task_id, unit_id, resource_id, kind, before_hash, after_hash)
       VALUES (NEW.tenant_id, NEW.task_id, NEW.unit_id, NEW.resource_id, 'UPDATED', NEW.after_hash, NEW.after_hash);
       RETURN NULL;`,
    ),
    noticed: /changes nothing/,
  },
  {
    name: 'deletes what a listing has not come to yet',
    plant: trigger(
      'sync_unit',
      'AFTER UPDATE ON FOR EACH ROW WHEN (OLD.pages = 0 AND NEW.pages = 1 AND NEW.resume_at IS NOT NULL)',
      `WITH gone AS (
         UPDATE resource SET deleted_at = now(), deleted_by_unit_id = NEW.id
         WHERE account_id = NEW.account_id AND scope_key = NEW.scope_key AND resource_type = NEW.resource_type
           AND deleted_at IS NULL AND native_hash <> ALL (
             SELECT unnest(seen) FROM sync_unit_page WHERE unit_id = NEW.id)
         RETURNING id, content_hash)
       INSERT INTO resource_change (tenant_id, task_id, unit_id, resource_id, kind, before_hash)
       SELECT NEW.tenant_id, NEW.task_id, NEW.id, id, 'DELETED', content_hash FROM gone;
       RETURN NULL;`,
    ),
    noticed: /DELETED \w+ was no difference|without a complete listing|deleted/,
  },
  {
    name: 'takes a truncated listing for a whole one',
    plant: async ({ cloud }) => {
      cloud.lies = true;
    },
    noticed: /was never given its last page|was no difference/,
  },
  {
    name: 'takes a listing of what has changed for one of all',
    plant: trigger(
      'sync_unit',
      'BEFORE UPDATE ON FOR EACH ROW WHEN (NEW.changed_since IS NOT NULL)',
      `NEW.changed_since := NULL; RETURN NEW;`,
    ),
    noticed: /DELETED \w+ was no difference|saw \d+ of \d+/,
  },
  {
    name: 'has what has changed listed from a moment that is too late',
    plant: trigger(
      'coverage',
      'BEFORE INSERT OR UPDATE ON FOR EACH ROW WHEN (NEW.listed_at IS NOT NULL)',
      `NEW.listed_at := NEW.listed_at + interval '10 seconds'; RETURN NEW;`,
    ),
    noticed: /is stored as|is gone and still stored/,
  },
  {
    name: 'stores another content hash',
    plant: trigger(
      'resource',
      'BEFORE INSERT OR UPDATE ON FOR EACH ROW',
      `NEW.content_hash := set_byte(NEW.content_hash, 3, 0); RETURN NEW;`,
    ),
    noticed: /has the hash|is stored as/,
  },
  {
    name: 'stores other content under the right hash',
    plant: trigger('resource', 'BEFORE INSERT OR UPDATE ON FOR EACH ROW', `NEW.tags := '{}'; RETURN NEW;`),
    noticed: /an undisturbed sync has/,
  },
  {
    name: 'keeps what is gone',
    plant: trigger(
      'resource',
      'BEFORE UPDATE ON FOR EACH ROW WHEN (NEW.deleted_at IS NOT NULL)',
      `RETURN NULL;`,
    ),
    noticed: /is gone and still stored/,
  },
  {
    name: 'leaves leases behind',
    plant: trigger(
      'sync_unit',
      `BEFORE UPDATE ON FOR EACH ROW WHEN (NEW.state IN ${OVER})`,
      `NEW.lease_token := gen_random_uuid(); RETURN NEW;`,
    ),
    noticed: /is over and still has a lease/,
  },
  {
    name: 'never forgets what pages saw',
    plant: trigger('sync_unit_page', 'BEFORE DELETE ON FOR EACH ROW', `RETURN NULL;`),
    noticed: /keeps what \d+ pages saw/,
  },
  {
    name: 'miscounts',
    plant: trigger(
      'sync_unit',
      'BEFORE UPDATE ON FOR EACH ROW WHEN (NEW.created > OLD.created)',
      `NEW.created := NEW.created + 1; RETURN NEW;`,
    ),
    noticed: /counts \S+ and made/,
  },
  {
    name: 'enters the wrong rows into the ledger',
    plant: trigger(
      'coverage',
      'BEFORE INSERT OR UPDATE ON FOR EACH ROW',
      `NEW.complete_rows := NEW.complete_rows + 1; RETURN NEW;`,
    ),
    noticed: /the ledger has/,
  },
  {
    name: 'calls a failed listing complete',
    plant: trigger(
      'coverage',
      `BEFORE INSERT OR UPDATE ON FOR EACH ROW WHEN (NEW.attempt_outcome <> 'complete')`,
      `NEW.attempt_outcome := 'complete'; RETURN NEW;`,
    ),
    noticed: /the ledger calls|the ledger has/,
  },
  {
    name: 'never ends a task',
    plant: trigger(
      'sync_task',
      `BEFORE UPDATE ON FOR EACH ROW WHEN (NEW.state IN ('SUCCEEDED', 'PARTIAL', 'FAILED'))`,
      `RETURN NULL;`,
    ),
    noticed: /stuck: task/,
  },
  {
    name: 'does not sign out of the vendor',
    plant: async ({ workers }) => {
      for (const { client } of workers) client.open += 1;
    },
    noticed: /connections to the vendor were not closed/,
  },
];
