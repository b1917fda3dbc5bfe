import type { TLSSocket } from 'node:tls';

import type { VendorAgentOptions } from '#vendor-kit';

import { isCertificatePem } from '../../shared/http/http-client.js';
import { VsphereError } from '../vsphere-error.js';

/** Whom to trust at the other end of a TLS connection. */
export interface TlsTrust {
  /** CAs in PEM form, instead of the public ones. */
  caPem?: string | undefined;
  /** The one certificate to trust: its SHA-256 fingerprint, hexadecimal, colons optional. */
  fingerprintSha256?: string | undefined;
  /** `false`: trust anyone. */
  verify?: boolean | undefined;
}

/** vCenter answers connection attempts at once or not at all. */
const CONNECT_TIMEOUT_MS = 10_000;

/** Node's reasons that have their own advice; all others mean that the chain isn't trusted. */
const REASONS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'CERTIFICATE_EXPIRED',
  ERR_TLS_CERT_ALTNAME_INVALID: 'CERTIFICATE_NAME',
};

/**
 * How an agent connects that decides by {@link TlsTrust}. The check is made here and not by Node's
 * `rejectUnauthorized`, because only so can the error name the certificate's fingerprint, which is what a
 * user with a self-signed vCenter needs next. Nothing is sent before it has passed.
 */
export function certificateCheck(trust: TlsTrust): Pick<VendorAgentOptions, 'connect' | 'inspect'> {
  return {
    connect: {
      timeout: CONNECT_TIMEOUT_MS,
      rejectUnauthorized: false,
      // A resumed session skips the check of the host name, so none is resumed.
      maxCachedSessions: 0,
      ...(trust.caPem === undefined ? {} : { ca: checkedCertificates(trust.caPem) }),
    },
    inspect: (socket, host) => certificateProblem(socket, trust, host),
  };
}

/** @throws {VsphereError} `TLS_CA_INVALID` */
function checkedCertificates(pem: string): string {
  if (!isCertificatePem(pem)) throw new VsphereError('TLS_CA_INVALID', { host: '' });
  return pem;
}

function certificateProblem(socket: TLSSocket, trust: TlsTrust, host: string): VsphereError | undefined {
  const fingerprint = socket.getPeerCertificate().fingerprint256;
  if (trust.fingerprintSha256 !== undefined) {
    const same = digitsOf(trust.fingerprintSha256) === digitsOf(fingerprint);
    return same ? undefined : new VsphereError('CERTIFICATE_CHANGED', { host, fingerprint });
  }
  if (socket.authorized || trust.verify === false) return undefined;
  const detail = String(socket.authorizationError);
  return new VsphereError(REASONS[detail] ?? 'CERTIFICATE_UNTRUSTED', { host, fingerprint, detail });
}

function digitsOf(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').toLowerCase();
}
