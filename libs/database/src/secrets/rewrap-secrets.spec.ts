import { randomBytes } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { parseKeyring, Vault } from '#platform';

import { SyncFixture } from '../testing/sync-fixture.js';
import { WebhookRepository } from '../webhooks/webhook.repository.js';
import { rewrapSecrets } from './rewrap-secrets.js';
import { SEALED_COLUMNS, SealedSecretRepository } from './sealed-secret.repository.js';

const entry = (version: number) => `${version}:${randomBytes(32).toString('base64')}`;
const [FIRST, SECOND] = [entry(1), entry(2)];
const NEVER = new AbortController().signal;

let sync: SyncFixture;
let secrets: SealedSecretRepository;
const old = new Vault(parseKeyring(FIRST));
const ring = new Vault(parseKeyring(`${FIRST} ${SECOND}`));
const onlyNew = new Vault(parseKeyring(SECOND));

beforeEach(async () => {
  sync = await SyncFixture.open();
  secrets = new SealedSecretRepository(sync.database);
});
afterEach(() => sync.close());

const add = (secret: string, vault = old) => sync.addAccount(secret, (id) => vault.seal(secret, id));
const stored = async () =>
  sync.rows<{ id: string; account_id: string; sealed_sk: Buffer; update_time: Date; xmin: string }>(
    'SELECT id, account_id, sealed_sk, update_time, xmin::text FROM vendor_account ORDER BY id',
  );
/** What each account's secret is, opened with the new key alone. */
const opened = async () =>
  Object.fromEntries(
    await Promise.all(
      (await stored()).map(async (row) => [row.account_id, await onlyNew.open(row.sealed_sk, row.id)]),
    ),
  ) as Record<string, string>;

describe('rewrapSecrets', () => {
  it('moves every secret to the newest key and changes nothing else', async () => {
    const names = Array.from({ length: 450 }, (_, number) => `secret ${number}`);
    for (const name of names) await add(name);
    const before = await sync.rows('SELECT * FROM vendor_account ORDER BY id');

    const report = await rewrapSecrets(secrets, ring, NEVER);

    expect(report).toEqual({ version: 2, rewrapped: 450, changedMeanwhile: 0, failed: [] });
    expect(await opened()).toEqual(Object.fromEntries(names.map((name) => [name, name])));
    const after = await sync.rows('SELECT * FROM vendor_account ORDER BY id');
    const withoutSecret = (rows: object[]) => rows.map((row) => ({ ...row, sealed_sk: '' }));
    expect(withoutSecret(after)).toEqual(withoutSecret(before));
  });

  it('finds nothing to do a second time, and touches no row', async () => {
    await add('a');
    await add('b', ring);
    expect((await rewrapSecrets(secrets, ring, NEVER)).rewrapped).toBe(1);
    const before = await stored();
    expect((await rewrapSecrets(secrets, ring, NEVER)).rewrapped).toBe(0);
    expect(await stored()).toEqual(before);
  });

  it('goes on where it was interrupted', async () => {
    for (let number = 0; number < 250; number += 1) await add(`secret ${number}`);
    const stop = new AbortController();
    const replace = secrets.replace.bind(secrets);
    jest.spyOn(secrets, 'replace').mockImplementation(async (...batch) => {
      stop.abort(); // while the first batch is written
      return replace(...batch);
    });
    expect((await rewrapSecrets(secrets, ring, stop.signal)).rewrapped).toBe(200);
    expect(await secrets.countByVersion()).toEqual([
      { version: 1, secrets: 50 },
      { version: 2, secrets: 200 },
    ]);
    expect((await rewrapSecrets(secrets, ring, NEVER)).rewrapped).toBe(50);
    expect(Object.keys(await opened())).toHaveLength(250);
  });

  it('does not overwrite a secret that is changed meanwhile', async () => {
    const [a] = [await add('a'), await add('b')];
    const replace = secrets.replace.bind(secrets);
    jest.spyOn(secrets, 'replace').mockImplementation(async (...batch) => {
      const sealedSk = await ring.seal('changed', a);
      await sync.accounts.update(sync.tenantId, a, { sealedSk });
      return replace(...batch);
    });
    const report = await rewrapSecrets(secrets, ring, NEVER);
    expect(report).toMatchObject({ rewrapped: 1, changedMeanwhile: 1, failed: [] });
    expect(await opened()).toEqual({ a: 'changed', b: 'b' });
  });

  it('reports what cannot be opened, leaves it as it is, and does the rest', async () => {
    const stranger = new Vault(parseKeyring(entry(9)));
    const lost = await add('lost', stranger);
    const damaged = await sync.addAccount('damaged', () => Promise.resolve(new Uint8Array([2, 0, 0])));
    await add('a');
    const before = (await stored()).filter(({ id }) => id === lost || id === damaged);

    const report = await rewrapSecrets(secrets, ring, NEVER);

    expect(report.rewrapped).toBe(1);
    expect(report.failed).toEqual([
      {
        table: 'vendor_account',
        id: lost,
        reason: 'A secret was sealed with master key 9, which is not in the keyring.',
      },
      { table: 'vendor_account', id: damaged, reason: expect.stringContaining('is damaged') },
    ]);
    expect((await stored()).filter(({ id }) => id === lost || id === damaged)).toEqual(before);
  });

  it('moves both secrets of a webhook, also when the one becomes the other meanwhile', async () => {
    const webhooks = new WebhookRepository(sync.database);
    const sealSecret = (id: string) => old.seal('first', id);
    const { tenantId } = sync;
    const terms = { tenantId, sealSecret, name: 'Hook', url: 'https://hooks.example/', types: [] };
    const id = (await webhooks.create(terms, 1))!;
    await webhooks.replaceSecret({ tenantId, id }, await old.seal('second', id), 60);
    const replace = secrets.replace.bind(secrets);
    jest.spyOn(secrets, 'replace').mockImplementationOnce(async (...batch) => {
      await webhooks.replaceSecret({ tenantId, id }, await ring.seal('third', id), 60);
      return replace(...batch);
    });
    expect(await rewrapSecrets(secrets, ring, NEVER)).toMatchObject({ rewrapped: 1, changedMeanwhile: 1 });
    const [row] = await sync.rows<{ now: Buffer; before: Buffer }>(
      'SELECT sealed_secret AS now, sealed_former_secret AS before FROM webhook',
    );
    expect(await onlyNew.open(row!.now, id)).toBe('third');
    expect(await onlyNew.open(row!.before, id)).toBe('second');
  });

  it('leaves the destroyed secrets of removed accounts alone', async () => {
    const id = await add('a');
    await sync.accounts.remove(sync.tenantId, id);
    while (!(await sync.accounts.clearRemoved(10)));
    expect(await secrets.countByVersion()).toEqual([]);
    expect(await rewrapSecrets(secrets, ring, NEVER)).toMatchObject({ rewrapped: 0, failed: [] });
  });
});

describe('SealedSecretRepository', () => {
  it('counts by version, large ones too', async () => {
    await add('a');
    await add('b');
    await add('c', new Vault(parseKeyring(entry(999_999_999))));
    await add('d', new Vault(parseKeyring(entry(0))));
    expect(await secrets.countByVersion()).toEqual([
      { version: 0, secrets: 1 },
      { version: 1, secrets: 2 },
      { version: 999_999_999, secrets: 1 },
    ]);
  });

  it('knows every column of sealed secrets', async () => {
    const columns = await sync.rows(
      `SELECT table_name AS table, column_name AS column FROM information_schema.columns
       WHERE table_schema = 'public' AND data_type = 'bytea' AND column_name LIKE 'sealed%' ORDER BY 1, 2`,
    );
    const known = SEALED_COLUMNS.map(({ table, column }) => ({ table, column }));
    const byName = known.sort((a, b) => a.table.localeCompare(b.table) || a.column.localeCompare(b.column));
    expect(byName).toEqual(columns);
  });
});
