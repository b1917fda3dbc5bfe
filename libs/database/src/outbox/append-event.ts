import type { NewEvent } from '#domain';

import type { Querier } from '../database.js';
import { toJsonPayload } from '../storable-text.js';

/** Writes an event into the outbox. To be called in the transaction that does what it tells of. */
export async function appendEvent(
  client: Querier,
  tenantId: string,
  { type, payload }: NewEvent,
): Promise<void> {
  await client.query('INSERT INTO outbox_event (tenant_id, type, payload) VALUES ($1, $2, $3::jsonb)', [
    tenantId,
    type,
    toJsonPayload(payload),
  ]);
}
