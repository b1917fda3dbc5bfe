import { expect } from '@jest/globals';

import type { OutboxEvent } from '../outbox/outbox.repository.js';
import type { SyncFixture } from './sync-fixture.js';

interface ChangeRow {
  id: string;
  kind: string;
  /** The transaction that wrote it. */
  xmin: string;
}

/**
 * Expects that the ranges of changes that events tell of have just the changes of their transactions, in the
 * numbers that they say; and that, of the units they tell of, all changes are in one.
 */
export async function expectRangesToMatch(sync: SyncFixture, events: readonly OutboxEvent[]): Promise<void> {
  const ranges = events.flatMap((event) => (event.type === 'resources.changed' ? [event] : []));
  const told: string[] = [];
  for (const { payload, position } of ranges) {
    const changes = await sync.rows<ChangeRow>(
      `SELECT id::text, kind, xmin::text FROM resource_change
       WHERE task_id = $1 AND unit_id = $2 AND id BETWEEN $3 AND $4`,
      [payload.taskId, payload.unitId, payload.firstChangeId, payload.lastChangeId],
    );
    expect(new Set(changes.map(({ xmin }) => xmin))).toEqual(new Set([position.transactionId]));
    const count = (kind: string) => changes.filter((change) => change.kind === kind).length;
    expect(payload.counts).toEqual({
      created: count('CREATED'),
      updated: count('UPDATED'),
      restored: count('RESTORED'),
      deleted: count('DELETED'),
    });
    told.push(...changes.map(({ id }) => id));
  }
  const units = [...new Set(ranges.map(({ payload }) => payload.unitId))];
  const all = await sync.rows<{ id: string }>(
    'SELECT id::text FROM resource_change WHERE unit_id = ANY($1)',
    [units],
  );
  expect(told.sort()).toEqual(all.map(({ id }) => id).sort());
}
