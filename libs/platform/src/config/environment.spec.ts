import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';
import { getMetadataStorage } from 'class-validator';
import fc from 'fast-check';

import { projectRoot } from '../project-root.js';
import { ConfigurationError, Environment, LOG_LEVELS, readEnvironment } from './environment.js';

const DATABASE_URL = 'postgres://muster:hunter2@db/muster';

/** Every variable of {@link Environment}, by its validation rules. */
const VARIABLES = [
  ...new Set(
    getMetadataStorage()
      .getTargetValidationMetadatas(Environment, '', false, false)
      .map(({ propertyName }) => propertyName),
  ),
];

function messageOf(variables: NodeJS.ProcessEnv): string {
  try {
    readEnvironment(variables);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as Error).message;
  }
  throw new Error(`accepted ${JSON.stringify(variables)}`);
}

describe('readEnvironment', () => {
  it('needs nothing', () => {
    expect(readEnvironment({})).toEqual({
      PORT: 3000,
      HOST: '127.0.0.1',
      METRICS_HOST: '127.0.0.1',
      METRICS_ACCOUNTS: 1_000,
      TRUSTED_PROXIES: '',
      ENDPOINT_ALLOWED_NETWORKS: '',
      HOST_IDENTITY_TENANTS: '',
      RATE_LIMIT_PER_MINUTE: 30_000,
      RATE_LIMIT_UNKNOWN_PER_MINUTE: 300,
      DATABASE_POOL_SIZE: 12,
      WORKER_CONCURRENCY: 8,
      ACCOUNT_CHECK_SECONDS: 10,
      SHUTDOWN_DELAY_SECONDS: 5,
      CHANGE_RETENTION_DAYS: 365,
      OUTBOX_RETENTION_DAYS: 7,
      AUDIT_RETENTION_DAYS: 365,
      TOMBSTONE_RETENTION_DAYS: 90,
      PRUNE_MAX_PERCENT: 30,
      PRUNE_FREE_DELETES: 10,
      MUSTER_DATA_DIR: '.muster',
      LOG_LEVEL: 'info',
      LOG_FORMAT: 'json',
      OTEL_SDK_DISABLED: 'false',
    });
  });

  it.each<[string, string, unknown]>([
    ['PORT', '0', 0],
    ['PORT', '65535', 65535],
    ['HOST', '::', '::'],
    ['TRUSTED_PROXIES', '10.0.0.0/8,192.0.2.7, fd00::/8 , ::1', undefined],
    ['ENDPOINT_ALLOWED_NETWORKS', '10.0.0.0/8,192.168.1.7,fd00::/8', undefined],
    ['METRICS_PORT', '0', 0],
    ['METRICS_PORT', '65535', 65_535],
    ['METRICS_HOST', '::1', '::1'],
    ['METRICS_ACCOUNTS', '0', 0],
    ['METRICS_ACCOUNTS', '100000', 100_000],
    ['HOST_IDENTITY_TENANTS', 'default, other team ,größe', undefined],
    ['RATE_LIMIT_PER_MINUTE', '0', 0],
    ['RATE_LIMIT_PER_MINUTE', '10000000', 10_000_000],
    ['RATE_LIMIT_UNKNOWN_PER_MINUTE', '60', 60],
    ['DATABASE_URL', DATABASE_URL, DATABASE_URL],
    ['DATABASE_URL', 'postgresql://u:p%23w@[::1]:5432/db?sslmode=require', undefined],
    ['DATABASE_URL', 'postgres://u:p@/db?host=/var/run/postgresql', undefined],
    ['DATABASE_URL', 'postgres:///db', undefined],
    ['QUEUE_URL', 'redis://localhost:6379/1', undefined],
    ['QUEUE_URL', 'rediss://:secret@cache', undefined],
    ['QUEUE_URL', 'redis+sentinel://user:p%40ss@s1,s2:26380,[::1]/my-master/2', undefined],
    ['QUEUE_URL', 'rediss+cluster://:secret@n1:7000,n2:7001', undefined],
    ['QUEUE_URL', DATABASE_URL, DATABASE_URL],
    ['QUEUE_TLS_CA_FILE', '/etc/muster/redis-ca.pem', undefined],
    ['QUEUE_TLS_CERT_FILE', 'client.pem', undefined],
    ['QUEUE_TLS_KEY_FILE', 'client.key', undefined],
    ['QUEUE_TLS_SERVER_NAME', 'redis.example', undefined],
    ['QUEUE_SENTINEL_USERNAME', 'watcher', undefined],
    ['QUEUE_SENTINEL_PASSWORD', 'secret', undefined],
    ['DATABASE_POOL_SIZE', '2', 2],
    ['DATABASE_POOL_SIZE', '1000', 1000],
    ['WORKER_CONCURRENCY', '1', 1],
    ['ACCOUNT_CHECK_SECONDS', '0', 0],
    ['ACCOUNT_CHECK_SECONDS', '60', 60],
    ['SHUTDOWN_DELAY_SECONDS', '0', 0],
    ['SHUTDOWN_DELAY_SECONDS', '300', 300],
    ['WORKER_CONCURRENCY', '256', 256],
    ['WORKER_VENDOR_CONCURRENCY', '1', 1],
    ['WORKER_VENDOR_CONCURRENCY', '10000', 10_000],
    ['CHANGE_RETENTION_DAYS', '7', 7],
    ['CHANGE_RETENTION_DAYS', '36500', 36_500],
    ['OUTBOX_RETENTION_DAYS', '1', 1],
    ['OUTBOX_RETENTION_DAYS', '365', 365],
    ['AUDIT_RETENTION_DAYS', '1', 1],
    ['AUDIT_RETENTION_DAYS', '36500', 36_500],
    ['TOMBSTONE_RETENTION_DAYS', '1', 1],
    ['TOMBSTONE_RETENTION_DAYS', '36500', 36_500],
    ['PRUNE_MAX_PERCENT', '0', 0],
    ['PRUNE_MAX_PERCENT', '100', 100],
    ['PRUNE_FREE_DELETES', '0', 0],
    ['PRUNE_FREE_DELETES', '1000000000', 1_000_000_000],
    ['MUSTER_API_KEY', 'a-key-of-enough-characters', undefined],
    ['MUSTER_KEYRING', '1:abc', undefined],
    ['MUSTER_KEYRING_FILE', '/run/secrets/keyring', undefined],
    ['MUSTER_DATA_DIR', '/var/lib/muster', undefined],
    ...LOG_LEVELS.map((level): [string, string, unknown] => ['LOG_LEVEL', level, level]),
    ['LOG_FORMAT', 'json', 'json'],
    ['LOG_FORMAT', 'pretty', 'pretty'],
    ['OTEL_SDK_DISABLED', 'true', 'true'],
    ['OTEL_TRACES_EXPORTER', 'otlp', 'otlp'],
    ['OTEL_TRACES_EXPORTER', 'none', 'none'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://collector:4318', undefined],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'https://collector/v1/traces', undefined],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'http/json', undefined],
    ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'http/protobuf', undefined],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'authorization=Basic%20YTpi, x-tenant = muster', undefined],
    ['OTEL_EXPORTER_OTLP_TRACES_HEADERS', 'x-key=a=b', undefined],
    ['OTEL_TRACES_SAMPLER', 'parentbased_traceidratio', undefined],
    ['OTEL_TRACES_SAMPLER_ARG', '0.01', undefined],
    ['OTEL_TRACES_SAMPLER_ARG', '1', undefined],
    ['OTEL_SERVICE_NAME', 'inventory', undefined],
    ['OTEL_RESOURCE_ATTRIBUTES', 'deployment.environment.name=test,service.namespace=clouds', undefined],
  ])('takes %s=%s', (name, text, value) => {
    expect(readEnvironment({ [name]: text })).toMatchObject({ [name]: value ?? text });
  });

  it.each([
    ['PORT', 'http', 'PORT must be a whole number from 0 to 65535 (it is "http")'],
    ['PORT', '-1', 'PORT must be a whole number from 0 to 65535 (it is "-1")'],
    ['PORT', '65536', 'PORT must be a whole number from 0 to 65535 (it is "65536")'],
    ['PORT', '80.5', 'PORT must be a whole number from 0 to 65535 (it is "80.5")'],
    ...['proxy.example', '10.0.0.0/33', '10.1', '0x0a.0.0.1', '010.0.0.1', '10.0.0.1/'].map(
      (value): [string, string, string] => [
        'TRUSTED_PROXIES',
        value,
        `TRUSTED_PROXIES must be IP addresses or networks such as 10.0.0.0/8, separated by commas (it is "${value}")`,
      ],
    ),
    [
      'ENDPOINT_ALLOWED_NETWORKS',
      '*.example.com',
      'ENDPOINT_ALLOWED_NETWORKS must be IP addresses or networks such as 10.0.0.0/8, separated by commas (it is "*.example.com")',
    ],
    ['OTEL_SDK_DISABLED', 'yes', 'OTEL_SDK_DISABLED must be true or false (it is "yes")'],
    ['OTEL_TRACES_EXPORTER', 'zipkin', 'OTEL_TRACES_EXPORTER must be otlp or none (it is "zipkin")'],
    [
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      'user:hunter2@collector:4317',
      'OTEL_EXPORTER_OTLP_ENDPOINT must be an http:// or https:// URL',
    ],
    [
      'OTEL_EXPORTER_OTLP_PROTOCOL',
      'grpc',
      'OTEL_EXPORTER_OTLP_PROTOCOL must be one of http/protobuf, http/json (it is "grpc")',
    ],
    [
      'OTEL_EXPORTER_OTLP_HEADERS',
      'hunter2',
      'OTEL_EXPORTER_OTLP_HEADERS must be name=value, several separated by commas',
    ],
    [
      'OTEL_TRACES_SAMPLER',
      'some',
      'OTEL_TRACES_SAMPLER must be one of always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off, parentbased_traceidratio (it is "some")',
    ],
    ['OTEL_TRACES_SAMPLER_ARG', '1.1', 'OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1 (it is "1.1")'],
    [
      'OTEL_RESOURCE_ATTRIBUTES',
      'a=b,,c=d',
      'OTEL_RESOURCE_ATTRIBUTES must be name=value, several separated by commas (it is "a=b,,c=d")',
    ],
    ['METRICS_PORT', '65536', 'METRICS_PORT must be a whole number from 0 to 65535 (it is "65536")'],
    ['METRICS_ACCOUNTS', '-1', 'METRICS_ACCOUNTS must be a whole number from 0 to 100000 (it is "-1")'],
    ...['two  blanks', 'a\tb', 'x'.repeat(65)].map((value): [string, string, string] => [
      'HOST_IDENTITY_TENANTS',
      `default,${value}`,
      `HOST_IDENTITY_TENANTS must be names of tenants of 1 to 64 printable characters, separated by commas (it is "default,${value}")`,
    ]),
    [
      'RATE_LIMIT_PER_MINUTE',
      '-1',
      'RATE_LIMIT_PER_MINUTE must be a whole number from 0 to 10000000 (it is "-1")',
    ],
    [
      'RATE_LIMIT_UNKNOWN_PER_MINUTE',
      'few',
      'RATE_LIMIT_UNKNOWN_PER_MINUTE must be a whole number from 0 to 10000000 (it is "few")',
    ],
    ['DATABASE_URL', 'mysql://u:hunter2@db/x', 'DATABASE_URL must be a postgres:// URL'],
    ['DATABASE_URL', 'postgres://', 'DATABASE_URL must be a postgres:// URL'],
    [
      'DATABASE_URL',
      'postgres://u:hunter2#x@db/x',
      "DATABASE_URL must be a valid URL: a password's # / ? are written as %23 %2F %3F",
    ],
    [
      'QUEUE_URL',
      'amqp://u:hunter2@mq',
      'QUEUE_URL must be a redis://, rediss:// or postgres:// URL, or redis+sentinel:// or redis+cluster://',
    ],
    ['QUEUE_URL', 'redis://', "QUEUE_URL must be a valid URL: a password's # / ? are written as %23 %2F %3F"],
    [
      'QUEUE_URL',
      'redis://cache:65536',
      "QUEUE_URL must be a valid URL: a password's # / ? are written as %23 %2F %3F",
    ],
    [
      'QUEUE_URL',
      'redis://:hunter2%@cache',
      "QUEUE_URL must be a valid URL: a password's % is written as %25",
    ],
    ...['hunter2', 'hunter2:'].map((user): [string, string, string] => [
      'QUEUE_URL',
      `redis://${user}@cache`,
      'QUEUE_URL must have a password before its @, as in redis://user:password@host',
    ]),
    [
      'QUEUE_URL',
      'redis://:hunter2@one,two',
      'QUEUE_URL must say what its servers are: redis+sentinel:// or redis+cluster://',
    ],
    ...['redis://cache/jobs', 'redis://cache/1/2', 'redis+sentinel://s1/mymaster/x'].map(
      (url): [string, string, string] => [
        'QUEUE_URL',
        url,
        "QUEUE_URL must end with the host, or with its database's number: redis://host:6379/0",
      ],
    ),
    ...['redis+sentinel://s1,s2', 'redis+sentinel://s1/', 'redis+sentinel://s1/my%20master'].map(
      (url): [string, string, string] => [
        'QUEUE_URL',
        url,
        'QUEUE_URL must name the master that the sentinels watch: redis+sentinel://host,host/mymaster',
      ],
    ),
    ['QUEUE_URL', 'redis+cluster://n1,n2/1', 'QUEUE_URL must name no database: a cluster has only 0'],
    [
      'QUEUE_URL',
      'redis://u:hunter2/x@cache',
      "QUEUE_URL must be a valid URL: a password's # / ? are written as %23 %2F %3F",
    ],
    ['DATABASE_POOL_SIZE', '1', 'DATABASE_POOL_SIZE must be a whole number from 2 to 1000 (it is "1")'],
    ['DATABASE_POOL_SIZE', '1001', 'DATABASE_POOL_SIZE must be a whole number from 2 to 1000 (it is "1001")'],
    ['WORKER_CONCURRENCY', '0', 'WORKER_CONCURRENCY must be a whole number from 1 to 256 (it is "0")'],
    ['WORKER_CONCURRENCY', '257', 'WORKER_CONCURRENCY must be a whole number from 1 to 256 (it is "257")'],
    [
      'WORKER_VENDOR_CONCURRENCY',
      '0',
      'WORKER_VENDOR_CONCURRENCY must be a whole number from 1 to 10000 (it is "0")',
    ],
    [
      'CHANGE_RETENTION_DAYS',
      '0',
      'CHANGE_RETENTION_DAYS must be a whole number of days from 1 to 36500 (it is "0")',
    ],
    [
      'CHANGE_RETENTION_DAYS',
      '6',
      'CHANGE_RETENTION_DAYS must be at least OUTBOX_RETENTION_DAYS: events name the changes that they tell of',
    ],
    [
      'OUTBOX_RETENTION_DAYS',
      '36501',
      'OUTBOX_RETENTION_DAYS must be a whole number of days from 1 to 36500 (it is "36501")',
    ],
    [
      'AUDIT_RETENTION_DAYS',
      '0',
      'AUDIT_RETENTION_DAYS must be a whole number of days from 1 to 36500 (it is "0")',
    ],
    [
      'TOMBSTONE_RETENTION_DAYS',
      '1.5',
      'TOMBSTONE_RETENTION_DAYS must be a whole number of days from 1 to 36500 (it is "1.5")',
    ],
    [
      'OUTBOX_RETENTION_DAYS',
      'a week',
      'OUTBOX_RETENTION_DAYS must be a whole number of days from 1 to 36500 (it is "a week")',
    ],
    [
      'PRUNE_MAX_PERCENT',
      '101',
      'PRUNE_MAX_PERCENT must be a whole number of percent from 0 to 100 (it is "101")',
    ],
    [
      'PRUNE_MAX_PERCENT',
      '30 %',
      'PRUNE_MAX_PERCENT must be a whole number of percent from 0 to 100 (it is "30 %")',
    ],
    [
      'PRUNE_MAX_PERCENT',
      '0.3',
      'PRUNE_MAX_PERCENT must be a whole number of percent from 0 to 100 (it is "0.3")',
    ],
    [
      'PRUNE_FREE_DELETES',
      '-1',
      'PRUNE_FREE_DELETES must be a whole number from 0 to 1000000000 (it is "-1")',
    ],
    [
      'ACCOUNT_CHECK_SECONDS',
      '61',
      'ACCOUNT_CHECK_SECONDS must be a whole number of seconds from 0 to 60 (it is "61")',
    ],
    [
      'SHUTDOWN_DELAY_SECONDS',
      '301',
      'SHUTDOWN_DELAY_SECONDS must be a whole number of seconds from 0 to 300 (it is "301")',
    ],
    ['MUSTER_API_KEY', 'hunter2', 'MUSTER_API_KEY must have at least 16 characters'],
    ['QUEUE_DASHBOARD_PASSWORD', 'hunter2', 'QUEUE_DASHBOARD_PASSWORD must have at least 16 characters'],
    ['MUSTER_API_KEY', 'hunter2 with spaces', 'MUSTER_API_KEY must be printable ASCII without spaces'],
    [
      'LOG_LEVEL',
      'loud',
      'LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent (it is "loud")',
    ],
    ['LOG_FORMAT', 'xml', 'LOG_FORMAT must be json or pretty (it is "xml")'],
  ])('refuses %s=%s in one line', (name, text, message) => {
    expect(messageOf({ [name]: text })).toBe(message);
  });

  it('takes an empty variable for an unset one, as in env files', () => {
    const empty = Object.fromEntries(VARIABLES.map((name) => [name, '']));
    expect(readEnvironment(empty)).toEqual(readEnvironment({}));
  });

  it('leaves all other variables alone', () => {
    expect(readEnvironment({ PATH: '/bin', port: '1' })).toEqual(readEnvironment({}));
  });

  it('reads every variable that it has a rule for', () => {
    const ignored = VARIABLES.filter((name) => {
      try {
        return readEnvironment({ [name]: 'anything' })[name as keyof Environment] !== 'anything';
      } catch (error) {
        return !(error as Error).message.startsWith(name);
      }
    });
    expect(ignored).toEqual([]);
  });

  it.each([
    'DATABASE_URL',
    'QUEUE_URL',
    'QUEUE_SENTINEL_PASSWORD',
    'MUSTER_API_KEY',
    'QUEUE_DASHBOARD_PASSWORD',
  ])('never shows the value of %s', (name) => {
    fc.assert(
      fc.property(
        fc.string({
          minLength: 6,
          unit: fc.constantFrom('H', 'U', '2', '#', '/', '?', '@', ':', ' ', 'é'),
        }),
        (secret) => {
          for (const text of [
            secret,
            `postgres://u:${secret}@db/x`,
            `redis+sentinel://u:${secret}@s1,s2/m`,
            `${secret}\n`,
          ]) {
            try {
              readEnvironment({ [name]: text });
            } catch (error) {
              expect((error as Error).message).not.toContain(secret);
            }
          }
        },
      ),
    );
  });
});

describe('docs/configuration.md', () => {
  it('tells of every environment variable', () => {
    const path = join(projectRoot, 'docs/configuration.md');
    const document = existsSync(path) ? readFileSync(path, 'utf8') : '';
    const missing = VARIABLES.filter((name) => !new RegExp(`\\b${name}\\b`).test(document));
    expect(missing).toEqual([]);
  });
});
