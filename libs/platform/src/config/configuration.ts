import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

import type { PruneLimits } from '#domain';

import { type Keyring, loadOrCreateKeyring, parseKeyring } from '../crypto/keyring.js';
import { projectRoot } from '../project-root.js';
import { parseCommaList } from './comma-list.js';
import {
  ConfigurationError,
  type Environment,
  type LogLevel,
  type OtlpProtocol,
  readEnvironment,
} from './environment.js';
import { type QueueSettings, readQueueSettings } from './queue-settings.js';

/** For how many days what is kept, at least. */
export interface Retention {
  changes: number;
  events: number;
  /** Of the audit log. */
  audit: number;
  /** Also for how long a prune can be undone. */
  tombstones: number;
}

/** What a Muster process needs to know to run, read once at boot. */
export interface Configuration {
  http: { host: string; port: number };
  /** Where operators find metrics and probes of the process; absent: nowhere. */
  metrics?: {
    host: string;
    port: number;
    /** How many of the stalest accounts have a time series of their own. */
    accounts: number;
    /** What opens the page of the queues; absent: there is none. */
    queuesPassword?: string;
  };
  /** How spans are sent to a receiver of OpenTelemetry's; absent: there are none. */
  tracing?: { protocol: OtlpProtocol };
  /** Proxies whose X-Forwarded headers are believed: addresses and networks. */
  trustedProxies: string[];
  /** Addresses and networks that accounts may lead to, beside public ones. */
  endpointNetworks: string[];
  /** Names of the tenants whose accounts may sign in with the identity of the machine that Muster runs on. */
  hostIdentityTenants: string[];
  /** Requests a minute that an API process answers; 0: no limit. */
  rateLimits: {
    /** Of one credential. */
    caller: number;
    /** Of nobody that is known, from one address. */
    stranger: number;
  };
  database: { url: string; poolSize: number };
  queue: QueueSettings;
  /** Where messages of other services are taken; absent: nowhere. */
  rpcUrl?: string;
  worker: {
    /** Units one process works on at once, per vendor. */
    concurrency: number;
    /** Units that all processes together work on at once, per vendor; absent for no bound. */
    vendorConcurrency?: number;
  };
  /** How long adding or changing an account waits for the check of its credentials; 0: there is none. */
  accountCheckMs: number;
  /** How long an API process goes on serving once it has said that it is not ready any more. */
  shutdownDelayMs: number;
  retention: Retention;
  pruneLimits: PruneLimits;
  keyring: Keyring;
  /** The first API key, when the user chose it. */
  apiKey?: string;
  log: { level: LogLevel; format: 'json' | 'pretty' };
}

/** What `npm start` knows better than the environment: an embedded database, a quieter log, a demo on this machine. */
export interface ConfigurationDefaults {
  databaseUrl?: string;
  logLevel?: LogLevel;
  logFormat?: 'json' | 'pretty';
  endpointNetworks?: readonly string[];
}

/** The folder of the database that Muster brings itself; undefined when `DATABASE_URL` names another. */
export function embeddedDatabaseFolder(variables: NodeJS.ProcessEnv = process.env): string | undefined {
  const { DATABASE_URL, MUSTER_DATA_DIR } = readEnvironment(variables);
  return DATABASE_URL === undefined ? resolve(projectRoot, MUSTER_DATA_DIR, 'postgres') : undefined;
}

/**
 * Reads and validates the configuration. Relative paths start at the project's folder.
 * @throws {ConfigurationError} one line naming the variable that is wrong or missing.
 */
export function loadConfiguration(
  defaults: ConfigurationDefaults = {},
  variables: NodeJS.ProcessEnv = process.env,
): Configuration {
  const environment = readEnvironment({
    LOG_LEVEL: defaults.logLevel,
    LOG_FORMAT: defaults.logFormat,
    DATABASE_URL: defaults.databaseUrl,
    ENDPOINT_ALLOWED_NETWORKS: defaults.endpointNetworks?.join(),
    ...withoutEmpty(variables),
  });
  const databaseUrl = environment.DATABASE_URL;
  if (databaseUrl === undefined) {
    throw new ConfigurationError(
      'DATABASE_URL is missing: it says where Postgres is (npm start brings its own)',
    );
  }
  return {
    http: { host: environment.HOST, port: environment.PORT },
    ...readMetrics(environment),
    ...readTracing(environment),
    trustedProxies: parseCommaList(environment.TRUSTED_PROXIES),
    endpointNetworks: parseCommaList(environment.ENDPOINT_ALLOWED_NETWORKS),
    hostIdentityTenants: parseCommaList(environment.HOST_IDENTITY_TENANTS),
    rateLimits: {
      caller: environment.RATE_LIMIT_PER_MINUTE,
      stranger: environment.RATE_LIMIT_UNKNOWN_PER_MINUTE,
    },
    database: { url: databaseUrl, poolSize: environment.DATABASE_POOL_SIZE },
    queue: readQueueSettings(environment, databaseUrl),
    ...(environment.RPC_URL === undefined ? {} : { rpcUrl: environment.RPC_URL }),
    worker: {
      concurrency: environment.WORKER_CONCURRENCY,
      ...(environment.WORKER_VENDOR_CONCURRENCY === undefined
        ? {}
        : { vendorConcurrency: environment.WORKER_VENDOR_CONCURRENCY }),
    },
    accountCheckMs: environment.ACCOUNT_CHECK_SECONDS * 1_000,
    shutdownDelayMs: environment.SHUTDOWN_DELAY_SECONDS * 1_000,
    retention: {
      changes: environment.CHANGE_RETENTION_DAYS,
      events: environment.OUTBOX_RETENTION_DAYS,
      audit: environment.AUDIT_RETENTION_DAYS,
      tombstones: environment.TOMBSTONE_RETENTION_DAYS,
    },
    pruneLimits: {
      freeDeletes: environment.PRUNE_FREE_DELETES,
      maxPercent: environment.PRUNE_MAX_PERCENT,
    },
    keyring: readKeyring(environment),
    ...(environment.MUSTER_API_KEY === undefined ? {} : { apiKey: environment.MUSTER_API_KEY }),
    log: { level: environment.LOG_LEVEL, format: environment.LOG_FORMAT },
  };
}

function readMetrics(environment: Environment): Pick<Configuration, 'metrics'> {
  const { METRICS_HOST: host, METRICS_PORT: port, METRICS_ACCOUNTS: accounts } = environment;
  const queuesPassword = environment.QUEUE_DASHBOARD_PASSWORD;
  if (port === undefined && queuesPassword !== undefined) {
    throw new ConfigurationError(
      'METRICS_PORT is missing: QUEUE_DASHBOARD_PASSWORD is set, and the dashboard is on that port',
    );
  }
  if (port === undefined) return {};
  return { metrics: { host, port, accounts, ...(queuesPassword === undefined ? {} : { queuesPassword }) } };
}

/** As OpenTelemetry has it, but that a receiver must be named, or `otlp`, for its default to be called. */
function readTracing(environment: Environment): Pick<Configuration, 'tracing'> {
  const exporter = environment.OTEL_TRACES_EXPORTER;
  const endpoint = environment.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? environment.OTEL_EXPORTER_OTLP_ENDPOINT;
  const isOff = environment.OTEL_SDK_DISABLED === 'true' || exporter === 'none';
  if (isOff || (exporter === undefined && endpoint === undefined)) return {};
  const protocol =
    environment.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ??
    environment.OTEL_EXPORTER_OTLP_PROTOCOL ??
    'http/protobuf';
  return { tracing: { protocol } };
}

function readKeyring(environment: Environment): Keyring {
  const variable = environment.MUSTER_KEYRING === undefined ? 'MUSTER_KEYRING_FILE' : 'MUSTER_KEYRING';
  try {
    if (environment.MUSTER_KEYRING !== undefined) return parseKeyring(environment.MUSTER_KEYRING);
    const folder = resolve(projectRoot, environment.MUSTER_DATA_DIR);
    if (environment.MUSTER_KEYRING_FILE === undefined) mkdirSync(folder, { recursive: true });
    return loadOrCreateKeyring(
      resolve(projectRoot, environment.MUSTER_KEYRING_FILE ?? join(folder, 'keyring')),
    );
  } catch (error) {
    throw new ConfigurationError(`${variable} cannot be used: ${(error as Error).message}`, { cause: error });
  }
}

function withoutEmpty(variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => value));
}
