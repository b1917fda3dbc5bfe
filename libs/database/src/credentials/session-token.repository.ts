import type { Database } from '../database.js';
import {
  type Authentication,
  CREDENTIAL_COLUMNS,
  CREDENTIAL_OVER,
  type CredentialRow,
  toAuthentication,
} from './credential.repository.js';
import { hashSecret, newToken } from './new-secrets.js';

/** A token, the only time it can be seen. */
export interface IssuedToken {
  token: string;
  issuedAt: Date;
  expiresAt: Date;
}

/** As at Huawei's IAM. */
const VALID_HOURS = 24;
/** More than one sign-in adds, so that the table shrinks while it is used. */
const MAX_FORGOTTEN_AT_ONCE = 20;

/** Tokens that stand for a credential for a day, or until it ends. */
export class SessionTokenRepository {
  constructor(private readonly database: Database) {}

  /**
   * Issues a token for a credential, and forgets some that are past their end.
   * @param endsAt when it ends at the latest
   */
  async issue(credentialId: string, endsAt: Date | null): Promise<IssuedToken> {
    const token = newToken();
    const { rows } = await this.database.transaction((client) =>
      client.query<Omit<IssuedToken, 'token'>>(
        `WITH forgotten AS (
         DELETE FROM session_token WHERE token_hash IN (
           SELECT token_hash FROM session_token WHERE expires_at < now() LIMIT $4 FOR UPDATE SKIP LOCKED))
       INSERT INTO session_token (token_hash, credential_id, expires_at)
       VALUES ($1, $2, least(now() + make_interval(hours => $3), $5))
       RETURNING created_at AS "issuedAt", expires_at AS "expiresAt"`,
        [hashSecret(token), credentialId, VALID_HOURS, MAX_FORGOTTEN_AT_ONCE, endsAt],
      ),
    );
    const [issued] = rows;
    if (issued === undefined) throw new Error('A token was not stored.');
    return { token, ...issued };
  }

  /** Whose token this is. */
  async find(token: string): Promise<Authentication> {
    const { rows } = await this.database.pool.query<CredentialRow & { over: boolean }>(
      `SELECT ${CREDENTIAL_COLUMNS}, ${CREDENTIAL_OVER} OR t.expires_at <= now() AS over
       FROM session_token t JOIN api_credential c ON c.id = t.credential_id
            LEFT JOIN api_credential p ON p.id = c.parent_id
       WHERE t.token_hash = $1`,
      [hashSecret(token)],
    );
    return toAuthentication(rows[0]);
  }
}
