import 'reflect-metadata'; // class-transformer and class-validator need it, also where Nest is not loaded

import { plainToInstance, Type } from 'class-transformer';
import {
  IsIn,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
  MinLength,
  validateSync,
} from 'class-validator';

import { DEFAULT_PRUNE_LIMITS } from '#domain';

import { AddressList } from './address-list.js';
import { QueueUrl } from './queue-url.js';
import { isRedisUrl } from './redis-url.js';
import { TenantList } from './tenant-list.js';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Ways to OpenTelemetry's receivers. Not grpc: whatever takes that takes these as well. */
export const OTLP_PROTOCOLS = ['http/protobuf', 'http/json'] as const;
export type OtlpProtocol = (typeof OTLP_PROTOCOLS)[number];
/** Samplers of OpenTelemetry's SDK, which takes any other name for the default. */
const TRACE_SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
];

/** More than any listing has: then only one that lacks everything is held. */
const MAX_FREE_DELETES = 1_000_000_000;
/** More than a process can answer. */
const MAX_RATE_LIMIT = 10_000_000;
const MAX_PORT = 65_535;

/** Each is a time series of Prometheus' for as long as it keeps data. */
const MAX_NAMED_ACCOUNTS = 100_000;

/** Of what people choose themselves, and nobody should guess. */
const MIN_SECRET_CHARACTERS = 16;
/** Longer than any load balancer takes to notice. */
const MAX_SHUTDOWN_DELAY_SECONDS = 300;
/** A century: for ever, in practice. */
const MAX_RETENTION_DAYS = 36_500;

/** For how long something is kept. */
function RetentionDays(): PropertyDecorator {
  const options = { message: `must be a whole number of days from 1 to ${String(MAX_RETENTION_DAYS)}` };
  const rules = [Type(() => Number), IsInt(options), Min(1, options), Max(MAX_RETENTION_DAYS, options)];
  return (target, name) => {
    for (const rule of rules) rule(target, name);
  };
}

/** A key or a password that people choose, and send in a header. */
function ChosenSecret(): PropertyDecorator {
  const rules = [
    IsOptional(),
    MinLength(MIN_SECRET_CHARACTERS, {
      message: `must have at least ${String(MIN_SECRET_CHARACTERS)} characters`,
    }),
    Matches(/^[\x21-\x7e]+$/, { message: 'must be printable ASCII without spaces' }),
  ];
  return (target, name) => {
    for (const rule of rules) rule(target, name);
  };
}

/** A TCP port; 0 takes a free one. */
function Port(): PropertyDecorator {
  const options = { message: 'must be a whole number from 0 to 65535' };
  const rules = [Type(() => Number), IsInt(options), Min(0, options), Max(MAX_PORT, options)];
  return (target, name) => {
    for (const rule of rules) rule(target, name);
  };
}

/** An HTTP receiver of OpenTelemetry's. */
function HttpUrl(): PropertyDecorator {
  const matches = Matches(/^https?:\/\/\S+$/, { message: 'must be an http:// or https:// URL' });
  return (target, name) => {
    IsOptional()(target, name);
    matches(target, name);
  };
}

/** One of the ways in which OpenTelemetry's receivers are told that Muster knows. */
function Protocol(): PropertyDecorator {
  const isIn = IsIn(OTLP_PROTOCOLS, { message: `must be one of ${OTLP_PROTOCOLS.join(', ')}` });
  return (target, name) => {
    IsOptional()(target, name);
    isIn(target, name);
  };
}

/** OpenTelemetry's `name=value,…`, in which what is not printable is written as %XX. */
function KeyValueList(): PropertyDecorator {
  const matches = Matches(/^\s*[^\s=,]+\s*=[^,]*(,\s*[^\s=,]+\s*=[^,]*)*$/, {
    message: 'must be name=value, several separated by commas',
  });
  return (target, name) => {
    IsOptional()(target, name);
    matches(target, name);
  };
}

/** How many requests a minute are answered; 0: as many as there are. */
function RequestsPerMinute(): PropertyDecorator {
  const options = { message: `must be a whole number from 0 to ${String(MAX_RATE_LIMIT)}` };
  const rules = [Type(() => Number), IsInt(options), Min(0, options), Max(MAX_RATE_LIMIT, options)];
  return (target, name) => {
    for (const rule of rules) rule(target, name);
  };
}

/** Every environment variable Muster reads; docs/configuration.md says the same for people. */
export class Environment {
  @Port()
  PORT = 3000;

  @IsString()
  @IsNotEmpty()
  HOST = '127.0.0.1';

  @IsOptional()
  @Port()
  METRICS_PORT?: number;

  @IsString()
  @IsNotEmpty()
  METRICS_HOST = '127.0.0.1';

  @Type(() => Number)
  @IsInt({ message: `must be a whole number from 0 to ${String(MAX_NAMED_ACCOUNTS)}` })
  @Min(0, { message: `must be a whole number from 0 to ${String(MAX_NAMED_ACCOUNTS)}` })
  @Max(MAX_NAMED_ACCOUNTS, { message: `must be a whole number from 0 to ${String(MAX_NAMED_ACCOUNTS)}` })
  METRICS_ACCOUNTS = 1_000;

  @AddressList()
  TRUSTED_PROXIES = '';

  @AddressList()
  ENDPOINT_ALLOWED_NETWORKS = '';

  @TenantList()
  HOST_IDENTITY_TENANTS = '';

  @RequestsPerMinute()
  RATE_LIMIT_PER_MINUTE = 30_000;

  @RequestsPerMinute()
  RATE_LIMIT_UNKNOWN_PER_MINUTE = 300;

  @IsOptional()
  @Matches(/^postgres(ql)?:\/\/\S+$/, { message: 'must be a postgres:// URL' })
  DATABASE_URL?: string;

  @IsOptional()
  @QueueUrl()
  QUEUE_URL?: string;

  @IsOptional()
  @IsString()
  QUEUE_TLS_CA_FILE?: string;

  @IsOptional()
  @IsString()
  QUEUE_TLS_CERT_FILE?: string;

  @IsOptional()
  @IsString()
  QUEUE_TLS_KEY_FILE?: string;

  @IsOptional()
  @IsString()
  QUEUE_TLS_SERVER_NAME?: string;

  @IsOptional()
  @IsString()
  QUEUE_SENTINEL_USERNAME?: string;

  @IsOptional()
  @IsString()
  QUEUE_SENTINEL_PASSWORD?: string;

  @IsOptional()
  @Matches(/^(tcp:\/\/[^\s/:@]+:\d{1,5}\/?|(rediss?|nats|tls):\/\/\S+)$/, {
    message:
      'must be tcp://address:port, or a redis://, rediss://, nats:// or tls:// URL (the latter two are NATS)',
  })
  RPC_URL?: string;

  @Type(() => Number)
  @IsInt({ message: 'must be a whole number from 2 to 1000' })
  @Min(2, { message: 'must be a whole number from 2 to 1000' })
  @Max(1000, { message: 'must be a whole number from 2 to 1000' })
  DATABASE_POOL_SIZE = 12;

  @Type(() => Number)
  @IsInt({ message: 'must be a whole number from 1 to 256' })
  @Min(1, { message: 'must be a whole number from 1 to 256' })
  @Max(256, { message: 'must be a whole number from 1 to 256' })
  WORKER_CONCURRENCY = 8;

  @IsOptional()
  @Type(() => Number)
  @IsInt({ message: 'must be a whole number from 1 to 10000' })
  @Min(1, { message: 'must be a whole number from 1 to 10000' })
  @Max(10_000, { message: 'must be a whole number from 1 to 10000' })
  WORKER_VENDOR_CONCURRENCY?: number;

  @Type(() => Number)
  @IsInt({ message: 'must be a whole number of seconds from 0 to 60' })
  @Min(0, { message: 'must be a whole number of seconds from 0 to 60' })
  @Max(60, { message: 'must be a whole number of seconds from 0 to 60' })
  ACCOUNT_CHECK_SECONDS = 10;

  @Type(() => Number)
  @IsInt({ message: `must be a whole number of seconds from 0 to ${String(MAX_SHUTDOWN_DELAY_SECONDS)}` })
  @Min(0, { message: `must be a whole number of seconds from 0 to ${String(MAX_SHUTDOWN_DELAY_SECONDS)}` })
  @Max(MAX_SHUTDOWN_DELAY_SECONDS, {
    message: `must be a whole number of seconds from 0 to ${String(MAX_SHUTDOWN_DELAY_SECONDS)}`,
  })
  SHUTDOWN_DELAY_SECONDS = 5;

  @RetentionDays()
  CHANGE_RETENTION_DAYS = 365;

  @RetentionDays()
  OUTBOX_RETENTION_DAYS = 7;

  @RetentionDays()
  AUDIT_RETENTION_DAYS = 365;

  @RetentionDays()
  TOMBSTONE_RETENTION_DAYS = 90;

  @Type(() => Number)
  @IsInt({ message: 'must be a whole number of percent from 0 to 100' })
  @Min(0, { message: 'must be a whole number of percent from 0 to 100' })
  @Max(100, { message: 'must be a whole number of percent from 0 to 100' })
  PRUNE_MAX_PERCENT = DEFAULT_PRUNE_LIMITS.maxPercent;

  @Type(() => Number)
  @IsInt({ message: `must be a whole number from 0 to ${String(MAX_FREE_DELETES)}` })
  @Min(0, { message: `must be a whole number from 0 to ${String(MAX_FREE_DELETES)}` })
  @Max(MAX_FREE_DELETES, { message: `must be a whole number from 0 to ${String(MAX_FREE_DELETES)}` })
  PRUNE_FREE_DELETES = DEFAULT_PRUNE_LIMITS.freeDeletes;

  @ChosenSecret()
  MUSTER_API_KEY?: string;

  @ChosenSecret()
  QUEUE_DASHBOARD_PASSWORD?: string;

  @IsOptional()
  @IsString()
  MUSTER_KEYRING?: string;

  @IsOptional()
  @IsString()
  MUSTER_KEYRING_FILE?: string;

  @IsString()
  @IsNotEmpty()
  MUSTER_DATA_DIR = '.muster';

  @IsIn(['true', 'false'], { message: 'must be true or false' })
  OTEL_SDK_DISABLED: 'true' | 'false' = 'false';

  @IsOptional()
  @IsIn(['otlp', 'none'], { message: 'must be otlp or none' })
  OTEL_TRACES_EXPORTER?: 'otlp' | 'none';

  @HttpUrl()
  OTEL_EXPORTER_OTLP_ENDPOINT?: string;

  @HttpUrl()
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT?: string;

  @Protocol()
  OTEL_EXPORTER_OTLP_PROTOCOL?: OtlpProtocol;

  @Protocol()
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL?: OtlpProtocol;

  @KeyValueList()
  OTEL_EXPORTER_OTLP_HEADERS?: string;

  @KeyValueList()
  OTEL_EXPORTER_OTLP_TRACES_HEADERS?: string;

  @IsOptional()
  @IsIn(TRACE_SAMPLERS, { message: `must be one of ${TRACE_SAMPLERS.join(', ')}` })
  OTEL_TRACES_SAMPLER?: string;

  @IsOptional()
  @Matches(/^(0(\.\d+)?|1(\.0+)?)$/, { message: 'must be a number from 0 to 1' })
  OTEL_TRACES_SAMPLER_ARG?: string;

  @IsOptional()
  @IsString()
  OTEL_SERVICE_NAME?: string;

  @KeyValueList()
  OTEL_RESOURCE_ATTRIBUTES?: string;

  @IsIn(LOG_LEVELS, { message: `must be one of ${LOG_LEVELS.join(', ')}` })
  LOG_LEVEL: LogLevel = 'info';

  @IsIn(['json', 'pretty'], { message: 'must be json or pretty' })
  LOG_FORMAT: 'json' | 'pretty' = 'json';
}

/** A setting is wrong: the message is one line that names the variable and what it must be. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/** Variables whose values never reach an error message: they may hold a password or a key. */
const SECRET = new Set([
  'DATABASE_URL',
  'QUEUE_URL',
  'QUEUE_SENTINEL_PASSWORD',
  'RPC_URL',
  'MUSTER_API_KEY',
  'QUEUE_DASHBOARD_PASSWORD',
  'MUSTER_KEYRING',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
  'OTEL_EXPORTER_OTLP_HEADERS',
  'OTEL_EXPORTER_OTLP_TRACES_HEADERS',
]);

/**
 * Validates the environment whole. Empty variables count as unset, as in Docker's env files.
 * @throws {ConfigurationError} naming the first wrong variable.
 */
export function readEnvironment(variables: NodeJS.ProcessEnv): Environment {
  const known = Object.keys(plainToInstance(Environment, {})).concat(
    'DATABASE_URL',
    'QUEUE_URL',
    'QUEUE_TLS_CA_FILE',
    'QUEUE_TLS_CERT_FILE',
    'QUEUE_TLS_KEY_FILE',
    'QUEUE_TLS_SERVER_NAME',
    'QUEUE_SENTINEL_USERNAME',
    'QUEUE_SENTINEL_PASSWORD',
    'RPC_URL',
    'METRICS_PORT',
    'MUSTER_API_KEY',
    'QUEUE_DASHBOARD_PASSWORD',
    'MUSTER_KEYRING',
    'MUSTER_KEYRING_FILE',
    'OTEL_TRACES_EXPORTER',
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    'OTEL_EXPORTER_OTLP_PROTOCOL',
    'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL',
    'OTEL_EXPORTER_OTLP_HEADERS',
    'OTEL_EXPORTER_OTLP_TRACES_HEADERS',
    'OTEL_TRACES_SAMPLER',
    'OTEL_TRACES_SAMPLER_ARG',
    'OTEL_SERVICE_NAME',
    'OTEL_RESOURCE_ATTRIBUTES',
  );
  const given = Object.fromEntries(
    known.flatMap((name) => (variables[name] ? [[name, variables[name]]] : [])),
  ) as Record<string, string>;
  const environment = plainToInstance(Environment, given, { exposeDefaultValues: true });
  const [wrong] = validateSync(environment);
  if (wrong) {
    const rule = Object.values(wrong.constraints ?? {}).at(-1) ?? 'is not valid';
    const shown = SECRET.has(wrong.property) ? '' : ` (it is "${given[wrong.property] ?? ''}")`;
    throw new ConfigurationError(`${wrong.property} ${rule}${shown}`);
  }
  if (environment.CHANGE_RETENTION_DAYS < environment.OUTBOX_RETENTION_DAYS) {
    throw new ConfigurationError(
      'CHANGE_RETENTION_DAYS must be at least OUTBOX_RETENTION_DAYS: events name the changes that they tell of',
    );
  }
  for (const name of ['DATABASE_URL', 'QUEUE_URL', 'RPC_URL'] as const) {
    // That of a Redis may have several hosts, which URLs don't; its own rule has looked at it.
    if (name === 'QUEUE_URL' && isRedisUrl(environment.QUEUE_URL ?? '')) continue;
    if (!isUrl(environment[name])) {
      throw new ConfigurationError(
        `${name} must be a valid URL: a password's # / ? are written as %23 %2F %3F`,
      );
    }
  }
  return environment;
}

/** As node-postgres reads it: `postgres://user:password@/database?host=/folder/of/socket` has no host. */
function isUrl(text: string | undefined): boolean {
  return text === undefined || URL.canParse(text) || URL.canParse(text.replace('@/', '@socket/'));
}
