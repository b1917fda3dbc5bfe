import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { selfSignedCertificate, type TlsCertificate } from '../../../simulators/src/http/tls-certificate.js';
import { ConfigurationError, readEnvironment } from './environment.js';
import { type QueueSettings, readQueueSettings } from './queue-settings.js';

const DATABASE_URL = 'postgres://db/muster';
const SENTINELS = 'redis+sentinel://s1,s2/mymaster';

function read(variables: NodeJS.ProcessEnv): QueueSettings {
  return readQueueSettings(readEnvironment(variables), DATABASE_URL);
}

describe('readQueueSettings', () => {
  let folder: string;
  let certificate: TlsCertificate;
  let other: TlsCertificate;

  /** A file of that text. */
  function file(name: string, text: string): string {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'muster-queue-settings-'));
    certificate = await selfSignedCertificate('redis.example');
    other = await selfSignedCertificate('redis.example');
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('has certificates by their content, and the sentinels by what they want', () => {
    const { keyPem, certificatePem } = certificate;
    expect(
      read({
        QUEUE_URL: `rediss+sentinel://s1,s2/mymaster`,
        QUEUE_TLS_CA_FILE: file('ca', certificatePem),
        QUEUE_TLS_CERT_FILE: file('cert', certificatePem),
        QUEUE_TLS_KEY_FILE: file('key', keyPem),
        QUEUE_TLS_SERVER_NAME: 'redis.example',
        QUEUE_SENTINEL_USERNAME: 'watcher',
        QUEUE_SENTINEL_PASSWORD: 'secret',
      }),
    ).toEqual({
      url: 'rediss+sentinel://s1,s2/mymaster',
      tls: { ca: certificatePem, cert: certificatePem, key: keyPem, servername: 'redis.example' },
      sentinel: { username: 'watcher', password: 'secret' },
    });
    expect(read({ QUEUE_URL: SENTINELS, QUEUE_SENTINEL_PASSWORD: 'secret' })).toEqual({
      url: SENTINELS,
      sentinel: { password: 'secret' },
    });
    expect(read({})).toEqual({ url: DATABASE_URL });
  });

  it.each<[string, NodeJS.ProcessEnv, string]>([
    [
      'a CA that would not be used',
      { QUEUE_URL: 'redis://cache', QUEUE_TLS_CA_FILE: '/ca' },
      'QUEUE_TLS_CA_FILE is set, but QUEUE_URL is without TLS: it must be rediss://',
    ],
    [
      'the same for a Postgres',
      { QUEUE_TLS_SERVER_NAME: 'redis.example' },
      'QUEUE_TLS_SERVER_NAME is set, but QUEUE_URL is without TLS: it must be rediss://',
    ],
    [
      'a password that nobody would ask for',
      { QUEUE_URL: 'redis+cluster://n1', QUEUE_SENTINEL_PASSWORD: 'hunter2' },
      'QUEUE_SENTINEL_PASSWORD is set, but QUEUE_URL names no sentinels: it must be redis+sentinel://',
    ],
    [
      'a user without a password',
      { QUEUE_URL: SENTINELS, QUEUE_SENTINEL_USERNAME: 'watcher' },
      'QUEUE_SENTINEL_PASSWORD is missing: QUEUE_SENTINEL_USERNAME is set',
    ],
    [
      'a certificate without its key',
      { QUEUE_URL: 'rediss://cache', QUEUE_TLS_CERT_FILE: '/cert' },
      'QUEUE_TLS_CERT_FILE and QUEUE_TLS_KEY_FILE belong together: one is missing',
    ],
  ])('refuses %s', (_what, variables, message) => {
    expect(() => read(variables)).toThrow(new ConfigurationError(message));
  });

  it('names the variable of a file that cannot be used, and nothing of a key', () => {
    const url = { QUEUE_URL: 'rediss://cache' };
    const ca = (path: string) => () => read({ ...url, QUEUE_TLS_CA_FILE: path });
    const pair = (cert: string, key: string) => () =>
      read({ ...url, QUEUE_TLS_CERT_FILE: file('cert', cert), QUEUE_TLS_KEY_FILE: file('key', key) });

    expect(ca('/nowhere')).toThrow(/^QUEUE_TLS_CA_FILE cannot be used: ENOENT/);
    expect(ca(file('ca', 'hunter2'))).toThrow('QUEUE_TLS_CA_FILE cannot be used: it is not PEM');
    expect(pair('-----BEGIN hunter2', certificate.keyPem)).toThrow(/^QUEUE_TLS_CERT_FILE cannot be used: /);
    expect(pair(certificate.certificatePem, other.keyPem)).toThrow(
      /^QUEUE_TLS_KEY_FILE cannot be used: .*key values mismatch/,
    );
  });
});
