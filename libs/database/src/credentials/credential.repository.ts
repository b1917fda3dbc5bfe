import { type Policy } from '#domain';
import type { Vault } from '#platform';

import type { Database } from '../database.js';
import { hashSecret } from './new-secrets.js';

/** Who calls, and what they may do. */
export interface Caller {
  credentialId: string;
  tenantId: string;
  policy: Policy;
}

/** Why a credential is not accepted. */
export type CredentialRefusal = 'unknown' | 'revoked' | 'expired';

/** What came of looking for a secret's owner. */
export type Authentication =
  { caller: Caller; lastUsedAt: Date | null } | { refused: CredentialRefusal; credentialId?: string };

/** A key pair, with all that verifying a signature takes. */
export interface AccessKey {
  caller: Caller;
  /** Whether it, or what it is made from, was revoked. */
  revoked: boolean;
  expiresAt: Date | null;
  lastUsedAt: Date | null;
  /** One, or two for a while after a rotation. */
  secrets: readonly AccessKeySecret[];
}

export interface AccessKeySecret {
  secretKey: string;
  /** SHA-256 of the security token that must come with a temporary key pair. */
  securityTokenHash: Buffer | null;
  validUntil: Date | null;
}

/** How old `last_used_at` gets before a use is written down, in milliseconds: reading should not write. */
const LAST_USED_GRAIN_MS = 5 * 60_000;

/** Columns of a credential `c` and what it is made from, `p`, as {@link CredentialRow}. */
export const CREDENTIAL_COLUMNS = `
  c.id, c.tenant_id AS "tenantId", coalesce(p.policy, c.policy) AS policy, c.last_used_at AS "lastUsedAt",
  c.revoked_at IS NOT NULL OR p.revoked_at IS NOT NULL AS revoked, least(c.expires_at, p.expires_at) AS "expiresAt"`;

export interface CredentialRow {
  id: string;
  tenantId: string;
  policy: Policy;
  lastUsedAt: Date | null;
  revoked: boolean;
  expiresAt: Date | null;
}

/** Finds whose a secret is. Secret keys are opened here and nowhere else. */
export class CredentialRepository {
  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
  ) {}

  /** Whose API key this is. */
  async findByApiKey(apiKey: string): Promise<Authentication> {
    const { rows } = await this.database.pool.query<CredentialRow & { over: boolean }>(
      `SELECT ${CREDENTIAL_COLUMNS},
              coalesce(least(c.expires_at, s.valid_until) <= now(), false) AS over
       FROM credential_secret s JOIN api_credential c ON c.id = s.credential_id
            LEFT JOIN api_credential p ON p.id = c.parent_id
       WHERE s.key_hash = $1`,
      [hashSecret(apiKey)],
    );
    return toAuthentication(rows[0]);
  }

  /** The key pair with this public half. */
  async findAccessKey(accessKey: string): Promise<AccessKey | undefined> {
    const { rows } = await this.database.pool.query<CredentialRow & SecretRow>(
      `SELECT ${CREDENTIAL_COLUMNS}, s.id AS "secretId", s.sealed_sk AS "sealedSk",
              s.security_token_hash AS "securityTokenHash", s.valid_until AS "validUntil"
       FROM api_credential c LEFT JOIN api_credential p ON p.id = c.parent_id
            JOIN credential_secret s ON s.credential_id = c.id
       WHERE c.access_key = $1 ORDER BY s.created_at DESC, s.id`,
      [accessKey],
    );
    const [row] = rows;
    if (row === undefined) return undefined;
    return {
      caller: toCaller(row),
      revoked: row.revoked,
      expiresAt: row.expiresAt,
      lastUsedAt: row.lastUsedAt,
      secrets: await Promise.all(
        rows.map(async ({ secretId, sealedSk, securityTokenHash, validUntil }) => ({
          secretKey: await this.vault.open(sealedSk, secretId),
          securityTokenHash,
          validUntil,
        })),
      ),
    };
  }

  /** Writes down that a credential was used, unless that was written down minutes ago. */
  async markUsed(credentialId: string, lastUsedAt: Date | null): Promise<void> {
    if (lastUsedAt !== null && Date.now() - lastUsedAt.getTime() < LAST_USED_GRAIN_MS) return;
    await this.database.pool.query(
      `UPDATE api_credential SET last_used_at = now()
       WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < now() - make_interval(secs => $2))`,
      [credentialId, LAST_USED_GRAIN_MS / 1_000],
    );
  }
}

interface SecretRow {
  secretId: string;
  sealedSk: Buffer;
  securityTokenHash: Buffer | null;
  validUntil: Date | null;
}

/** @param row the credential, and whether the secret or the credential is past its end. */
export function toAuthentication(row: (CredentialRow & { over: boolean }) | undefined): Authentication {
  if (row === undefined) return { refused: 'unknown' };
  if (row.revoked) return { refused: 'revoked', credentialId: row.id };
  if (row.over) return { refused: 'expired', credentialId: row.id };
  return { caller: toCaller(row), lastUsedAt: row.lastUsedAt };
}

function toCaller({ id, tenantId, policy }: CredentialRow): Caller {
  return { credentialId: id, tenantId, policy };
}
