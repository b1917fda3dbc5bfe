import { setMaxListeners } from 'node:events';

import type {
  AccountDocumentRepository,
  AccountRepository,
  CallBucketRepository,
  SealedAccount,
} from '#database';
import { SyncError, type Vendor } from '#domain';
import type { Metrics } from '#metrics';
import { type Logger, SealedSecretError, type Vault } from '#platform';
import {
  type AccountSettings,
  type DocumentSource,
  externalIdOf,
  type HostIdentity,
  type HostIdentityPolicy,
  usesHostIdentity,
  type VendorAdapter,
  type VendorNetwork,
} from '#vendor-kit';

import { createAccountGate } from './account-gate.js';
import { createRedactor, createSecretHider, type Redactor, type SecretHider } from './create-redactor.js';
import { type AdapterLoaders, loadAdapter } from './engine.js';
import { toSyncError } from './to-sync-error.js';

/** Percent. */
const WHOLE_QUOTA = 100;

/** A connection in use. Give it back with `release`. */
export interface PooledConnection {
  connection: unknown;
  /** The account's settings when it was made. */
  settings: AccountSettings;
  /** The account's version then: its `update_time`, which goes forward with every change, in milliseconds. */
  version: number;
  /** Takes the account's secret out of what its vendor's client throws. */
  redact: Redactor;
  release: () => void;
}

interface OpenConnection extends Pick<PooledConnection, 'connection' | 'redact'> {
  hide: SecretHider;
}

/** A connection for one visit. */
export interface Visit {
  adapter: VendorAdapter;
  connection: unknown;
  /** Takes the account's secret out of what its vendor sends. */
  hide: SecretHider;
}

interface Entry {
  /** The account's version: a changed secret or setting means a new connection. */
  version: number;
  adapter: VendorAdapter;
  settings: AccountSettings;
  opened: Promise<OpenConnection>;
  users: number;
  stale: boolean;
  idle?: NodeJS.Timeout;
}

export interface ConnectionPoolOptions {
  accounts: AccountRepository;
  buckets: CallBucketRepository;
  documents: AccountDocumentRepository;
  vault: Vault;
  adapters: AdapterLoaders;
  network: VendorNetwork;
  /** Whose accounts may sign in as the machine that this runs on. */
  hostIdentities: HostIdentityPolicy;
  log: Logger;
  metrics: Metrics;
  idleMs: number;
}

/**
 * One connection per account and process, shared by the account's units: vendors limit sessions, and a
 * wrong password must be tried once, not once per unit. Secrets are opened here and go nowhere else.
 */
export class ConnectionPool {
  private readonly entries = new Map<string, Entry>();
  private readonly closing = new AbortController();
  private readonly disconnects = new Set<Promise<void>>();

  constructor(private readonly options: ConnectionPoolOptions) {
    setMaxListeners(0, this.closing.signal); // all accounts that sign in at once listen to it
  }

  /**
   * The account's connection, made if there is none.
   * @throws {SyncError} when signing in fails, or the account is gone.
   */
  async acquire(accountId: string): Promise<PooledConnection> {
    const account = await this.options.accounts.findForSync(accountId);
    if (account === undefined) throw new SyncError('credentials', 'The account was removed.');
    const adapter = await loadAdapter(this.options, account.vendor as Vendor);
    // From here to the new entry nothing is awaited: units that come together must find one entry.
    const version = account.updateTime.getTime();
    let entry = this.entries.get(accountId);
    // Who read the account before somebody else saw a newer version of it uses that one's connection.
    if (entry === undefined || entry.version < version) {
      if (entry !== undefined) this.retire(accountId, entry);
      entry = {
        version,
        adapter,
        settings: account.settings as AccountSettings,
        opened: this.connect(adapter, account, this.closing.signal),
        users: 0,
        stale: false,
      };
      this.entries.set(accountId, entry);
    }
    return this.use(accountId, entry);
  }

  /**
   * Does something with a connection of its own: signs in anew, whatever connections there are, and out again.
   * @throws {SyncError} when any of it but signing out fails
   */
  async visit<Result>(
    account: SealedAccount,
    signal: AbortSignal,
    use: (visit: Visit) => Promise<Result>,
  ): Promise<Result> {
    const adapter = await loadAdapter(this.options, account.vendor as Vendor);
    const opened = await this.connect(adapter, account, signal);
    try {
      return await use({ adapter, connection: opened.connection, hide: opened.hide });
    } catch (error) {
      throw opened.redact(toSyncError(error, adapter));
    } finally {
      await this.signOut(adapter, opened);
    }
  }

  /** @throws {SyncError} */
  private async connect(
    adapter: VendorAdapter,
    account: SealedAccount,
    signal: AbortSignal,
  ): Promise<OpenConnection> {
    const { id, accountId, ak } = account;
    const { buckets, documents, network, log, metrics } = this.options;
    const settings = account.settings as AccountSettings;
    const percent = settings.api_quota_percent ?? WHOLE_QUOTA;
    const gate = createAccountGate({ buckets, accountId: id, adapter, percent, log, metrics });
    const sk = await this.openSecret(account).catch((error: unknown) => {
      throw toSyncError(error, adapter);
    });
    const hide = createSecretHider({ ak, sk });
    const redact = createRedactor(hide);
    try {
      const hostIdentity = await this.hostIdentityOf(account);
      const source: DocumentSource = {
        latest: () => documents.latest(id),
        part: (documentId, number) => documents.part(documentId, number),
      };
      const access = { accountId, ak, sk, settings, gate, network, documents: source };
      const leave = hostIdentity === undefined ? {} : { hostIdentity };
      const connection = await adapter.connect({ ...access, ...leave }, signal);
      return { connection, redact, hide };
    } catch (error) {
      throw redact(toSyncError(error, adapter));
    }
  }

  /**
   * The leave to use the machine's identity, of an account that asks for it.
   * @throws {SyncError} when its tenant may not (any more)
   */
  private async hostIdentityOf(account: SealedAccount): Promise<HostIdentity | undefined> {
    if (!usesHostIdentity(account.settings as AccountSettings)) return undefined;
    const { accounts, hostIdentities } = this.options;
    const refusal = hostIdentities.refusalOf(await accounts.tenantNameOf(account));
    if (refusal !== undefined) {
      throw new SyncError('credentials', refusal, { vendorCode: 'HOST_IDENTITY_REFUSED' });
    }
    return { externalId: externalIdOf(account.tenantId) };
  }

  /** @throws {SyncError} saying which master key is missing, or that the secret was damaged. */
  private async openSecret({ id, sealedSk }: SealedAccount): Promise<string> {
    try {
      return await this.options.vault.open(sealedSk, id);
    } catch (error) {
      if (!(error instanceof SealedSecretError)) throw error;
      throw new SyncError('credentials', error.message, { vendorCode: 'VAULT', cause: error });
    }
  }

  private async use(accountId: string, entry: Entry): Promise<PooledConnection> {
    clearTimeout(entry.idle);
    entry.users += 1;
    try {
      const { connection, redact } = await entry.opened;
      const { settings, version } = entry;
      return { connection, redact, settings, version, release: () => this.release(accountId, entry) };
    } catch (error) {
      entry.users -= 1;
      if (this.entries.get(accountId) === entry) this.entries.delete(accountId); // the next one tries anew
      throw error;
    }
  }

  private release(accountId: string, entry: Entry): void {
    entry.users -= 1;
    if (entry.users > 0) return;
    if (entry.stale) {
      this.disconnect(entry);
      return;
    }
    entry.idle = setTimeout(() => {
      this.entries.delete(accountId);
      this.disconnect(entry);
    }, this.options.idleMs);
  }

  /** Takes an entry out of use; it is disconnected by its last user. */
  private retire(accountId: string, entry: Entry): void {
    clearTimeout(entry.idle);
    this.entries.delete(accountId);
    entry.stale = true;
    if (entry.users === 0) this.disconnect(entry);
  }

  private disconnect(entry: Entry): void {
    const done = entry.opened
      .then(
        (opened) => this.signOut(entry.adapter, opened),
        () => undefined, // who waited for it was told
      )
      .finally(() => this.disconnects.delete(done));
    this.disconnects.add(done);
  }

  private async signOut(adapter: VendorAdapter, { connection, redact }: OpenConnection): Promise<void> {
    try {
      await adapter.disconnect(connection);
    } catch (error) {
      const err = redact(toSyncError(error, adapter));
      this.options.log.warn({ err, vendor: adapter.vendor }, 'signing out of a vendor failed');
    }
  }

  /** Signs out everywhere. Call it when no unit runs any more. */
  async close(): Promise<void> {
    this.closing.abort();
    for (const [accountId, entry] of this.entries) this.retire(accountId, entry);
    await Promise.all(this.disconnects);
  }
}
