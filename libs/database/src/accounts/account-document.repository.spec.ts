import { randomBytes, randomUUID } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { parseKeyring, Vault } from '#platform';

import { SyncFixture } from '../testing/sync-fixture.js';
import {
  AccountDocumentRepository,
  type DocumentPart,
  MAX_DOCUMENT_CHARACTERS,
} from './account-document.repository.js';

describe('AccountDocumentRepository', () => {
  const vault = new Vault(parseKeyring(`1:${randomBytes(32).toString('base64')}`));
  let sync: SyncFixture;
  let documents: AccountDocumentRepository;
  let accountId: string;

  beforeEach(async () => {
    sync = await SyncFixture.open();
    documents = new AccountDocumentRepository(sync.database, vault);
    accountId = await sync.addAccount('a');
  });
  afterEach(() => sync.close());

  const part = (uploadId: string, number: number, more: Partial<DocumentPart> = {}): DocumentPart => ({
    uploadId,
    number,
    content: `${uploadId} ${String(number)}`,
    isLast: false,
    ...more,
  });
  const put = (one: DocumentPart, tenantId = sync.tenantId) => documents.put({ tenantId, accountId }, one);

  it('has a document when its last part has come, and the former one no more', async () => {
    const [first, second] = [randomUUID(), randomUUID()];
    await put(part(first, 0));
    expect(await documents.latest(accountId)).toBeUndefined();
    await put(part(first, 1, { isLast: true }));
    const old = await documents.latest(accountId);
    expect(old).toMatchObject({ uploadId: first, parts: 2 });

    await put(part(second, 0));
    expect(await documents.latest(accountId)).toEqual(old);
    await put(part(second, 1, { isLast: true }));
    const current = await documents.latest(accountId);
    expect(current).toMatchObject({ uploadId: second, parts: 2 });
    expect(await documents.part(current?.id ?? '', 1)).toBe(`${second} 1`);
    expect(await documents.part(old?.id ?? '', 0)).toBeUndefined();
  });

  it('keeps nothing of it in plain text', async () => {
    const upload = randomUUID();
    await put(part(upload, 0, { content: 'password=hunter22', isLast: true }));
    const [row] = await sync.rows<{ sealed_content: Buffer }>(
      'SELECT sealed_content FROM account_document_part',
    );
    expect(row?.sealed_content.includes('hunter22')).toBe(false);
    const document = await documents.latest(accountId);
    expect(await documents.part(document?.id ?? '', 0)).toBe('password=hunter22');
  });

  it('has one document of all that are sent at once', async () => {
    const uploads = Array.from({ length: 8 }, () => randomUUID());
    await Promise.all(
      uploads.flatMap((id) => [put(part(id, 0, { isLast: true })), put(part(id, 0, { isLast: true }))]),
    );
    expect(await sync.rows('SELECT count(*)::int FROM account_document')).toEqual([{ count: 1 }]);
    expect(await documents.latest(accountId)).toMatchObject({ parts: 1 });
  });

  it('takes nothing for an account of another tenant, and no more than a document may have', async () => {
    expect(await put(part(randomUUID(), 0), randomUUID())).toBeUndefined();
    const upload = randomUUID();
    await put(part(upload, 0));
    await sync.rows(`UPDATE account_document SET characters = ${String(MAX_DOCUMENT_CHARACTERS - 10)}`);
    expect(await put(part(upload, 1))).toBe('tooLarge');
    expect(await put(part(upload, 1, { content: '0123456789' }))).toMatchObject({ parts: 2 });
  });
});
