/** What is known of a failed call, for the message that users read. Never a secret. */
export interface AzureErrorFacts {
  /** Host of what was called. */
  host: string;
  /** What was called, for people: `Resource Graph`. */
  operation?: string;
  status?: number;
  /** All codes that the answer has, the most specific one first. */
  codes?: readonly string[];
  /** Azure's own sentence. */
  detail?: string;
  /** The action that was refused: `Microsoft.Compute/disks/read`. */
  action?: string;
  /** The subscription or other thing it is about. */
  subject?: string;
  /** How long Azure asked us to wait, in milliseconds. */
  retryAfterMs?: number;
}

/**
 * A call that failed, by `code`: Azure Resource Manager's (`AuthorizationFailed`), one of Microsoft Entra ID's
 * (`AADSTS7000215`), `HTTP` and a status, a code of Node's or undici's (`ECONNREFUSED`), or one of our own in
 * capitals (`LISTING_MOVED`). `errors.ts` tells what each means.
 */
export class AzureError extends Error {
  override readonly name = 'AzureError';

  constructor(
    readonly code: string,
    readonly facts: AzureErrorFacts,
    options?: ErrorOptions,
  ) {
    super(
      `${code} from ${facts.host}${facts.operation === undefined ? '' : ` on ${facts.operation}`}`,
      options,
    );
  }
}
