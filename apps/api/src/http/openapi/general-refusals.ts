import type { Refusal } from './refuses-with.js';
import { toRefusals } from './refuses-with.js';

/** What an operation is like, as far as it decides which errors any such operation may answer. */
export interface OperationTraits {
  /** Whether its caller must be known. */
  secured: boolean;
  /** The action that its caller's policy must allow, if any. */
  action?: string;
  /** Whether it takes an Idempotency-Key. */
  keyed: boolean;
  /** Whether requests are counted. */
  limited: boolean;
  /** Whether its path has parameters. */
  hasPathParameters: boolean;
}

const OF_EVERY_REQUEST = [
  ...toRefusals({
    invalidParameter: 'A parameter or field is missing, wrong or unknown; the message names it.',
    badRequest: 'The request is malformed.',
  }),
  ...toRefusals({ badRequest: 'The request took too long to arrive.' }, 408),
  ...toRefusals({ badRequest: 'The request body is larger than 1 MiB.' }, 413),
  ...toRefusals({ badRequest: 'The request body is no JSON: send Content-Type: application/json.' }, 415),
  ...toRefusals({ badRequest: "The request's headers or URL are too large." }, 431),
  ...toRefusals({ internal: 'A bug. The log has the details under the request_id.' }),
];
const OF_PATH_PARAMETERS = toRefusals({ badRequest: 'The path is too long: no id is.' }, 414);
const OF_LIMITED_REQUESTS = toRefusals({
  tooManyRequests: 'More requests than this credential, or this address, may send.',
});
const OF_KNOWN_CALLERS = toRefusals({
  unauthenticated: 'The caller is not known: the credential or signature is missing, wrong or over.',
  unavailable: 'The database does not answer.',
});
const OF_KEYED_REQUESTS = toRefusals({
  idempotencyKeyInUse: 'The first request with this Idempotency-Key is still being worked on.',
  idempotencyKeyReused: 'The Idempotency-Key belongs to another request.',
});

/** The errors that the API's edge answers before, or instead of, the operation itself. */
export function generalRefusals(traits: OperationTraits): Refusal[] {
  const { secured, action, keyed, limited, hasPathParameters } = traits;
  return [
    ...OF_EVERY_REQUEST,
    ...(hasPathParameters ? OF_PATH_PARAMETERS : []),
    ...(limited ? OF_LIMITED_REQUESTS : []),
    ...(secured ? OF_KNOWN_CALLERS : []),
    ...(action === undefined
      ? []
      : toRefusals({ forbidden: `The caller's policy does not allow ${action}.` })),
    ...(keyed ? OF_KEYED_REQUESTS : []),
  ];
}
