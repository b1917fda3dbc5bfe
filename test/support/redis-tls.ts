import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { selfSignedCertificate } from '../../libs/simulators/src/http/tls-certificate.js';

/** A certificate for a Redis on loopback and for its clients, and for other servers that it calls. */
export interface TestRedisTls {
  /** Arguments of a server that listens over TLS only, and wants to see a certificate. */
  argumentsFor(port: number): string[];
  /** What a client needs. */
  client: { ca: string; cert: string; key: string };
}

/** @param directory where servers find its files */
export async function createRedisTls(directory: string): Promise<TestRedisTls> {
  const { keyPem, certificatePem } = await selfSignedCertificate('127.0.0.1');
  const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')];
  await writeFile(key, keyPem);
  await writeFile(certificate, certificatePem);
  return {
    argumentsFor: (port) => [
      ...['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'yes', '--tls-replication', 'yes'],
      ...['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', certificate],
    ],
    client: { ca: certificatePem, cert: certificatePem, key: keyPem },
  };
}
