import type { Database } from '../database.js';

/** A column that holds sealed secrets, each sealed for its row's id. */
export interface SealedColumn {
  table: string;
  column: string;
  /** How many are wrapped at once, of such as are large. */
  rowsAtOnce?: number;
}

/**
 * Every such column, in the order in which they are wrapped anew. A test holds this to the schema. A webhook's secret may
 * become its former one meanwhile: that comes behind it, or it would be in neither when it is looked for.
 */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  { table: 'vendor_account', column: 'sealed_sk' },
  { table: 'credential_secret', column: 'sealed_sk' },
  { table: 'webhook', column: 'sealed_secret' },
  { table: 'webhook', column: 'sealed_former_secret' },
  { table: 'account_document_part', column: 'sealed_content', rowsAtOnce: 10 },
];

/** A sealed secret, with the id that it was sealed for. */
export interface SealedSecret {
  id: string;
  sealed: Buffer;
}

/** A sealed secret, and what is to take its place. */
export interface SealedReplacement extends SealedSecret {
  replacement: Uint8Array;
}

/** How many secrets a master key has sealed. */
export interface MasterKeyUse {
  version: number;
  secrets: number;
}

export interface BatchWindow {
  limit: number;
  /** The last id of the batch before; absent at the start. */
  after?: string;
}

const NIL_UUID = '00000000-0000-0000-0000-000000000000';

/** The master key's version in a sealed secret: bytes 2 to 5, big-endian (libs/platform crypto/vault). */
const versionIn = (column: string) => `('x' || encode(substr(${column}, 2, 4), 'hex'))::bit(32)::bigint`;

/** Sealed secrets as they are stored, wherever they are, to be wrapped anew. None is opened here. */
export class SealedSecretRepository {
  constructor(private readonly database: Database) {}

  /** How many secrets each master key has sealed, by version. Destroyed ones, which are empty, don't count. */
  async countByVersion(): Promise<MasterKeyUse[]> {
    const all = SEALED_COLUMNS.map(
      ({ table, column }) => `SELECT ${column} AS sealed FROM ${table} WHERE length(${column}) > 0`,
    );
    const { rows } = await this.database.pool.query<MasterKeyUse>(
      `SELECT ${versionIn('sealed')}::float8 AS version, count(*)::int AS secrets
       FROM (${all.join(' UNION ALL ')}) AS secret GROUP BY 1 ORDER BY 1`,
    );
    return rows;
  }

  /** A batch of the secrets of a column that another master key has sealed than the one of this version. */
  async findOthers(
    { table, column }: SealedColumn,
    version: number,
    { limit, after = NIL_UUID }: BatchWindow,
  ): Promise<SealedSecret[]> {
    const { rows } = await this.database.pool.query<SealedSecret>(
      `SELECT id, ${column} AS sealed FROM ${table}
       WHERE id > $1 AND length(${column}) > 0 AND ${versionIn(column)} <> $2 ORDER BY id LIMIT $3`,
      [after, version, limit],
    );
    return rows;
  }

  /**
   * Puts secrets in the place of others, where those are still there: one that was changed meanwhile stays
   * changed. Touches nothing else, so that no connection made with the secret is taken for outdated.
   * @returns how many were replaced
   */
  async replace({ table, column }: SealedColumn, secrets: readonly SealedReplacement[]): Promise<number> {
    const { rowCount } = await this.database.pool.query(
      `UPDATE ${table} SET ${column} = secret.replacement
       FROM unnest($1::uuid[], $2::bytea[], $3::bytea[]) AS secret (id, sealed, replacement)
       WHERE ${table}.id = secret.id AND ${table}.${column} = secret.sealed`,
      [
        secrets.map(({ id }) => id),
        secrets.map(({ sealed }) => sealed),
        secrets.map(({ replacement }) => Buffer.from(replacement)),
      ],
    );
    return rowCount ?? 0;
  }
}
