/** One operation of an RFC 6902 JSON Patch, as `add`, `remove` and `replace` have it. */
export interface PatchOperation {
  op: string;
  path: string;
  value?: unknown;
}

/** A recorded change, with what its resource is called now, or was last. */
export interface RecordedChange {
  /** Digits: it has more than a number keeps. */
  id: string;
  /** Muster's id of the resource. */
  resourceId: string;
  nativeId: string;
  name: string;
  resourceType: string;
  /** CREATED | UPDATED | DELETED | RESTORED */
  kind: string;
  /** Null when the account was removed rather than synced. */
  taskId: string | null;
  unitId: string | null;
  patch: PatchOperation[] | null;
  at: Date;
}

/** Of the changes `c` of the resources `r`, a {@link RecordedChange}. */
export const CHANGE_COLUMNS = `c.id::text, c.resource_id AS "resourceId", r.native_id AS "nativeId", r.name,
  r.resource_type AS "resourceType", c.kind, c.task_id AS "taskId", c.unit_id AS "unitId", c.patch, c.at`;

/** What the changes `c` are about, as `r`: a resource, or what it was before its tombstone was removed. */
export const JOIN_RESOURCE = `CROSS JOIN LATERAL (
    SELECT native_id, name, resource_type FROM resource WHERE id = c.resource_id
    UNION ALL SELECT native_id, name, resource_type FROM former_resource WHERE id = c.resource_id LIMIT 1) AS r`;
