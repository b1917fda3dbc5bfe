import { SyncError } from '#domain';

import { retryAfterOf, waitOf } from '../shared/http/retry-after.js';
import type { SignerKind } from './aws-clients.js';
import type { AwsService } from './services.js';

/** A call to AWS. */
export interface AwsCall {
  service: AwsService;
  region: string;
  /** `DescribeVolumes`. */
  operation: string;
}

/** What is known of a failed call, for the message that users read. Never a secret. */
export interface AwsErrorFacts extends AwsCall {
  /** AWS's own sentence, or Node.js'. */
  detail?: string;
  httpStatus?: number;
  /** Who signed it, where that was neither the account's own lasting key nor a role. */
  signer?: SignerKind | undefined;
  /** What a role was told as external id, where that is none of the account's settings. */
  externalId?: string | undefined;
  /** How long AWS asked us to wait, in milliseconds. */
  retryAfterMs?: number;
}

/**
 * A call that failed, by `code`: AWS's own (`UnauthorizedOperation`), Node.js' (`ECONNREFUSED`), `HTTP` and a
 * status where there is neither, or one of ours in capitals. `errors.ts` tells what each means.
 */
export class AwsError extends Error {
  override readonly name = 'AwsError';

  constructor(
    readonly code: string,
    readonly facts: AwsErrorFacts,
    options?: ErrorOptions,
  ) {
    super(`${code} from ${facts.service} in ${facts.region} on ${facts.operation}`, options);
  }
}

/** What the SDK throws, as far as it is worth reading. */
interface SdkError {
  name: string;
  message: string;
  code?: unknown;
  Code?: unknown;
  $metadata?: { httpStatusCode?: number };
  $response?: { headers?: Record<string, string> };
}

/** What the SDK calls an answer that it cannot read, as a proxy's. */
const UNREADABLE = ['Unknown', 'UnknownError', 'Error', 'SyntaxError', 'TypeError'];

/** A failure of the SDK's as ours. Aborts, and what is ours already, stay as they are. */
export function toAwsError(error: unknown, call: AwsErrorFacts, signal: AbortSignal): unknown {
  const isKnown = error instanceof AwsError || error instanceof SyncError; // of a call for the key it is made with
  if (signal.aborted || isKnown || !(error instanceof Error)) return error;
  const { name, message, $metadata, $response, ...rest } = error as SdkError & Error;
  const httpStatus = $metadata?.httpStatusCode;
  const retryAfterMs = retryAfter($response?.headers);
  const facts = {
    ...call,
    detail: message,
    ...(httpStatus === undefined ? {} : { httpStatus }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
  return new AwsError(codeOf({ name, message, ...rest }, httpStatus), facts, { cause: error });
}

function codeOf({ name, code, Code, message }: SdkError, httpStatus: number | undefined): string {
  if (typeof code === 'string' && code !== '' && httpStatus === undefined) return code;
  // Of a right secret and a wrong time: many services have the code of a wrong secret for both.
  if (/^Signature (expired|not yet current)/.test(message)) return 'RequestTimeTooSkewed';
  if (typeof Code === 'string' && Code !== '') return Code;
  if (!UNREADABLE.includes(name)) return name;
  return httpStatus === undefined || httpStatus < 300 ? 'MALFORMED_ANSWER' : `HTTP ${httpStatus}`;
}

/** Some services give it in milliseconds. A wait of none is none that they ask for. */
function retryAfter(headers: Record<string, string> = {}): number | undefined {
  const milliseconds = waitOf(Number(headers['x-amz-retry-after'] ?? NaN));
  return [milliseconds, retryAfterOf(headers['retry-after'])].find((wait = 0) => wait > 0);
}
