import type { Database } from '../database.js';

/** More than one request adds, so that the table shrinks while it is used. */
const MAX_FORGOTTEN_AT_ONCE = 20;

/** Signatures of requests that change something: each is accepted once. */
export class UsedSignatureRepository {
  constructor(private readonly database: Database) {}

  /**
   * Takes a signature as used, and forgets some of those that no clock would accept any more. False when it
   * was used before, by whichever process.
   */
  async use(signature: Uint8Array, expiresAt: Date): Promise<boolean> {
    const { rowCount } = await this.database.pool.query(
      `WITH forgotten AS (
         DELETE FROM used_signature WHERE signature IN (
           SELECT signature FROM used_signature WHERE expires_at < now() LIMIT $3 FOR UPDATE SKIP LOCKED))
       INSERT INTO used_signature (signature, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING`,
      [signature, expiresAt, MAX_FORGOTTEN_AT_ONCE],
    );
    return rowCount === 1;
  }
}
