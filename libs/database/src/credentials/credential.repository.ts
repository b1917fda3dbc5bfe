import { timingSafeEqual } from 'node:crypto';

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

export interface KnownCaller {
  caller: Caller;
  lastUsedAt: Date | null;
}

/** What came of looking for a secret's owner. */
export type Authentication = KnownCaller | { refused: CredentialRefusal; credentialId?: string };

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

const NOTHING = Buffer.alloc(0);

/** Columns of a credential `c` and what it is made from, `p`, as {@link CredentialRow}. */
export const CREDENTIAL_COLUMNS = `
  c.id, c.tenant_id AS "tenantId", coalesce(p.policy, c.policy) AS policy, c.last_used_at AS "lastUsedAt",
  c.revoked_at IS NOT NULL OR p.revoked_at IS NOT NULL AS revoked, least(c.expires_at, p.expires_at) AS "expiresAt"`;

/** Whether a credential `c`, or what it is made from, is past its end. */
export const CREDENTIAL_OVER = 'coalesce(least(c.expires_at, p.expires_at) <= now(), false)';

/** Whether a secret `s` of it, or the credential itself, is. */
const SECRET_OVER = `${CREDENTIAL_OVER} OR coalesce(s.valid_until <= now(), false)`;

export interface CredentialRow {
  id: string;
  tenantId: string;
  policy: Policy;
  lastUsedAt: Date | null;
  revoked: boolean;
  expiresAt: Date | null;
}

/** How somebody signs in: by a credential's id or access key, or by its name and its tenant. */
export interface SignInName {
  /** The tenant's name or id. */
  tenant?: string;
  name: string;
}

/** What came of signing in with a name and a secret, and when either ends. */
export type SignIn = Extract<Authentication, { refused: unknown }> | (KnownCaller & { endsAt: Date | null });

/** A credential and its tenant, as they are called. */
export interface CredentialIdentity {
  id: string;
  name: string;
  tenantId: string;
  tenantName: string;
}

/** Finds whose a secret is. Secret keys are opened here and nowhere else. */
export class CredentialRepository {
  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
  ) {}

  /** Whose API key this is. */
  async findByApiKey(apiKey: string): Promise<Authentication> {
    const { rows } = await this.database.pool.query<CredentialRow & { over: boolean }>({
      name: 'find-by-api-key',
      text: `SELECT ${CREDENTIAL_COLUMNS},
              ${SECRET_OVER} AS over
       FROM credential_secret s JOIN api_credential c ON c.id = s.credential_id
            LEFT JOIN api_credential p ON p.id = c.parent_id
       WHERE s.key_hash = $1`,
      values: [hashSecret(apiKey)],
    });
    return toAuthentication(rows[0]);
  }

  /**
   * Whose secret this is among the credentials of a tenant: of an API key the key, of a key pair the secret key.
   * Temporary ones have no name to sign in with.
   */
  async findByName({ tenant, name }: SignInName, secret: string): Promise<SignIn> {
    const { rows } = await this.database.pool.query<CredentialRow & NamedRow>(
      `SELECT ${CREDENTIAL_COLUMNS}, s.id AS "secretId", s.key_hash AS "keyHash", s.sealed_sk AS "sealedSk",
              s.valid_until AS "validUntil", ${SECRET_OVER} AS over
       FROM api_credential c JOIN tenant t ON t.id = c.tenant_id
            LEFT JOIN api_credential p ON p.id = c.parent_id
            JOIN credential_secret s ON s.credential_id = c.id
       WHERE c.kind <> 'temporary'
         AND (($1::text IS NULL OR t.name = $1 OR t.id::text = $1) AND (c.access_key = $2 OR c.id::text = $2)
           OR (t.name = $1 OR t.id::text = $1) AND c.name = $2)`,
      [tenant ?? null, name],
    );
    const matching = [];
    for (const row of rows) {
      const hash = row.keyHash ?? hashSecret(await this.vault.open(row.sealedSk ?? NOTHING, row.secretId));
      if (timingSafeEqual(hash, hashSecret(secret))) matching.push(row);
    }
    // Several: names are used again once they are revoked, and a secret may be about to end.
    const row = matching.find(({ revoked, over }) => !revoked && !over) ?? matching[0];
    const found = toAuthentication(row);
    if ('refused' in found) return found;
    const ends = [row?.validUntil, row?.expiresAt].filter((end) => end instanceof Date);
    return { ...found, endsAt: ends.sort((a, b) => a.getTime() - b.getTime())[0] ?? null };
  }

  /** What a credential and its tenant are called. */
  async describe(credentialId: string): Promise<CredentialIdentity | undefined> {
    const { rows } = await this.database.pool.query<CredentialIdentity>(
      `SELECT c.id, c.name, t.id AS "tenantId", t.name AS "tenantName"
       FROM api_credential c JOIN tenant t ON t.id = c.tenant_id WHERE c.id = $1`,
      [credentialId],
    );
    return rows[0];
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

interface NamedRow {
  secretId: string;
  keyHash: Buffer | null;
  sealedSk: Buffer | null;
  validUntil: Date | null;
  over: boolean;
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
