import type { ErrorKind } from './document/connector-document.js';

/** What is known of a failure, for the message that users read. Never a secret. */
export interface OtherErrorFacts {
  /** Host of what was called. */
  host: string;
  /** The stream it is about, and where in it. */
  stream?: string | undefined;
  /** What was asked for: `GET /v2/droplets`. */
  operation?: string | undefined;
  status?: number | undefined;
  /** The cloud's own sentence, or ours of what is wrong. */
  detail?: string | undefined;
  /** How long the cloud asked us to wait, in milliseconds. */
  retryAfterMs?: number | undefined;
  /** What the connector says that the code means. */
  kind?: ErrorKind | undefined;
}

/**
 * A listing that failed, by `code`: the API's own where the connector says where it stands, `HTTP` and a status, a
 * code of Node's or undici's (`ECONNREFUSED`), or one of ours in capitals (`NO_RECORDS`). `errors.ts` tells what
 * each means.
 */
export class OtherError extends Error {
  override readonly name = 'OtherError';

  constructor(
    readonly code: string,
    readonly facts: OtherErrorFacts,
    options?: ErrorOptions,
  ) {
    super(`${code} from ${facts.host}${facts.stream === undefined ? '' : ` for ${facts.stream}`}`, options);
  }
}
