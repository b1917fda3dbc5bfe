/** What is known of a failed call, for the message that users read. Never a secret. */
export interface VsphereErrorFacts {
  /** Host and port of the account's endpoint. */
  host: string;
  /** The method that was called. */
  method?: string;
  /** vSphere's own sentence, or the parser's. */
  detail?: string;
  /** The privilege that was missing: `System.Read`. */
  privilege?: string;
  /** The object or property it is about. */
  subject?: string;
  /** SHA-256 fingerprint of the certificate the server presented. */
  fingerprint?: string;
  /** How long the server asked us to wait, in milliseconds. */
  retryAfterMs?: number;
}

/**
 * A call that failed, by `code`: the name of a vSphere fault (`InvalidLogin`), `HTTP` and a status, a code of
 * Node's or undici's (`ECONNREFUSED`, `UND_ERR_HEADERS_TIMEOUT`), or one of our own in capitals
 * (`CERTIFICATE_UNTRUSTED`). `errors.ts` tells what each means.
 */
export class VsphereError extends Error {
  override readonly name = 'VsphereError';

  constructor(
    readonly code: string,
    readonly facts: VsphereErrorFacts,
    options?: ErrorOptions,
  ) {
    super(`${code} from ${facts.host}${facts.method === undefined ? '' : ` on ${facts.method}`}`, options);
  }
}
