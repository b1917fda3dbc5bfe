import type { MusterClient, Schemas } from '../client.js';
import { type Column, field } from '../output/column.js';
import type { Session } from '../session.js';

const COLUMNS: readonly Column<Schemas['PlannedUnit']>[] = [
  field('account_id'),
  field('scope'),
  field('type'),
  field('state'),
  field('created'),
  field('updated'),
  field('unchanged'),
  field('deleted'),
  field('held_deletes'),
  { ...field('unit_id'), wide: true },
];

/** What a sync would do, as a plan has found. */
export async function showPlan(session: Session, client: MusterClient, taskId: string): Promise<void> {
  const params = { path: { task_id: taskId } };
  await session.list(client.each('/v1/multicloud-resources/sync/{task_id}/plan', { params }), COLUMNS);
}
