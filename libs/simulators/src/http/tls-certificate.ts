import { X509Certificate } from 'node:crypto';

import { generate } from 'selfsigned';

/** A server's self-signed certificate. */
export interface TlsCertificate {
  keyPem: string;
  certificatePem: string;
  /** SHA-256 of the certificate in DER: upper-case hex pairs with colons between, as browsers show it. */
  fingerprintSha256: string;
}

const VALID_MS = 10 * 365 * 24 * 3_600_000;

/** Makes a certificate for the host, which may be a name or an address, and for localhost. */
export async function selfSignedCertificate(host: string): Promise<TlsCertificate> {
  const pems = await generate([{ name: 'commonName', value: 'cloud.example.internal' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notAfterDate: new Date(Date.now() + VALID_MS),
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true },
      { name: 'subjectAltName', altNames: [...alternativeName(host), { type: 2, value: 'localhost' }] },
    ],
  });
  return {
    keyPem: pems.private,
    certificatePem: pems.cert,
    fingerprintSha256: new X509Certificate(pems.cert).fingerprint256,
  };
}

function alternativeName(host: string): ({ type: 2; value: string } | { type: 7; ip: string })[] {
  const isAddress = /^[\d.]+$|:/.test(host);
  return isAddress ? [{ type: 7, ip: host }] : [{ type: 2, value: host }];
}
