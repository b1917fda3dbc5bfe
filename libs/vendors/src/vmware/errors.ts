import { SyncError } from '#domain';

import { busy, connectionMeanings, type ErrorMeaning, meantError } from '../shared/error-meaning.js';
import { quoted } from '../shared/quoted.js';
import { VsphereError, type VsphereErrorFacts } from './vsphere-error.js';

type Meaning = ErrorMeaning<VsphereErrorFacts>;

/** How long to wait for a free session when vCenter doesn't say; its own idle sessions end after 30 minutes. */
const SESSION_LIMIT_WAIT_MS = 60_000;

const versionMismatch: Meaning = {
  kind: 'bug',
  message: ({ host, method, subject, detail }) =>
    `${host} doesn't understand our call ${method ?? ''}${subject === undefined ? '' : ` (${subject})`}` +
    `${quoted(detail)}. Its version may be too old or too new: please report it, with the version of vSphere.`,
};

const refused: Meaning = {
  kind: 'credentials',
  message: ({ host }) =>
    `${host} refused the user name or the password. Check both (the user name with its domain, like ` +
    `muster@vsphere.local) and that the user is neither locked nor expired; several failures in a row lock it.`,
};

const notTls: Meaning = {
  kind: 'credentials',
  message: ({ host }) => `${host} doesn't speak TLS as we do. Check that "endpoint" names the HTTPS port.`,
};

const noSessions: Meaning = {
  kind: 'throttled',
  message: ({ host }) =>
    `${host} takes no more sessions. It will be tried again; if it lasts, end idle sessions in vCenter.`,
  retryAfterMs: SESSION_LIMIT_WAIT_MS,
};

const CONNECTION_ADVICE = {
  name: 'Check the host name in "endpoint" and the DNS that Muster uses.',
  port: 'Check host and port in "endpoint", that vCenter is up, and that no firewall is in between.',
};

/**
 * vendor code → kind and message. A code may be narrowed to the method it answered, `Login HTTP 503`, or to
 * answers that say how long to wait, `HTTP 503 Retry-After`.
 * Fault names: "vSphere Web Services API" reference; behaviour: docs/vendors/vmware.md.
 */
export const VSPHERE_ERRORS: Readonly<Record<string, Meaning>> = {
  InvalidLogin: refused,
  'Login NoPermission': {
    kind: 'credentials',
    message: ({ host }) =>
      `${host} knows the user, but lets it see nothing. Give it the role "Read-only" on the vCenter itself, ` +
      `with "Propagate to children".`,
  },
  PasswordExpired: {
    kind: 'credentials',
    message: ({ host }) =>
      `The user's password at ${host} has expired. Set a new one there and in this account.`,
  },
  LockedOut: {
    kind: 'credentials',
    message: ({ host }) =>
      `${host} has locked the user. Unlock it in vCenter, check the password, and sync again.`,
  },
  NoPermission: {
    kind: 'permission',
    message: ({ host, privilege, subject }) =>
      `${host} refuses to list this: the user lacks the privilege ${privilege ?? 'System.Read'}` +
      `${subject === undefined ? '' : ` on ${subject}`}. Give it the role "Read-only", with "Propagate to children".`,
  },
  NotAuthenticated: busy('ended our session twice in a row'),
  ManagedObjectNotFound: busy('no longer knows an object of our session'),
  InvalidCollectorVersion: busy('no longer knows our place in the listing'),
  RequestCanceled: busy('cancelled our call'),
  HostCommunication: busy("couldn't reach one of its hosts"),
  HostNotConnected: busy("couldn't reach one of its hosts"),
  HostNotReachable: busy("couldn't reach one of its hosts"),
  Timedout: busy('took too long'),
  SystemError: busy('reports an internal error'),
  InvalidProperty: versionMismatch,
  InvalidArgument: versionMismatch,
  InvalidRequest: versionMismatch,
  InvalidType: versionMismatch,
  MethodNotFound: versionMismatch,
  NotSupported: versionMismatch,
  VersionMismatch: versionMismatch,

  'Login HTTP 503': noSessions,
  'HTTP 503 Retry-After': {
    kind: 'throttled',
    message: ({ host }) => `${host} is overloaded (HTTP 503) and says when to come again.`,
  },
  'HTTP 429': { kind: 'throttled', message: ({ host }) => `${host} asks us to slow down.` },
  'HTTP 500': busy('answers with an internal error (HTTP 500)'),
  'HTTP 502': busy('answers HTTP 502: vCenter is not up behind its proxy'),
  'HTTP 503': busy('answers HTTP 503: vCenter is starting, stopping or overloaded'),
  'HTTP 504': busy('answers HTTP 504: vCenter took too long behind its proxy'),
  REDIRECTED: {
    kind: 'credentials',
    message: ({ host, detail }) =>
      `${host} sends us elsewhere${quoted(detail)}. Put the final address, often with https, into "endpoint".`,
  },
  NOT_VSPHERE: {
    kind: 'credentials',
    message: ({ host, detail }) =>
      `What answers at ${host} is not vSphere${quoted(detail)}. ` +
      `Check "endpoint": it should be like https://vcenter.example.com/sdk.`,
  },
  MALFORMED_ANSWER: busy('sent an answer that broke off or is not well-formed'),
  UND_ERR_RES_EXCEEDED_MAX_SIZE: {
    kind: 'bug',
    message: ({ host, method }) => `${host} sent more than we accept in answer to ${method ?? 'a call'}.`,
  },

  NO_IDENTITY: {
    kind: 'permission',
    message: ({ host }) =>
      `${host} is a single ESXi host that doesn't tell the UUID of its hardware. Give the user the role "Read-only" on it.`,
  },

  CERTIFICATE_UNTRUSTED: {
    kind: 'credentials',
    message: ({ host, fingerprint, detail }) =>
      `The certificate of ${host} is not trusted${quoted(detail)}. Give the CA that signed it in "tls_ca_pem" ` +
      `(vCenter offers it at /certs/download.zip), or, once you have compared it in vCenter, pin it with ` +
      `"tls_fingerprint_sha256": ${fingerprint ?? ''}`,
  },
  CERTIFICATE_NAME: {
    kind: 'credentials',
    message: ({ host, fingerprint }) =>
      `The certificate of ${host} is made out to another name. Use the name in the certificate in "endpoint", ` +
      `or, once you have compared it in vCenter, pin it with "tls_fingerprint_sha256": ${fingerprint ?? ''}`,
  },
  CERTIFICATE_CHANGED: {
    kind: 'credentials',
    message: ({ host, fingerprint }) =>
      `${host} presents another certificate than the pinned one. If it was renewed, compare it in vCenter and ` +
      `set "tls_fingerprint_sha256" to ${fingerprint ?? ''}. If not, someone may be in between: don't.`,
  },
  CERTIFICATE_EXPIRED: {
    kind: 'credentials',
    message: ({ host }) => `The certificate of ${host} has expired. Renew it in vCenter.`,
  },
  TLS_CA_INVALID: {
    kind: 'credentials',
    message: () => 'What "tls_ca_pem" holds is not a certificate in PEM form.',
  },
  EPROTO: notTls,
  ERR_SSL_WRONG_VERSION_NUMBER: notTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: notTls,

  ...connectionMeanings(CONNECTION_ADVICE),
};

/** What a failure of this vendor means; `undefined` for what isn't vSphere's doing. */
export function classifyVsphereError(error: unknown): SyncError | undefined {
  if (error instanceof SyncError) return error;
  if (!(error instanceof VsphereError)) return undefined;
  const { code, facts } = error;
  const meaning =
    VSPHERE_ERRORS[`${facts.method ?? ''} ${code}`] ??
    (facts.retryAfterMs === undefined ? undefined : VSPHERE_ERRORS[`${code} Retry-After`]) ??
    VSPHERE_ERRORS[code];
  return meantError(error, meaning ?? unknown(code));
}

function unknown(code: string): Meaning {
  return {
    kind: 'bug',
    message: ({ host, method, detail }) =>
      `${host} answered ${method ?? 'a call'} with ${code}${quoted(detail)}.`,
  };
}
