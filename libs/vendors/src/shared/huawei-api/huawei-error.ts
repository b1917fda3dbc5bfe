/** What is known of a failed call, for the message that users read. Never a secret. */
export interface HuaweiErrorFacts {
  /** Host of what was called. */
  host: string;
  /** What was called, for people: `Config's list of resources`. */
  operation?: string | undefined;
  /** The IAM action that it needs: `rms:resources:list`. */
  action?: string | undefined;
  status?: number | undefined;
  /** Huawei Cloud's own sentence. */
  detail?: string | undefined;
  /** Whether the account's key is a temporary one. */
  hasTemporaryKey?: boolean;
  /** The region or domain that it is about. */
  subject?: string | undefined;
  /** How long Huawei Cloud asked us to wait, in milliseconds. */
  retryAfterMs?: number | undefined;
}

/**
 * A call that failed, by `code`: the gateway's (`APIGW.0301`), Config's (`RMS.00010006`), another service's, `HTTP` and
 * a status, a code of Node's or undici's (`ECONNREFUSED`), or one of our own in capitals (`MARKER_REFUSED`).
 * A vendor's `errors.ts` tells what each means.
 */
export class HuaweiError extends Error {
  override readonly name = 'HuaweiError';

  constructor(
    readonly code: string,
    readonly facts: HuaweiErrorFacts,
    options?: ErrorOptions,
  ) {
    super(
      `${code} from ${facts.host}${facts.operation === undefined ? '' : ` on ${facts.operation}`}`,
      options,
    );
  }
}
