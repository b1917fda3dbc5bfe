import type { Querier } from '../database.js';
import { KeyLostError } from '../errors.js';

/** A key whose request we work on. */
export interface KeyClaim {
  credentialId: string;
  keyHash: Uint8Array;
  token: string;
}

/**
 * Writes down to which task a request came, in the transaction that makes it so: whoever repeats the request
 * then gets that task, though our process die before it has answered. Does nothing for a request without key.
 * @throws {KeyLostError} when somebody else has taken the key since: what was done must not be committed.
 */
export async function keepTask(client: Querier, claim: KeyClaim | undefined, taskId: string): Promise<void> {
  if (claim === undefined) return;
  const { rowCount } = await client.query(
    `UPDATE idempotency_key SET task_id = $4
     WHERE credential_id = $1 AND key_hash = $2 AND token = $3`,
    [claim.credentialId, claim.keyHash, claim.token, taskId],
  );
  if (rowCount !== 1) throw new KeyLostError();
}
