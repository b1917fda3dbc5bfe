import { createPrivateKey } from 'node:crypto';

import { generate } from 'selfsigned';

/** A certificate to sign in with, as its owner has it. */
export interface ClientCertificate {
  certificatePem: string;
  /** The certificate and its key, which the passphrase opens. */
  encryptedPem: string;
  passphrase: string;
}

export async function clientCertificate(): Promise<ClientCertificate> {
  const passphrase = 'simulated passphrase';
  const pems = await generate([{ name: 'commonName', value: 'muster' }], {
    keySize: 2048,
    algorithm: 'sha256',
  });
  const key = createPrivateKey(pems.private).export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase,
  });
  return { certificatePem: pems.cert, encryptedPem: `${pems.cert}\n${key.toString()}`, passphrase };
}
