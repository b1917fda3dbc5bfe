import { randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { AccountCheckRepository, AccountDocumentRepository, CallBucketRepository } from '#database';
import { SyncError } from '#domain';
import { Metrics } from '#metrics';
import { createLogger, parseKeyring, Vault } from '#platform';
import { defineVendor, HostIdentityPolicy, type ListingPreview, type OfferedScope } from '#vendor-kit';
import { openNetwork } from '#vendor-kit/testing';

import { SyncFixture } from '../../database/src/testing/sync-fixture.js';
import { checkAccount, type CheckEngine } from './check-account.js';
import { ConnectionPool } from './connection-pool.js';
import { DEFAULT_TIMING } from './engine.js';

const NEVER = new AbortController().signal;
/** Longer than a vendor that answers takes on a busy machine. */
const PATIENT_MS = 120_000;

describe('checkAccount', () => {
  const vault = new Vault(parseKeyring(`1:${randomBytes(32).toString('base64')}`));
  let sync: SyncFixture;
  let checks: AccountCheckRepository;
  let engine: CheckEngine;
  let logged: string;
  let accountId: string;
  /** What a preview shows. */
  let preview: () => Promise<ListingPreview[]>;
  /** What signing in does. */
  let connect: (signal: AbortSignal) => Promise<void>;
  let open: number;
  let places: OfferedScope[];

  beforeEach(async () => {
    sync = await SyncFixture.open();
    checks = new AccountCheckRepository(sync.database);
    logged = '';
    open = 0;
    places = [{ key: 'scope', name: 'The scope' }];
    preview = () => Promise.reject(new Error('nobody asked for it'));
    connect = () => Promise.resolve();
    const adapter = defineVendor({
      vendor: 'VMWARE',
      unitsAtOnce: 1,
      tables: [],
      connect: async (_access, signal) => {
        await connect(signal);
        open += 1;
        return 'connection';
      },
      disconnect: async () => {
        open -= 1;
        return Promise.resolve();
      },
      scopes: () => Promise.resolve(places),
      preview: () => preview(),
      classify: () => undefined,
    });
    const adapters = { VMWARE: () => Promise.resolve(adapter) };
    const output = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        logged += chunk.toString('utf8');
        done();
      },
    });
    const log = createLogger({ level: 'trace', format: 'json' }, output);
    engine = {
      accounts: sync.accounts,
      adapters,
      checks,
      connections: new ConnectionPool({
        accounts: sync.accounts,
        buckets: new CallBucketRepository(sync.database),
        documents: new AccountDocumentRepository(sync.database, vault),
        vault,
        adapters,
        network: openNetwork,
        hostIdentities: new HostIdentityPolicy([]),
        log,
        metrics: new Metrics(),
        idleMs: 1,
      }),
      log,
      timing: { ...DEFAULT_TIMING, checkLimitMs: PATIENT_MS },
    };
    accountId = await sync.addAccount('a', (id) => vault.seal('secret', id));
  });
  afterEach(async () => {
    await engine.connections.close();
    await sync.close();
  });

  const key = () => ({ tenantId: sync.tenantId, accountId });
  const request = async (wanted: { preview?: boolean } = {}): Promise<string> => {
    const requested = await checks.request(key(), { record: false, ...wanted });
    if (typeof requested !== 'object') throw new Error('There is nothing to check.');
    return requested.id;
  };

  it('signs in, finds the scopes, and signs out', async () => {
    const id = await request();
    expect(await checks.find(key())).toMatchObject({ status: 'pending', scopes: null });
    expect(await checkAccount(engine, id, NEVER)).toBe('done');
    expect(await checks.find(key())).toMatchObject({
      status: 'success',
      scopes: places.map((scope) => ({ ...scope, isChosen: true })),
      errorKind: null,
      message: null,
    });
    expect(open).toBe(0);
    expect(await checkAccount(engine, id, NEVER)).toBe('done'); // a second job of the same check
  });

  it('says which scopes the settings choose, and which regions there are not', async () => {
    places.push({ key: 's-1', name: 'One', region: 'r-1' }, { key: 's-2', name: 'Two', region: 'r-2' });
    const settings = { regions: ['r-2', 'r-9'] };
    await sync.accounts.update(sync.tenantId, accountId, { settings });
    await checkAccount(engine, await request(), NEVER);
    expect(await checks.find(key())).toMatchObject({
      status: 'success',
      scopes: [{ isChosen: true }, { key: 's-1', isChosen: false }, { key: 's-2', isChosen: true }],
      message: "The account's setting regions names r-9, which it does not have.",
    });

    places.shift(); // the one without a region
    await sync.accounts.update(sync.tenantId, accountId, { settings: { regions: ['r-9'] } });
    await checkAccount(engine, await request(), NEVER);
    expect(await checks.find(key())).toMatchObject({
      status: 'failed',
      errorCode: 'NO_REGION',
      message: expect.stringContaining('it has r-1, r-2'),
    });
  });

  describe('with a preview', () => {
    const listing = (text: string): ListingPreview => ({
      scope: 'The scope',
      type: 'cloudservers',
      request: 'GET /',
      records: 1,
      rows: [{ record: { id: 'a', text }, resource: null, problem: `It says ${text}` }],
      unmapped: [text],
      problem: null,
    });

    it('keeps what the listings begin with, without the secret, until the next check', async () => {
      const sk = 'hunter2-of-the-account';
      accountId = await sync.addAccount('b', (id) => vault.seal(sk, id));
      preview = () => Promise.resolve([listing(`you sent ${sk}`)]);
      expect(await checkAccount(engine, await request({ preview: true }), NEVER)).toBe('done');
      const shown = listing('you sent [secret]');
      expect(await checks.find(key())).toMatchObject({ status: 'success', preview: [shown] });

      await checkAccount(engine, await request(), NEVER);
      expect(await checks.find(key())).toMatchObject({ status: 'success', preview: null });
    });

    it('fails as a check does when there is none to be had', async () => {
      preview = () => Promise.reject(new Error('no such thing'));
      await checkAccount(engine, await request({ preview: true }), NEVER);
      expect(await checks.find(key())).toMatchObject({ status: 'failed', errorKind: 'bug', preview: null });
      expect(open).toBe(0);
    });

    it('is made by a second look when it is asked for while a check without one runs', async () => {
      const id = await request();
      preview = () => Promise.resolve([listing('a')]);
      connect = async () => {
        connect = () => Promise.resolve();
        expect(await request({ preview: true })).toBe(id);
      };
      expect(await checkAccount(engine, id, NEVER)).toEqual({ retryInMs: 0 });
      expect(await checks.find(key())).toMatchObject({ status: 'pending', preview: null });
      expect(await checkAccount(engine, id, NEVER)).toBe('done');
      expect(await checks.find(key())).toMatchObject({ status: 'success', preview: [listing('a')] });
    });
  });

  it('gives a vendor so much time and no more', async () => {
    connect = (signal) =>
      new Promise((_resolve, reject) => {
        if (signal.aborted) reject(signal.reason as Error); // its time was up before it came here
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
    const impatient = { ...engine, timing: { ...engine.timing, checkLimitMs: 50 } };
    expect(await checkAccount(impatient, await request(), NEVER)).toBe('done');
    expect(await checks.find(key())).toMatchObject({
      status: 'failed',
      errorKind: 'unavailable',
      errorCode: 'TIMEOUT',
      message: 'The vendor did not answer within 0.05 s.',
    });
  });

  it('says which master key is missing', async () => {
    await sync.rows(`UPDATE vendor_account SET sealed_sk = set_byte(sealed_sk, 4, 9)`);
    await checkAccount(engine, await request(), NEVER);
    expect(await checks.find(key())).toMatchObject({
      status: 'failed',
      errorKind: 'credentials',
      errorCode: 'VAULT',
      message: 'A secret was sealed with master key 9, which is not in the keyring.',
    });
  });

  it('gives the check back when its process stops', async () => {
    const shutdown = new AbortController();
    connect = (signal) => {
      shutdown.abort();
      signal.throwIfAborted();
      return Promise.resolve();
    };
    const id = await request();
    expect(await checkAccount(engine, id, shutdown.signal)).toEqual({ retryInMs: 0 });
    expect(logged).toBe('');
    connect = () => Promise.resolve();
    expect(await checkAccount(engine, id, NEVER)).toBe('done');
    expect(await checks.find(key())).toMatchObject({ status: 'success' });
  });

  it('leaves alone what another worker has, and what another has taken over', async () => {
    const id = await request();
    connect = async () => {
      expect(await checkAccount(engine, id, NEVER)).toEqual({ retryInMs: expect.any(Number) });
      await sync.rows(
        `UPDATE account_check SET lease_token = gen_random_uuid(), lease_until = now() + interval '9 s'`,
      );
    };
    expect(await checkAccount(engine, id, NEVER)).toBe('done');
    expect(await checks.find(key())).toMatchObject({ status: 'pending' });
  });

  it('leaves checks of vendors alone that this build has no adapter for', async () => {
    const id = await request();
    expect(await checkAccount({ ...engine, adapters: {} }, id, NEVER)).toBe('done');
    expect(await checks.find(key())).toMatchObject({ status: 'pending' });
    expect(await checks.takeForgotten(9, 0)).toEqual([{ id, vendor: 'VMWARE' }]);
  });

  it('logs what nobody knows, and nothing of the secret', async () => {
    connect = () => Promise.reject(new TypeError('no such method'));
    await checkAccount(engine, await request(), NEVER);
    expect(logged).toContain('no such method');
    expect(logged).not.toContain('secret');
  });

  it('has nothing to do for an account that was removed', async () => {
    const id = await request();
    connect = async () => {
      await sync.accounts.remove(sync.tenantId, accountId);
    };
    expect(await checkAccount(engine, id, NEVER)).toBe('done');
    expect(await checks.find(key())).toBeUndefined();
    expect(await checks.request(key(), { record: true })).toBeUndefined();
    connect = () => Promise.reject(new SyncError('bug', 'This must not be called.'));
    expect(await checkAccount(engine, id, NEVER)).toBe('done');
  });
});
