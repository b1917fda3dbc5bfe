import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createSecureContext } from 'node:tls';

import { projectRoot } from '../project-root.js';
import { ConfigurationError, type Environment } from './environment.js';
import { isRedisUrl, parseRedisUrl } from './redis-url.js';

/** Where the queues are, and how to get in. */
export interface QueueSettings {
  /** A Postgres, or what {@link parseRedisUrl} takes. */
  url: string;
  /** How Redis (and its sentinels) are known over TLS, and what Muster shows them. */
  tls?: RedisTls;
  /** Who Muster is to the sentinels. */
  sentinel?: { username?: string; password: string };
}

/** By the names of Node.js' own TLS options; what is text is PEM. */
export interface RedisTls {
  /** Instead of the public CAs. */
  ca?: string;
  cert?: string;
  key?: string;
  /** What certificates must be issued for, where that is not the host. */
  servername?: string;
}

type TlsVariable = `QUEUE_TLS_${'CA_FILE' | 'CERT_FILE' | 'KEY_FILE' | 'SERVER_NAME'}`;
type SentinelVariable = 'QUEUE_SENTINEL_USERNAME' | 'QUEUE_SENTINEL_PASSWORD';

const TLS_VARIABLES: readonly TlsVariable[] = [
  'QUEUE_TLS_CA_FILE',
  'QUEUE_TLS_CERT_FILE',
  'QUEUE_TLS_KEY_FILE',
  'QUEUE_TLS_SERVER_NAME',
];
const SENTINEL_VARIABLES: readonly SentinelVariable[] = [
  'QUEUE_SENTINEL_USERNAME',
  'QUEUE_SENTINEL_PASSWORD',
];

/**
 * What the variables say of the queues. Certificates are read once: new ones need a restart.
 * @throws {ConfigurationError} naming the variable that is wrong, or that nothing would come of.
 */
export function readQueueSettings(environment: Environment, databaseUrl: string): QueueSettings {
  const url = environment.QUEUE_URL ?? databaseUrl;
  const redis = isRedisUrl(url) ? parseRedisUrl(url) : undefined;
  const [tlsVariable] = TLS_VARIABLES.filter((name) => environment[name] !== undefined);
  if (tlsVariable !== undefined && redis?.tls !== true) {
    throw new ConfigurationError(`${tlsVariable} is set, but QUEUE_URL is without TLS: it must be rediss://`);
  }
  const [sentinelVariable] = SENTINEL_VARIABLES.filter((name) => environment[name] !== undefined);
  if (sentinelVariable !== undefined && redis?.topology !== 'sentinel') {
    throw new ConfigurationError(
      `${sentinelVariable} is set, but QUEUE_URL names no sentinels: it must be redis+sentinel://`,
    );
  }
  return {
    url,
    ...(tlsVariable === undefined ? {} : { tls: readTls(environment) }),
    ...(sentinelVariable === undefined ? {} : { sentinel: readSentinel(environment) }),
  };
}

function readSentinel(environment: Environment): { username?: string; password: string } {
  const { QUEUE_SENTINEL_USERNAME: username, QUEUE_SENTINEL_PASSWORD: password } = environment;
  if (password === undefined) {
    throw new ConfigurationError('QUEUE_SENTINEL_PASSWORD is missing: QUEUE_SENTINEL_USERNAME is set');
  }
  return { ...(username === undefined ? {} : { username }), password };
}

function readTls(environment: Environment): RedisTls {
  if ((environment.QUEUE_TLS_CERT_FILE === undefined) !== (environment.QUEUE_TLS_KEY_FILE === undefined)) {
    throw new ConfigurationError(
      'QUEUE_TLS_CERT_FILE and QUEUE_TLS_KEY_FILE belong together: one is missing',
    );
  }
  const ca = readPem(environment, 'QUEUE_TLS_CA_FILE');
  const cert = readPem(environment, 'QUEUE_TLS_CERT_FILE');
  const key = readPem(environment, 'QUEUE_TLS_KEY_FILE');
  if (cert !== undefined) tryOut('QUEUE_TLS_CERT_FILE', () => createSecureContext({ cert }));
  if (cert !== undefined) tryOut('QUEUE_TLS_KEY_FILE', () => createSecureContext({ cert, key }));
  const servername = environment.QUEUE_TLS_SERVER_NAME;
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
    ...(servername === undefined ? {} : { servername }),
  };
}

function readPem(environment: Environment, name: Exclude<TlsVariable, 'QUEUE_TLS_SERVER_NAME'>) {
  const file = environment[name];
  if (file === undefined) return undefined;
  return tryOut(name, () => {
    const text = readFileSync(resolve(projectRoot, file), 'utf8');
    if (!text.includes('-----BEGIN ')) throw new Error('it is not PEM'); // Node.js takes any text for a CA
    return text;
  });
}

function tryOut<Result>(name: TlsVariable, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw new ConfigurationError(`${name} cannot be used: ${(error as Error).message}`, { cause: error });
  }
}
