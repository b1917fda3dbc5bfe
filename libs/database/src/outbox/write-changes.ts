import type { ChangeCounts, ChangeOwner, ResourcesChanged } from '#domain';

import type { Querier } from '../database.js';
import { appendEvent } from './append-event.js';

type RecordedRange = Pick<ResourcesChanged, 'firstChangeId' | 'lastChangeId'>;

/** A statement up to the end of its `WITH`, whose part `recorded` writes changes and returns their ids. */
export interface ChangeStatement {
  text: string;
  values: unknown[];
}

const NONE: ChangeCounts = { created: 0, updated: 0, restored: 0, deleted: 0 };

/**
 * Writes changes, and one event that tells of all of them, if there are any. To be called in a transaction
 * that has locked their owner, so that nobody else writes some of its meanwhile. Returns how many they are.
 * @param toCounts says of what kinds so many changes are
 */
export async function writeChanges(
  client: Querier,
  { tenantId, owner }: { tenantId: string; owner: ChangeOwner },
  { text, values }: ChangeStatement,
  toCounts: (changes: number) => Partial<ChangeCounts>,
): Promise<number> {
  const { rows } = await client.query<RecordedRange & { changes: number }>(
    `${text}
     SELECT count(*)::int AS changes, min(id)::text AS "firstChangeId", max(id)::text AS "lastChangeId"
     FROM recorded HAVING count(*) > 0`,
    values,
  );
  const [written] = rows;
  if (written === undefined) return 0;
  const { changes, ...range } = written;
  const payload = { ...owner, counts: { ...NONE, ...toCounts(changes) }, ...range };
  await appendEvent(client, tenantId, { type: 'resources.changed', payload });
  return changes;
}
