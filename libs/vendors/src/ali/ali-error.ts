/** What is known of a failed call, for the message that a user gets. */
export interface AliErrorFacts {
  host: string;
  /** Product and action: `ecs DescribeDisks`. */
  call: string;
  region?: string | undefined;
  /** What the vendor says of it; nothing secret. */
  detail?: string | undefined;
  /** For the vendor's support. */
  requestId?: string | undefined;
  /** The RAM action that it needs: the vendor's word where a refusal names it. */
  action: string;
  /** Whether it was signed with the account's own key, and that is a temporary one. */
  hasTemporaryKey?: boolean;
  retryAfterMs?: number | undefined;
}

/** A call that failed, with the vendor's code for it or one of ours. What it meant is in `errors.ts`. */
export class AliError extends Error {
  override readonly name = 'AliError';

  constructor(
    readonly code: string,
    readonly facts: AliErrorFacts,
  ) {
    super(`${facts.call} at ${facts.host}: ${code}${facts.detail === undefined ? '' : ` (${facts.detail})`}`);
  }
}
