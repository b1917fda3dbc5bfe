import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { Vault } from '../crypto/vault.js';
import { projectRoot } from '../project-root.js';
import { embeddedDatabaseFolder, loadConfiguration } from './configuration.js';
import { ConfigurationError } from './environment.js';

const DATABASE_URL = 'postgres://muster:hunter2@db/muster';
const MUSTER_KEYRING = `1:${randomBytes(32).toString('base64')}`;

describe('loadConfiguration', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'muster-configuration-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('needs only to know where Postgres is, which then is the queue as well', () => {
    expect(loadConfiguration({}, { DATABASE_URL, MUSTER_KEYRING })).toEqual({
      http: { host: '127.0.0.1', port: 3000 },
      trustedProxies: [],
      endpointNetworks: [],
      hostIdentityTenants: [],
      rateLimits: { caller: 30_000, stranger: 300 },
      database: { url: DATABASE_URL, poolSize: 12 },
      queue: { url: DATABASE_URL },
      worker: { concurrency: 8 },
      accountCheckMs: 10_000,
      shutdownDelayMs: 5_000,
      retention: { changes: 365, events: 7, audit: 365, tombstones: 90 },
      pruneLimits: { freeDeletes: 10, maxPercent: 30 },
      keyring: expect.objectContaining({ versions: [1] }),
      log: { level: 'info', format: 'json' },
    });
  });

  it.each<[Record<string, string>, unknown]>([
    [{}, undefined],
    [{ OTEL_TRACES_EXPORTER: 'otlp' }, { protocol: 'http/protobuf' }],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c' }, { protocol: 'http/protobuf' }],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c' }, { protocol: 'http/protobuf' }],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' },
      { protocol: 'http/json' },
    ],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c', OTEL_TRACES_EXPORTER: 'none' }, undefined],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c', OTEL_SDK_DISABLED: 'true' }, undefined],
    [{ OTEL_SERVICE_NAME: 'muster', OTEL_TRACES_SAMPLER: 'always_on' }, undefined],
  ])('traces where OpenTelemetry has somebody to tell: %j', (variables, tracing) => {
    expect(loadConfiguration({}, { DATABASE_URL, MUSTER_KEYRING, ...variables }).tracing).toEqual(tracing);
  });

  it('has a dashboard of the queues on the port of metrics, and wants that to be there', () => {
    const load = (variables: NodeJS.ProcessEnv) =>
      loadConfiguration(
        {},
        { DATABASE_URL, MUSTER_KEYRING, QUEUE_DASHBOARD_PASSWORD: 'hunter2hunter2hunter2', ...variables },
      );
    expect(load({ METRICS_PORT: '0' }).metrics).toMatchObject({ queuesPassword: 'hunter2hunter2hunter2' });
    expect(() => load({})).toThrow(
      'METRICS_PORT is missing: QUEUE_DASHBOARD_PASSWORD is set, and the dashboard is on that port',
    );
  });

  it('says so when it does not', () => {
    const load = () => loadConfiguration({}, { MUSTER_KEYRING });
    expect(load).toThrow(ConfigurationError);
    expect(load).toThrow(/^DATABASE_URL is missing/);
  });

  it('takes every setting from its variable', () => {
    const configuration = loadConfiguration(
      {},
      {
        PORT: '0',
        HOST: '0.0.0.0',
        TRUSTED_PROXIES: '10.0.0.0/8, ::1',
        ENDPOINT_ALLOWED_NETWORKS: '192.168.0.0/16,fd12::/16',
        HOST_IDENTITY_TENANTS: 'default, other team,',
        RATE_LIMIT_PER_MINUTE: '600',
        RATE_LIMIT_UNKNOWN_PER_MINUTE: '0',
        DATABASE_URL,
        QUEUE_URL: 'redis://cache',
        DATABASE_POOL_SIZE: '20',
        WORKER_CONCURRENCY: '9',
        ACCOUNT_CHECK_SECONDS: '3',
        SHUTDOWN_DELAY_SECONDS: '20',
        CHANGE_RETENTION_DAYS: '90',
        OUTBOX_RETENTION_DAYS: '14',
        AUDIT_RETENTION_DAYS: '800',
        TOMBSTONE_RETENTION_DAYS: '30',
        PRUNE_MAX_PERCENT: '5',
        PRUNE_FREE_DELETES: '100',
        MUSTER_API_KEY: 'a-key-of-enough-characters',
        MUSTER_KEYRING,
        LOG_LEVEL: 'trace',
        LOG_FORMAT: 'pretty',
      },
    );
    expect(configuration).toMatchObject({
      http: { host: '0.0.0.0', port: 0 },
      trustedProxies: ['10.0.0.0/8', '::1'],
      endpointNetworks: ['192.168.0.0/16', 'fd12::/16'],
      hostIdentityTenants: ['default', 'other team'],
      rateLimits: { caller: 600, stranger: 0 },
      database: { poolSize: 20 },
      queue: { url: 'redis://cache' },
      worker: { concurrency: 9 },
      accountCheckMs: 3_000,
      shutdownDelayMs: 20_000,
      retention: { changes: 90, events: 14, audit: 800, tombstones: 30 },
      pruneLimits: { freeDeletes: 100, maxPercent: 5 },
      apiKey: 'a-key-of-enough-characters',
      log: { level: 'trace', format: 'pretty' },
    });
  });

  it('lets the environment overrule the defaults of npm start, but not with an empty variable', () => {
    const defaults = {
      databaseUrl: 'postgres://embedded/muster',
      logLevel: 'warn',
      logFormat: 'pretty',
      endpointNetworks: ['127.0.0.0/8', '::1'],
    } as const;
    expect(loadConfiguration(defaults, { MUSTER_KEYRING, DATABASE_URL: '', LOG_LEVEL: '' })).toMatchObject({
      database: { url: 'postgres://embedded/muster' },
      endpointNetworks: ['127.0.0.0/8', '::1'],
      log: { level: 'warn', format: 'pretty' },
    });
    expect(loadConfiguration(defaults, { MUSTER_KEYRING, DATABASE_URL, LOG_LEVEL: 'debug' })).toMatchObject({
      database: { url: DATABASE_URL },
      log: { level: 'debug', format: 'pretty' },
    });
  });

  it('makes a keyring in the data folder, for its owner only, and finds it again', async () => {
    const MUSTER_DATA_DIR = join(folder, 'deep', 'data');
    const first = loadConfiguration({}, { DATABASE_URL, MUSTER_DATA_DIR });
    const second = loadConfiguration({}, { DATABASE_URL, MUSTER_DATA_DIR });

    const sealed = await new Vault(first.keyring).seal('secret', 'owner');
    expect(await new Vault(second.keyring).open(sealed, 'owner')).toBe('secret');
    expect(statSync(join(MUSTER_DATA_DIR, 'keyring')).mode & 0o777).toBe(0o600);
  });

  it('prefers the keyring in the environment to the one in a file', () => {
    const MUSTER_KEYRING_FILE = join(folder, 'keyring');
    writeFileSync(MUSTER_KEYRING_FILE, `7:${randomBytes(32).toString('base64')}`);
    expect(loadConfiguration({}, { DATABASE_URL, MUSTER_KEYRING_FILE }).keyring.versions).toEqual([7]);
    expect(
      loadConfiguration({}, { DATABASE_URL, MUSTER_KEYRING_FILE, MUSTER_KEYRING }).keyring.versions,
    ).toEqual([1]);
  });

  it('names the variable of a keyring that cannot be used, and none of its keys', () => {
    const key = randomBytes(32).toString('base64');
    const broken = { DATABASE_URL, MUSTER_KEYRING: `1:${key},1:${key}` };
    expect(() => loadConfiguration({}, broken)).toThrow(
      'MUSTER_KEYRING cannot be used: version 1 is there twice',
    );
    const lost = { DATABASE_URL, MUSTER_KEYRING_FILE: join(folder, 'no', 'such', 'folder') };
    expect(() => loadConfiguration({}, lost)).toThrow(/^MUSTER_KEYRING_FILE cannot be used: ENOENT/);
    expect(() => loadConfiguration({}, lost)).toThrow(ConfigurationError);
  });
});

describe('embeddedDatabaseFolder', () => {
  it('is in the data folder, seen from the project', () => {
    expect(embeddedDatabaseFolder({})).toBe(join(projectRoot, '.muster', 'postgres'));
    expect(embeddedDatabaseFolder({ MUSTER_DATA_DIR: '/data' })).toBe('/data/postgres');
    expect(embeddedDatabaseFolder({ DATABASE_URL: '', MUSTER_DATA_DIR: 'data' })).toBe(
      join(projectRoot, 'data', 'postgres'),
    );
  });

  it('is not wanted where DATABASE_URL names a database', () => {
    expect(embeddedDatabaseFolder({ DATABASE_URL })).toBeUndefined();
  });
});
