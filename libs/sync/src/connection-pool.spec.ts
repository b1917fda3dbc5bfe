import { randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { AccountDocumentRepository, CallBucketRepository } from '#database';
import { SyncError } from '#domain';
import { Metrics } from '#metrics';
import { createLogger, parseKeyring, Vault } from '#platform';
import { defineVendor, HostIdentityPolicy, type VendorAccess } from '#vendor-kit';
import { openNetwork } from '#vendor-kit/testing';

import { eventually } from '../../../test/support/eventually.js';
import { SyncFixture } from '../../database/src/testing/sync-fixture.js';
import { ConnectionPool } from './connection-pool.js';

const IDLE_MS = 40;
const NEVER_MS = 600_000;

/** A promise to be kept from outside. */
function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** Counts how its accounts sign in and out; a connection is the secret that it was made with. */
class CountingVendor {
  readonly signedIn: string[] = [];
  readonly signedOut: unknown[] = [];
  readonly hostIdentities: VendorAccess['hostIdentity'][] = [];
  loading: Promise<void> = Promise.resolve();
  connecting: Promise<void> = Promise.resolve();
  disconnecting: Promise<void> = Promise.resolve();
  refusal: Error | undefined;

  readonly adapter = defineVendor({
    vendor: 'VMWARE',
    unitsAtOnce: 1,
    tables: [],
    connect: async ({ sk, hostIdentity }: VendorAccess, signal) => {
      this.signedIn.push(sk);
      this.hostIdentities.push(hostIdentity);
      await this.connecting;
      signal.throwIfAborted();
      if (this.refusal !== undefined) throw this.refusal;
      return sk;
    },
    disconnect: async (connection) => {
      await this.disconnecting;
      this.signedOut.push(connection);
    },
    scopes: () => Promise.resolve([]),
    classify: () => undefined,
  });
}

describe('ConnectionPool', () => {
  const vault = new Vault(parseKeyring(`1:${randomBytes(32).toString('base64')}`));
  let sync: SyncFixture;
  let vendor: CountingVendor;
  let accountId: string;
  let logged: string;
  let pools: ConnectionPool[];

  beforeEach(async () => {
    sync = await SyncFixture.open();
    vendor = new CountingVendor();
    accountId = await sync.addAccount('a', (id) => vault.seal('secret 1', id));
    logged = '';
    pools = [];
  });
  afterEach(async () => {
    await Promise.all(pools.map((pool) => pool.close()));
    await sync.close();
  });

  const openPool = (idleMs = NEVER_MS, hostIdentityTenants: string[] = []) => {
    const output = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        logged += chunk.toString('utf8');
        done();
      },
    });
    const pool = new ConnectionPool({
      accounts: sync.accounts,
      buckets: new CallBucketRepository(sync.database),
      documents: new AccountDocumentRepository(sync.database, vault),
      vault,
      adapters: { VMWARE: () => vendor.loading.then(() => vendor.adapter) },
      network: openNetwork,
      hostIdentities: new HostIdentityPolicy(hostIdentityTenants),
      log: createLogger({ level: 'trace', format: 'json' }, output),
      metrics: new Metrics(),
      idleMs,
    });
    pools.push(pool);
    return pool;
  };
  /** Many that want a connection, and when all of them know the account. */
  const acquireTogether = (pool: ConnectionPool, count: number) => {
    const lookUps = jest.spyOn(sync.accounts, 'findForSync');
    const users = Array.from({ length: count }, () => pool.acquire(accountId));
    const lookedUp = Promise.all(lookUps.mock.results.map(({ value }) => value as Promise<unknown>)).then(
      () => new Promise(setImmediate),
    );
    return { users, lookedUp };
  };
  const changeSecret = async (secret: string) =>
    sync.accounts.update(sync.tenantId, accountId, { sealedSk: await vault.seal(secret, accountId) });

  it('signs in once for all that come together, and keeps the connection while anybody has it', async () => {
    const pool = openPool(IDLE_MS);
    const hold = gate();
    vendor.loading = hold.opened;
    const acquiring = acquireTogether(pool, 10);
    await acquiring.lookedUp;
    hold.open();
    const users = await Promise.all(acquiring.users);
    expect(vendor.signedIn).toEqual(['secret 1']);
    expect(new Set(users.map(({ connection }) => connection))).toEqual(new Set(['secret 1']));

    for (const { release } of users.slice(1)) release();
    const another = await pool.acquire(accountId);
    another.release();
    expect(vendor.signedIn).toHaveLength(1);
    expect(vendor.signedOut).toEqual([]);

    users[0]?.release();
    await eventually('signed out', () => vendor.signedOut.length === 1);
    expect(vendor.signedIn).toHaveLength(1);
  });

  it('signs in to each account by itself', async () => {
    const other = await sync.addAccount('b', (id) => vault.seal('secret of b', id));
    const pool = openPool();
    const [a, b] = await Promise.all([pool.acquire(accountId), pool.acquire(other)]);
    expect([a.connection, b.connection]).toEqual(['secret 1', 'secret of b']);
  });

  it('keeps an idle connection for a while', async () => {
    const pool = openPool();
    (await pool.acquire(accountId)).release();
    (await pool.acquire(accountId)).release();
    expect([vendor.signedIn.length, vendor.signedOut.length]).toEqual([1, 0]);
  });

  it('makes a new connection after that', async () => {
    const pool = openPool(IDLE_MS);
    (await pool.acquire(accountId)).release();
    await eventually('signed out', () => vendor.signedOut.length === 1);

    (await pool.acquire(accountId)).release();
    expect(vendor.signedIn).toHaveLength(2);
  });

  it('makes a new connection when the account has changed, and lets users of the old one finish', async () => {
    const pool = openPool();
    const before = await pool.acquire(accountId);
    await changeSecret('secret 2');

    const after = await pool.acquire(accountId);

    expect([before.connection, after.connection]).toEqual(['secret 1', 'secret 2']);
    expect(vendor.signedOut).toEqual([]);
    before.release();
    await eventually('the old one is signed out', () => vendor.signedOut.length === 1);
    expect(vendor.signedOut).toEqual(['secret 1']);
    const again = await pool.acquire(accountId);
    expect(again.connection).toBe('secret 2');
    expect(vendor.signedIn).toEqual(['secret 1', 'secret 2']);
  });

  it('signs an idle connection out at once when the account has changed', async () => {
    const pool = openPool();
    (await pool.acquire(accountId)).release();
    await changeSecret('secret 2');
    (await pool.acquire(accountId)).release();
    await eventually('the old one is signed out', () => vendor.signedOut.length === 1);
    expect(vendor.signedOut).toEqual(['secret 1']);
  });

  it('tells all that came together of one refusal, and tries again for the next', async () => {
    const pool = openPool();
    vendor.refusal = new SyncError('credentials', 'Wrong password.');
    const hold = gate();
    vendor.connecting = hold.opened;
    const { users, lookedUp } = acquireTogether(pool, 5);
    await lookedUp; // by now all five wait for the one connection
    hold.open();
    const refused = await Promise.allSettled(users);
    expect(refused).toEqual(
      Array(5).fill({ status: 'rejected', reason: expect.objectContaining({ kind: 'credentials' }) }),
    );
    expect(vendor.signedIn).toHaveLength(1);

    vendor.refusal = undefined;
    expect((await pool.acquire(accountId)).connection).toBe('secret 1');
    expect(vendor.signedIn).toHaveLength(2);
  });

  it('classifies what the vendor throws', async () => {
    vendor.refusal = new TypeError('secret 1 is no password');
    const error: unknown = await openPool()
      .acquire(accountId)
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      name: 'SyncError',
      kind: 'bug',
      cause: { name: 'TypeError', message: '[secret] is no password' },
    });
    expect((error as Error).message).not.toContain('secret');
  });

  describe('for an account with the identity of the machine', () => {
    const askForIt = () =>
      sync.accounts.update(sync.tenantId, accountId, { settings: { host_identity: true } });

    it('has leave where its tenant is named, with an external id of the tenant', async () => {
      const pool = openPool(NEVER_MS, ['other', 'default']);
      (await pool.acquire(accountId)).release();
      await askForIt();
      (await pool.acquire(accountId)).release();
      expect(vendor.hostIdentities).toEqual([undefined, { externalId: `muster-${sync.tenantId}` }]);
    });

    it.each([[[]], [['Default', 'default2']]])(
      'signs in nowhere where those named are %j',
      async (tenants) => {
        await askForIt();
        const pool = openPool(NEVER_MS, tenants);
        await expect(pool.acquire(accountId)).rejects.toMatchObject({
          kind: 'credentials',
          vendorCode: 'HOST_IDENTITY_REFUSED',
          retryable: false,
          message: expect.stringMatching(
            /settings\.host_identity: the tenant default .* HOST_IDENTITY_TENANTS/,
          ),
        });
        const account = await sync.accounts.findForSync(accountId);
        const visiting = pool.visit(account!, new AbortController().signal, () => Promise.resolve());
        await expect(visiting).rejects.toMatchObject({ vendorCode: 'HOST_IDENTITY_REFUSED' });
        expect(vendor.signedIn).toEqual([]);
      },
    );
  });

  it('has nothing for an account that is removed', async () => {
    const pool = openPool();
    await sync.accounts.remove(sync.tenantId, accountId);
    await expect(pool.acquire(accountId)).rejects.toMatchObject({ kind: 'credentials' });
    expect(vendor.signedIn).toEqual([]);
  });

  it('signs out everywhere when it closes, and waits for it', async () => {
    const pool = openPool();
    (await pool.acquire(accountId)).release();
    const hold = gate();
    vendor.disconnecting = hold.opened;
    let closed = false;

    const closing = pool.close().then(() => (closed = true));

    await new Promise(setImmediate);
    expect(closed).toBe(false);
    hold.open();
    await closing;
    expect(vendor.signedOut).toEqual(['secret 1']);
  });

  it('breaks off signing in when it closes', async () => {
    const pool = openPool();
    const hold = gate();
    vendor.connecting = hold.opened;
    const acquiring = pool.acquire(accountId).catch((reason: unknown) => reason);
    await eventually('it signs in', () => vendor.signedIn.length === 1);
    const closing = pool.close();
    hold.open();
    expect(await acquiring).toBeInstanceOf(SyncError);
    await closing;
    expect(vendor.signedOut).toEqual([]);
  });

  it('logs a sign-out that fails, and closes all the same', async () => {
    const pool = openPool();
    (await pool.acquire(accountId)).release();
    vendor.disconnecting = Promise.reject(new Error('socket hang up'));
    await pool.close();
    expect(logged).toContain('signing out of a vendor failed');
    expect(logged).not.toContain('secret 1');
  });
});
