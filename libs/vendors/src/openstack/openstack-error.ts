import type { ErrorFacts } from '../shared/error-meaning.js';

/** What is known of a failed call, for the message that users read. Never a secret. */
export interface OpenstackErrorFacts extends ErrorFacts {
  /** What was called, for people: `compute GET /servers/detail`. */
  operation?: string;
  status?: number;
  /** Under what the cloud's operators find it in their logs: `req-5f0e…`. */
  requestId?: string;
  /** The service, project or region it is about. */
  subject?: string;
  /** The answer is but the beginning of one. */
  brokeOff?: boolean;
}

/**
 * A call that failed, by `code`: `HTTP` and a status, a code of Node's or undici's (`ECONNREFUSED`), or one of our
 * own in capitals (`MARKER_GONE`). `errors.ts` tells what each means.
 */
export class OpenstackError extends Error {
  override readonly name = 'OpenstackError';

  constructor(
    readonly code: string,
    readonly facts: OpenstackErrorFacts,
    options?: ErrorOptions,
  ) {
    super(
      `${code} from ${facts.host}${facts.operation === undefined ? '' : ` on ${facts.operation}`}`,
      options,
    );
  }
}
