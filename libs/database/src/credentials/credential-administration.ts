import { v7 as uuidv7 } from 'uuid';

import { FULL_ACCESS, type Policy } from '#domain';
import { SealedSecretError, StartError, type Vault } from '#platform';

import type { Database, Querier } from '../database.js';
import { isUniqueViolation } from '../errors.js';
import { hashSecret, newAccessKey, newApiKey, newSecretKey, newToken } from './new-secrets.js';

/** What a credential is: a key pair that signs requests, a plain key, or a key pair for some hours. */
export const CREDENTIAL_KINDS = ['access-key', 'api-key', 'temporary'] as const;
export type CredentialKind = (typeof CREDENTIAL_KINDS)[number];

/** The secrets of a credential. They cannot be had again. */
export type IssuedSecrets =
  | { kind: 'api-key'; apiKey: string }
  | { kind: 'access-key'; accessKey: string; secretKey: string }
  | { kind: 'temporary'; accessKey: string; secretKey: string; securityToken: string; expiresAt: Date };

export interface NewCredential {
  tenantId: string;
  name: string;
  kind: Exclude<CredentialKind, 'temporary'>;
  policy: Policy;
  expiresAt?: Date;
}

/** A credential among a tenant's that are not revoked, by its name or access key. */
export interface CredentialName {
  tenantId: string;
  name: string;
}

/** A credential as lists show it: nothing of its secrets. */
export interface ListedCredential {
  id: string;
  tenant: string;
  name: string;
  kind: CredentialKind;
  accessKey: string | null;
  policy: Policy;
  /** Whose name a temporary one is made from. */
  madeFrom: string | null;
  createdAt: Date;
  expiresAt: Date | null;
  revokedAt: Date | null;
  lastUsedAt: Date | null;
  /** Until when the secret before the last rotation is still accepted. */
  oldSecretUntil: Date | null;
}

/** What the first start shows, once. */
export interface FirstCredentials {
  apiKey: string;
  accessKey: string;
  secretKey: string;
}

/** Names of the credentials that the first start makes. */
const FIRST_API_KEY = 'first';
const FIRST_ACCESS_KEY = 'first-access-key';
export const DEFAULT_TENANT = 'default';

/** How long expired temporary key pairs stay to be looked up by their id, in days. */
const TEMPORARY_KEPT_DAYS = 30;

/** Makes, changes and ends credentials, and tenants to have them. */
export class CredentialAdministration {
  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
  ) {}

  /**
   * Makes sure that there is a credential. With `chosen`, that is the API key of the first, also where another
   * was before. Otherwise an API key and a key pair are made when there is nothing at all, and returned: the
   * only time they can be seen.
   * @throws {StartError} when the chosen key was revoked.
   */
  async ensureFirst(chosen?: string): Promise<FirstCredentials | undefined> {
    return this.database.transaction(async (client) => {
      // Locks the tenant, which serializes processes that start together on an empty database.
      const tenantId = (await ensureTenant(client, DEFAULT_TENANT)).id;
      if (chosen !== undefined) {
        await choose(client, tenantId, chosen);
        return undefined;
      }
      const { rowCount } = await client.query('SELECT 1 FROM api_credential LIMIT 1');
      if (rowCount !== 0) return undefined;
      const first = { tenantId, policy: FULL_ACCESS };
      const key = await addCredential(client, { ...first, name: FIRST_API_KEY, kind: 'api-key' });
      const pair = await addCredential(client, { ...first, name: FIRST_ACCESS_KEY, kind: 'access-key' });
      return {
        apiKey: await addApiKey(client, key.id),
        accessKey: pair.accessKey ?? '',
        secretKey: await this.addSecretKey(client, pair.id),
      };
    });
  }

  /**
   * Makes sure that what is sealed now will open where Muster runs: with another keyring, a new key pair would
   * be useless.
   * @throws {StartError} when what is there does not open.
   */
  async checkKeyring(): Promise<void> {
    const { rows } = await this.database.pool.query<{ id: string; sealedSk: Buffer }>(
      `(SELECT id, sealed_sk AS "sealedSk" FROM credential_secret WHERE sealed_sk IS NOT NULL
        ORDER BY created_at DESC LIMIT 1)
       UNION ALL (SELECT id, sealed_sk FROM vendor_account WHERE length(sealed_sk) > 0
        ORDER BY create_time DESC LIMIT 1)`,
    );
    try {
      for (const { id, sealedSk } of rows) await this.vault.open(sealedSk, id);
    } catch (error) {
      if (!(error instanceof SealedSecretError)) throw error;
      throw new StartError(
        `MUSTER_KEYRING or MUSTER_KEYRING_FILE is not that of this database: ${error.message}`,
      );
    }
  }

  /** The tenant's id; a tenant of that name is made when there is none. */
  async ensureTenant(name: string): Promise<{ id: string; created: boolean }> {
    return ensureTenant(this.database.pool, name);
  }

  /** The id of the tenant with this name. */
  async findTenant(name: string): Promise<string | undefined> {
    const { rows } = await this.database.pool.query<{ id: string }>('SELECT id FROM tenant WHERE name = $1', [
      name,
    ]);
    return rows[0]?.id;
  }

  /** Makes a credential; undefined when the tenant has one with this name that is not revoked. */
  async create(credential: NewCredential): Promise<IssuedSecrets | undefined> {
    try {
      return await this.database.transaction(async (client) =>
        this.addSecret(client, await addCredential(client, credential)),
      );
    } catch (error) {
      if (isUniqueViolation(error)) return undefined;
      throw error;
    }
  }

  /**
   * Makes a key pair from another credential, whose policy it has and with which it ends.
   * @param parentId a credential that is neither revoked nor temporary; undefined is returned for any other.
   */
  async createTemporary(parentId: string, expiresAt: Date): Promise<IssuedSecrets | undefined> {
    return this.database.transaction(async (client) => {
      const [id, accessKey] = [uuidv7(), newAccessKey()];
      const { rowCount } = await client.query(
        `INSERT INTO api_credential (id, tenant_id, name, kind, access_key, parent_id, expires_at)
         SELECT $1, tenant_id, $2, 'temporary', $3, id, $4 FROM api_credential
         WHERE id = $5 AND revoked_at IS NULL AND kind <> 'temporary'`,
        [id, `temporary ${accessKey}`, accessKey, expiresAt, parentId],
      );
      if (rowCount === 0) return undefined;
      await client.query(
        `DELETE FROM api_credential
         WHERE kind = 'temporary' AND parent_id = $1 AND expires_at < now() - make_interval(days => $2)`,
        [parentId, TEMPORARY_KEPT_DAYS],
      );
      const securityToken = newToken();
      const secretKey = await this.addSecretKey(client, id, hashSecret(securityToken));
      return { kind: 'temporary', accessKey, secretKey, securityToken, expiresAt };
    });
  }

  /**
   * Gives a credential a new secret. The one before stays valid for the overlap, and so, at most, does what was
   * made with it: temporary key pairs and session tokens. A secret before that ends at once.
   */
  async rotate(named: CredentialName, overlapMs: number): Promise<IssuedSecrets | 'unknown' | 'temporary'> {
    return this.database.transaction(async (client) => {
      const credential = await findActive(client, named);
      if (credential === undefined) return 'unknown';
      if (credential.kind === 'temporary') return 'temporary';
      await client.query(
        'DELETE FROM credential_secret WHERE credential_id = $1 AND valid_until IS NOT NULL',
        [credential.id],
      );
      const values = [credential.id, overlapMs / 1_000];
      await client.query(
        `UPDATE credential_secret SET valid_until = now() + make_interval(secs => $2) WHERE credential_id = $1`,
        values,
      );
      await client.query(
        `UPDATE api_credential SET expires_at = least(expires_at, now() + make_interval(secs => $2))
         WHERE parent_id = $1`,
        values,
      );
      await client.query(
        `UPDATE session_token SET expires_at = least(expires_at, now() + make_interval(secs => $2))
         WHERE credential_id = $1`,
        values,
      );
      return this.addSecret(client, credential);
    });
  }

  /** Ends a credential and all that was made from it. False when there is none to end. */
  async revoke(named: CredentialName): Promise<boolean> {
    return this.database.transaction(async (client) => {
      const credential = await findActive(client, named);
      if (credential === undefined) return false;
      await client.query('UPDATE api_credential SET revoked_at = now() WHERE id = $1', [credential.id]);
      return true;
    });
  }

  /** Changes what a credential may do, and so does what is made from it. */
  async setPolicy(named: CredentialName, policy: Policy): Promise<'changed' | 'unknown' | 'temporary'> {
    return this.database.transaction(async (client) => {
      const credential = await findActive(client, named);
      if (credential === undefined) return 'unknown';
      if (credential.kind === 'temporary') return 'temporary';
      await client.query('UPDATE api_credential SET policy = $2 WHERE id = $1', [
        credential.id,
        JSON.stringify(policy),
      ]);
      return 'changed';
    });
  }

  /** All credentials, of all tenants or of one, by tenant and age. */
  async list(tenantId?: string): Promise<ListedCredential[]> {
    const { rows } = await this.database.pool.query<ListedCredential>(
      `SELECT c.id, t.name AS tenant, c.name, c.kind, c.access_key AS "accessKey",
              coalesce(p.policy, c.policy) AS policy, p.name AS "madeFrom", c.created_at AS "createdAt",
              least(c.expires_at, p.expires_at) AS "expiresAt", coalesce(c.revoked_at, p.revoked_at) AS "revokedAt",
              c.last_used_at AS "lastUsedAt",
              (SELECT max(valid_until) FROM credential_secret s
                 WHERE s.credential_id = c.id AND s.valid_until > now()) AS "oldSecretUntil"
       FROM api_credential c JOIN tenant t ON t.id = c.tenant_id LEFT JOIN api_credential p ON p.id = c.parent_id
       WHERE $1::uuid IS NULL OR c.tenant_id = $1
       ORDER BY t.name, c.created_at, c.id`,
      [tenantId ?? null],
    );
    return rows;
  }

  private async addSecret(
    client: Querier,
    { id, accessKey }: { id: string; accessKey: string | null },
  ): Promise<IssuedSecrets> {
    return accessKey === null
      ? { kind: 'api-key', apiKey: await addApiKey(client, id) }
      : { kind: 'access-key', accessKey, secretKey: await this.addSecretKey(client, id) };
  }

  private async addSecretKey(
    client: Querier,
    credentialId: string,
    securityTokenHash: Buffer | null = null,
  ): Promise<string> {
    const [id, secretKey] = [uuidv7(), newSecretKey()];
    await client.query(
      `INSERT INTO credential_secret (id, credential_id, sealed_sk, security_token_hash) VALUES ($1, $2, $3, $4)`,
      [id, credentialId, await this.vault.seal(secretKey, id), securityTokenHash],
    );
    return secretKey;
  }
}

/** Makes `apiKey` the key of the first credential, in place of the one that it had. */
async function choose(client: Querier, tenantId: string, apiKey: string): Promise<void> {
  const { rows } = await client.query<{ revoked: boolean }>(
    `SELECT c.revoked_at IS NOT NULL AS revoked FROM credential_secret s
     JOIN api_credential c ON c.id = s.credential_id WHERE s.key_hash = $1`,
    [hashSecret(apiKey)],
  );
  if (rows[0]?.revoked === true) {
    throw new StartError('MUSTER_API_KEY is a key that was revoked: choose another, or leave it out');
  }
  if (rows[0] !== undefined) return; // known already, by whatever name
  const named = { tenantId, name: FIRST_API_KEY };
  const found = await findActive(client, named);
  if (found !== undefined && found.kind !== 'api-key') {
    throw new StartError(
      `MUSTER_API_KEY is for the credential "${FIRST_API_KEY}", which is a key pair: revoke it`,
    );
  }
  const { id } = found ?? (await addCredential(client, { ...named, kind: 'api-key', policy: FULL_ACCESS }));
  await client.query('DELETE FROM credential_secret WHERE credential_id = $1', [id]);
  await addApiKey(client, id, apiKey);
}

interface ActiveCredential {
  id: string;
  kind: CredentialKind;
  accessKey: string | null;
}

/** Locks it, so that two rotations don't make three secrets. */
async function findActive(
  client: Querier,
  { tenantId, name }: CredentialName,
): Promise<ActiveCredential | undefined> {
  const { rows } = await client.query<ActiveCredential>(
    `SELECT id, kind, access_key AS "accessKey" FROM api_credential
     WHERE tenant_id = $1 AND revoked_at IS NULL AND (name = $2 OR access_key = $2)
     ORDER BY name = $2 DESC LIMIT 1 FOR UPDATE`,
    [tenantId, name],
  );
  return rows[0];
}

/** Adds a credential, without a secret yet. */
async function addCredential(client: Querier, credential: NewCredential): Promise<ActiveCredential> {
  const { tenantId, name, kind, policy, expiresAt = null } = credential;
  const [id, accessKey] = [uuidv7(), kind === 'access-key' ? newAccessKey() : null];
  await client.query(
    `INSERT INTO api_credential (id, tenant_id, name, kind, access_key, policy, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [id, tenantId, name, kind, accessKey, JSON.stringify(policy), expiresAt],
  );
  return { id, kind, accessKey };
}

async function addApiKey(client: Querier, credentialId: string, apiKey = newApiKey()): Promise<string> {
  await client.query('INSERT INTO credential_secret (id, credential_id, key_hash) VALUES ($1, $2, $3)', [
    uuidv7(),
    credentialId,
    hashSecret(apiKey),
  ]);
  return apiKey;
}

async function ensureTenant(client: Querier, name: string): Promise<{ id: string; created: boolean }> {
  const id = uuidv7();
  const { rows } = await client.query<{ id: string }>(
    `INSERT INTO tenant (id, name) VALUES ($1, $2)
     ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id`,
    [id, name],
  );
  const found = rows[0]?.id ?? id;
  return { id: found, created: found === id };
}
