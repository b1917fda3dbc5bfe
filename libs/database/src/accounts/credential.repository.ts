import { createHash, randomBytes } from 'node:crypto';

import { v7 as uuidv7 } from 'uuid';

import type { Database, Querier } from '../database.js';

/** Who calls. */
export interface Caller {
  credentialId: string;
  tenantId: string;
}

const KEY_BYTES = 24;
const DEFAULT_TENANT = 'default';
const FIRST_CREDENTIAL = 'first';

/** API keys. Stored as their SHA-256: a key has 192 random bits, so a slow hash would protect nothing more. */
export class CredentialRepository {
  constructor(private readonly database: Database) {}

  /** Whose key this is; undefined when it is unknown or revoked. */
  async authenticate(key: string): Promise<Caller | undefined> {
    const credential = await this.database.prisma.apiCredential.findFirst({
      where: { keyHash: hashKey(key), revokedAt: null },
      select: { id: true, tenantId: true },
    });
    return credential ? { credentialId: credential.id, tenantId: credential.tenantId } : undefined;
  }

  /**
   * Makes sure that there is a first key, of the default tenant. With `chosen`, that is the key, also where
   * another was before. Otherwise one is made when there is none at all, and returned: the only time it can
   * be seen.
   */
  async ensureFirst(chosen?: string): Promise<string | undefined> {
    return this.database.transaction(async (client) => {
      // Serializes processes that start together on an empty database.
      await client.query(
        `INSERT INTO tenant (id, name) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET name = excluded.name`,
        [uuidv7(), DEFAULT_TENANT],
      );
      const { rows } = await client.query<{ total: number }>(
        'SELECT count(*)::int AS total FROM api_credential',
      );
      if (chosen === undefined && rows[0]?.total !== 0) return undefined;
      const key = chosen ?? createKey();
      await issue(client, FIRST_CREDENTIAL, key);
      return chosen === undefined ? key : undefined;
    });
  }

  /** Issues a named key of the default tenant, in place of the one that had the name. */
  async issue(name: string): Promise<string> {
    const key = createKey();
    await issue(this.database.pool, name, key);
    return key;
  }

  /** Makes a key useless, at once. */
  async revoke(name: string): Promise<void> {
    await this.database.pool.query(
      `UPDATE api_credential SET revoked_at = now()
       WHERE name = $1 AND tenant_id = (SELECT id FROM tenant WHERE name = $2)`,
      [name, DEFAULT_TENANT],
    );
  }
}

async function issue(client: Querier, name: string, key: string): Promise<void> {
  await client.query(
    `INSERT INTO api_credential (id, tenant_id, name, key_hash)
     SELECT $1, id, $2, $3 FROM tenant WHERE name = $4
     ON CONFLICT (tenant_id, name) DO UPDATE SET key_hash = excluded.key_hash, revoked_at = NULL`,
    [uuidv7(), name, hashKey(key), DEFAULT_TENANT],
  );
}

function createKey(): string {
  return `mk_${randomBytes(KEY_BYTES).toString('base64url')}`;
}

function hashKey(key: string): Buffer<ArrayBuffer> {
  return Buffer.from(createHash('sha256').update(key).digest());
}
