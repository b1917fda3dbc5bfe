import type { ErrorFacts } from '../shared/error-meaning.js';

/** What is known of a failed call, for the message that users read. Never a secret. */
export interface TemplateErrorFacts extends ErrorFacts {
  /** What was called, for people: `the list of servers`. */
  operation?: string;
  status?: number;
}

/**
 * A call that failed, by `code`: the vendor's own (`forbidden`), `HTTP` and a status, a code of Node's or undici's
 * (`ECONNREFUSED`), or one of ours in capitals. `errors.ts` tells what each means.
 */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';

  constructor(
    readonly code: string,
    readonly facts: TemplateErrorFacts,
    options?: ErrorOptions,
  ) {
    super(`${code} from ${facts.host}`, options);
  }
}
