import { v7 as uuidv7 } from 'uuid';

import type { Vault } from '#platform';

import type { Database, Querier } from '../database.js';
import type { AccountKey } from './account-check.repository.js';

/** The largest document, in characters. */
export const MAX_DOCUMENT_CHARACTERS = 67_108_864;

/** A part of a document, as it is uploaded. */
export interface DocumentPart {
  /** What the uploader calls the document: the same for all of its parts. */
  uploadId: string;
  /** From 0 on. */
  number: number;
  content: string;
  /** Whether the document is whole with it. */
  isLast: boolean;
}

/** What there is of a document. */
export interface DocumentState {
  id: string;
  uploadId: string;
  parts: number;
  characters: number;
  /** When its last part came; null as long as it has not. */
  completedAt: Date | null;
}

/**
 * A part that is not taken: it is not the one that comes next, is another than before, is too much, or would make the
 * document take the place of one that it may not follow.
 */
export type PartRefusal = { expected: number } | 'different' | 'tooLarge' | { mayNotFollow: string };

/** Why a document may not take the place of the former one, by how both begin; undefined where it may. */
export type Succession = (former: string, next: string) => string | undefined;

/** How much of a document is looked at to say what it is, in characters. */
const BEGINNING_CHARACTERS = 4_096;

const COLUMNS = `id, upload_id AS "uploadId", parts, characters, completed_at AS "completedAt"`;

/**
 * Documents that were uploaded for accounts: one that is whole, which is read, and one that is on its way. They are
 * sealed, since a Terraform state holds secrets.
 */
export class AccountDocumentRepository {
  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
  ) {}

  /**
   * Takes a part. The first one of another upload ends an unfinished one; the last one makes the document the
   * account's, and the former one goes. A part that comes again changes nothing. Undefined when the tenant has no
   * such account.
   * @param refusalOf asked before a document takes another's place
   */
  async put(
    key: AccountKey,
    part: DocumentPart,
    refusalOf?: Succession,
  ): Promise<DocumentState | PartRefusal | undefined> {
    const id = uuidv7();
    const sealed = await this.vault.seal(part.content, id); // before anything is locked
    return this.database.transaction(async (client) => {
      const { rowCount } = await client.query(
        `SELECT 1 FROM vendor_account WHERE id = $1 AND tenant_id = $2 AND removed_at IS NULL FOR NO KEY UPDATE`,
        [key.accountId, key.tenantId],
      );
      if (rowCount !== 1) return undefined;
      const found = await findUpload(client, key.accountId, part.uploadId);
      const { number } = part;
      if (found !== undefined && number < found.parts) return this.repeated(client, found, part);
      if (found?.completedAt !== null && found !== undefined) return 'different';
      const expected = found?.parts ?? 0;
      if (number !== expected) return { expected };
      if ((found?.characters ?? 0) + part.content.length > MAX_DOCUMENT_CHARACTERS) return 'tooLarge';
      const mayNotFollow = part.isLast
        ? await this.refusal(client, { accountId: key.accountId, found, last: part.content }, refusalOf)
        : undefined;
      if (mayNotFollow !== undefined) return { mayNotFollow };
      const documentId = found?.id ?? (await begin(client, key, part.uploadId));
      return add(client, { id, documentId, accountId: key.accountId, sealed }, part);
    });
  }

  /** An account's document. Undefined when none was uploaded whole. */
  async latest(accountId: string): Promise<DocumentState | undefined> {
    return findLatest(this.database.pool, accountId);
  }

  /** A part of a document; undefined when there is none, or another document has taken its place. */
  async part(documentId: string, number: number): Promise<string | undefined> {
    return this.opened(this.database.pool, documentId, number);
  }

  /** Why a document whose last part has come may not take the former one's place. */
  private async refusal(
    client: Querier,
    { accountId, found, last }: { accountId: string; found: DocumentState | undefined; last: string },
    refusalOf: Succession | undefined,
  ): Promise<string | undefined> {
    if (refusalOf === undefined) return undefined;
    const former = await findLatest(client, accountId);
    if (former === undefined) return undefined;
    return refusalOf(
      await this.beginningOf(client, former.id),
      await this.beginningOf(client, found?.id, last),
    );
  }

  /** @param last the part of it that is not stored yet */
  private async beginningOf(client: Querier, documentId: string | undefined, last = ''): Promise<string> {
    let text = '';
    for (let number = 0; text.length < BEGINNING_CHARACTERS; number += 1) {
      const part = documentId === undefined ? undefined : await this.opened(client, documentId, number);
      if (part === undefined) return (text + last).slice(0, BEGINNING_CHARACTERS);
      text += part;
    }
    return text.slice(0, BEGINNING_CHARACTERS);
  }

  private async opened(querier: Querier, documentId: string, number: number): Promise<string | undefined> {
    const { rows } = await querier.query<{ id: string; sealed: Buffer }>(
      `SELECT id, sealed_content AS sealed FROM account_document_part WHERE document_id = $1 AND number = $2`,
      [documentId, number],
    );
    const [row] = rows;
    return row === undefined ? undefined : await this.vault.open(row.sealed, row.id);
  }

  private async repeated(
    client: Querier,
    found: DocumentState,
    { number, content, isLast }: DocumentPart,
  ): Promise<DocumentState | 'different'> {
    const wasLast = found.completedAt !== null && number === found.parts - 1;
    const isSame = wasLast === isLast && (await this.opened(client, found.id, number)) === content;
    return isSame ? found : 'different';
  }
}

async function findLatest(querier: Querier, accountId: string): Promise<DocumentState | undefined> {
  const { rows } = await querier.query<DocumentState>(
    `SELECT ${COLUMNS} FROM account_document WHERE account_id = $1 AND completed_at IS NOT NULL`,
    [accountId],
  );
  return rows[0];
}

async function findUpload(
  client: Querier,
  accountId: string,
  uploadId: string,
): Promise<DocumentState | undefined> {
  const { rows } = await client.query<DocumentState>(
    `SELECT ${COLUMNS} FROM account_document WHERE account_id = $1 AND upload_id = $2`,
    [accountId, uploadId],
  );
  return rows[0];
}

async function begin(client: Querier, key: AccountKey, uploadId: string): Promise<string> {
  await client.query('DELETE FROM account_document WHERE account_id = $1 AND completed_at IS NULL', [
    key.accountId,
  ]);
  const id = uuidv7();
  await client.query(
    'INSERT INTO account_document (id, account_id, tenant_id, upload_id) VALUES ($1, $2, $3, $4)',
    [id, key.accountId, key.tenantId, uploadId],
  );
  return id;
}

/** A part as it is stored. */
interface SealedPart {
  id: string;
  documentId: string;
  accountId: string;
  sealed: Uint8Array;
}

async function add(
  client: Querier,
  { id, documentId, accountId, sealed }: SealedPart,
  { number, content, isLast }: DocumentPart,
): Promise<DocumentState> {
  await client.query(
    'INSERT INTO account_document_part (id, document_id, number, sealed_content) VALUES ($1, $2, $3, $4)',
    [id, documentId, number, sealed],
  );
  if (isLast) {
    await client.query('DELETE FROM account_document WHERE account_id = $1 AND id <> $2', [
      accountId,
      documentId,
    ]);
  }
  const { rows } = await client.query<DocumentState>(
    `UPDATE account_document SET parts = parts + 1, characters = characters + $2,
       completed_at = CASE WHEN $3 THEN now() END
     WHERE id = $1 RETURNING ${COLUMNS}`,
    [documentId, content.length, isLast],
  );
  const [state] = rows;
  if (state === undefined) throw new Error(`Document ${documentId} is gone, though its account is locked.`);
  return state;
}
