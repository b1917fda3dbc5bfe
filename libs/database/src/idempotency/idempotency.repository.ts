import { createHash, createHmac, randomUUID } from 'node:crypto';

import type { Caller } from '../credentials/credential.repository.js';
import type { Database } from '../database.js';
import type { KeyClaim } from './keep-task.js';

/** How long a claim holds without an answer: longer than any request takes, and its process may have died. */
const CLAIM_MS = 60_000;
/** How long an answer is kept. */
export const KEY_RETENTION_HOURS = 24;
/** A key may be released between our being refused it and our looking why; hardly several times in a row. */
const MAX_TRIES = 5;

/** A request that is to have its effect once. */
export interface KeyedRequest {
  caller: Pick<Caller, 'credentialId' | 'tenantId'>;
  /** As the client chose it. */
  key: string;
  /** All by which it is told from another request under the same key: method, path, query and body. */
  content: Uint8Array;
}

/**
 * What came of claiming a key.
 *
 * - `claim`: it is ours; the request is to be worked on
 * - `answer`: it was answered before
 * - `taskId`: it came to this task, and the process died before it had stored its answer
 * - `busy`: it is being worked on
 * - `different`: the key belongs to another request
 */
export type KeyOutcome =
  | { claim: KeyClaim }
  | { answer: { status: number; body: unknown } }
  | { taskId: string }
  | 'busy'
  | 'different';

interface StoredKey {
  same: boolean;
  taskId: string | null;
  status: number | null;
  body: unknown;
}

/** Idempotency keys: each belongs to the credential that sent it, and to one request. */
export class IdempotencyRepository {
  constructor(private readonly database: Database) {}

  /** Claims the key for a request, if nobody has it, or who had it has died without effect. */
  async claim({ caller, key, content }: KeyedRequest): Promise<KeyOutcome> {
    const keyHash = createHash('sha256').update(key).digest();
    // Under the key, which is stored nowhere: the content may hold a password that could be guessed.
    const fingerprint = createHmac('sha256', key).update(content).digest();
    const claim: KeyClaim = { credentialId: caller.credentialId, keyHash, token: randomUUID() };
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      if (await this.take(claim, caller.tenantId, fingerprint)) return { claim };
      const stored = await this.find(claim, fingerprint);
      if (stored !== undefined) return outcomeOf(stored);
    }
    return 'busy';
  }

  private async take(claim: KeyClaim, tenantId: string, fingerprint: Buffer): Promise<boolean> {
    const { rowCount } = await this.database.pool.query(
      `INSERT INTO idempotency_key AS stored (credential_id, key_hash, token, tenant_id, fingerprint,
         claimed_until)
       VALUES ($1, $2, $3, $4, $5, now() + $6 * interval '1 millisecond')
       ON CONFLICT (credential_id, key_hash) DO UPDATE SET token = excluded.token,
         fingerprint = excluded.fingerprint, claimed_until = excluded.claimed_until, created_at = now(),
         task_id = NULL, status = NULL, body = NULL
       WHERE stored.created_at < now() - $7 * interval '1 hour'
         OR (stored.status IS NULL AND stored.task_id IS NULL AND stored.claimed_until < now())`,
      [claim.credentialId, claim.keyHash, claim.token, tenantId, fingerprint, CLAIM_MS, KEY_RETENTION_HOURS],
    );
    return rowCount === 1;
  }

  private async find(claim: KeyClaim, fingerprint: Buffer): Promise<StoredKey | undefined> {
    const { rows } = await this.database.pool.query<StoredKey>(
      `SELECT fingerprint = $3 AS same, task_id AS "taskId", status, body FROM idempotency_key
       WHERE credential_id = $1 AND key_hash = $2`,
      [claim.credentialId, claim.keyHash, fingerprint],
    );
    return rows[0];
  }

  /** Stores the answer of a request that succeeded, for whoever repeats it. */
  async answer(claim: KeyClaim, status: number, body: unknown): Promise<void> {
    await this.database.pool.query(
      `UPDATE idempotency_key SET status = $4, body = $5
       WHERE credential_id = $1 AND key_hash = $2 AND token = $3`,
      [claim.credentialId, claim.keyHash, claim.token, status, JSON.stringify(body)],
    );
  }

  /** Gives the key of a request that failed free, to be tried again; unless it came to a task all the same. */
  async release(claim: KeyClaim): Promise<void> {
    await this.database.pool.query(
      `DELETE FROM idempotency_key
       WHERE credential_id = $1 AND key_hash = $2 AND token = $3 AND task_id IS NULL AND status IS NULL`,
      [claim.credentialId, claim.keyHash, claim.token],
    );
  }
}

function outcomeOf({ same, taskId, status, body }: StoredKey): KeyOutcome {
  if (!same) return 'different';
  if (status !== null) return { answer: { status, body } };
  return taskId === null ? 'busy' : { taskId };
}
