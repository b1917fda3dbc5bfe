import { SyncError, type SyncErrorKind } from '#domain';

import { quoted } from './quoted.js';

/** What every vendor knows of a call that failed. Never a secret. */
export interface ErrorFacts {
  /** Host of what was called. */
  host: string;
  /** The vendor's own sentence. */
  detail?: string | undefined;
  /** How long the vendor asked us to wait, in milliseconds. */
  retryAfterMs?: number | undefined;
}

/** What a code of a vendor's means. */
export interface ErrorMeaning<Facts extends ErrorFacts> {
  kind: SyncErrorKind;
  /** What happened and what to do, for the user. */
  message: (facts: Facts) => string;
  /** The place at which the listing was to go on is not known any more: it has to begin anew. */
  cursorExpired?: true;
  /** How long to wait, in milliseconds, when the vendor doesn't say. */
  retryAfterMs?: number;
}

/** A call that failed: the vendor's code for it, or one of ours. */
export interface VendorFailure<Facts extends ErrorFacts> extends Error {
  readonly code: string;
  readonly facts: Facts;
}

/** The error that a failed call is for the engine and for users. */
export function meantError<Facts extends ErrorFacts>(
  failure: VendorFailure<Facts>,
  meaning: ErrorMeaning<Facts>,
): SyncError {
  const { code, facts } = failure;
  const { kind, message, cursorExpired } = meaning;
  const retryAfterMs = facts.retryAfterMs ?? meaning.retryAfterMs;
  return new SyncError(kind, message(facts), {
    vendorCode: code,
    cause: failure,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(cursorExpired === undefined ? {} : { cursorExpired }),
  });
}

/** Something that passes by itself. */
export function busy(what: string): ErrorMeaning<ErrorFacts> {
  return {
    kind: 'unavailable',
    message: ({ host, detail }) => `${host} ${what}${quoted(detail)}. It will be tried again.`,
  };
}

/** No connection, or none that lasted. */
export function unreachable(problem: string, advice: string): ErrorMeaning<ErrorFacts> {
  return { kind: 'unavailable', message: ({ host }) => `${problem} at ${host}. ${advice}` };
}

/** Where users look when there is no connection: it depends on the vendor's settings. */
export interface ConnectionAdvice {
  /** Of a host name that isn't there: `Check the host name in "endpoint" and the DNS that Muster uses.` */
  name: string;
  /** Of a host or port that doesn't answer. */
  port: string;
}

const AGAIN = 'It will be tried again.';

/** Meanings of Node's and undici's codes for connections that fail, or end too soon. */
export function connectionMeanings({
  name,
  port,
}: ConnectionAdvice): Readonly<Record<string, ErrorMeaning<ErrorFacts>>> {
  return {
    ECONNREFUSED: unreachable('Nothing answers', port),
    ENOTFOUND: unreachable('There is no host', name),
    EAI_AGAIN: unreachable('The name service gave no answer for the host', name),
    EHOSTUNREACH: unreachable('There is no route to the host', port),
    ENETUNREACH: unreachable('There is no route to the network', port),
    ETIMEDOUT: unreachable('No connection in time', port),
    UND_ERR_CONNECT_TIMEOUT: unreachable('No connection in time', port),
    UND_ERR_HEADERS_TIMEOUT: unreachable('No answer in time', AGAIN),
    UND_ERR_BODY_TIMEOUT: unreachable('An answer stopped midway', AGAIN),
    UND_ERR_RES_CONTENT_LENGTH_MISMATCH: unreachable('An answer broke off', AGAIN),
    UND_ERR_SOCKET: unreachable('The connection was cut', AGAIN),
    ECONNRESET: unreachable('The connection was cut', AGAIN),
    EPIPE: unreachable('The connection was cut', AGAIN),
  };
}

/** Meanings of answers that tell of trouble at the vendor's side: `HTTP 503` and so on. */
export const SERVER_MEANINGS: Readonly<Record<string, ErrorMeaning<ErrorFacts>>> = {
  'HTTP 408': busy('took too long (HTTP 408)'),
  'HTTP 500': busy('answers with an internal error (HTTP 500)'),
  'HTTP 502': busy('answers HTTP 502: it is not up behind its proxy'),
  'HTTP 503': busy('answers HTTP 503: it is starting, stopping or overloaded'),
  'HTTP 504': busy('answers HTTP 504: it took too long behind its proxy'),
  MALFORMED_ANSWER: busy('sent an answer that broke off or is not well-formed'),
};

/** Meanings of Node's codes for certificates that don't hold, and for what isn't TLS. Both by the settings' names. */
export function tlsMeanings(
  endpoint: string,
  ca: string,
): Readonly<Record<string, ErrorMeaning<ErrorFacts>>> {
  const untrusted: ErrorMeaning<ErrorFacts> = {
    kind: 'credentials',
    message: ({ host }) =>
      `The certificate of ${host} is not trusted. Behind a proxy that opens TLS, or with an endpoint of your own, ` +
      `give the CA that signed it in "${ca}".`,
  };
  const notTls: ErrorMeaning<ErrorFacts> = {
    kind: 'credentials',
    message: ({ host }) => `${host} doesn't speak TLS. Check that ${endpoint} an HTTPS port.`,
  };
  return {
    TLS_CA_INVALID: {
      kind: 'credentials',
      message: () => `What "${ca}" holds is not a certificate in PEM form.`,
    },
    DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
    SELF_SIGNED_CERT_IN_CHAIN: untrusted,
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
    UNABLE_TO_GET_ISSUER_CERT: untrusted,
    CERT_HAS_EXPIRED: {
      kind: 'credentials',
      message: ({ host }) => `The certificate of ${host} has expired. It has to be renewed there.`,
    },
    ERR_TLS_CERT_ALTNAME_INVALID: {
      kind: 'credentials',
      message: ({ host }) =>
        `The certificate of ${host} is made out to another name. Check that ${endpoint} the name in the certificate.`,
    },
    EPROTO: notTls,
    ERR_SSL_WRONG_VERSION_NUMBER: notTls,
    ERR_SSL_PACKET_LENGTH_TOO_LONG: notTls,
  };
}
