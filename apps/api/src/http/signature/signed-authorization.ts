import { SignatureError } from './signature-error.js';

/** The one algorithm of COC's clients; the others are opt-in. */
export const ALGORITHM = 'SDK-HMAC-SHA256';

/** What `Authorization: SDK-HMAC-SHA256 …` says. */
export interface SignedAuthorization {
  accessKey: string;
  /** In the client's order, lower case. */
  signedHeaders: readonly string[];
  signature: Buffer;
}

const FIELDS = new RegExp(
  `^${ALGORITHM} +Access=([A-Za-z0-9_-]{1,64}) *, *SignedHeaders=([^,; ]+(?:;[^,; ]+)*) *, *Signature=([0-9a-f]{64})$`,
);
/** Other algorithms that Huawei's clients can be set to. */
const OTHER_ALGORITHM = /^((?:SDK|V11)-[A-Z0-9-]+) /;
const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/;
const DATE = 'x-sdk-date';

/** Whether an `Authorization` is a signature, of whatever algorithm. */
export function isSigned(authorization: string): boolean {
  return OTHER_ALGORITHM.test(`${authorization} `);
}

/**
 * Reads the header.
 * @throws {SignatureError} for another form or algorithm, or when not even the date is signed.
 */
export function parseSignedAuthorization(authorization: string): SignedAuthorization {
  const [, accessKey, names, signature] = FIELDS.exec(authorization) ?? [];
  if (accessKey === undefined || names === undefined || signature === undefined) {
    const [, algorithm = ALGORITHM] = OTHER_ALGORITHM.exec(authorization) ?? [];
    throw algorithm === ALGORITHM
      ? new SignatureError(
          `Authorization must be ${ALGORITHM} Access=<AK>, SignedHeaders=<h1;h2>, Signature=<64 hex digits>`,
        )
      : new SignatureError(
          `the algorithm ${algorithm.slice(0, 40)} is not supported: sign with ${ALGORITHM}`,
        );
  }
  const signedHeaders = names.split(';');
  if (!signedHeaders.every((name) => HEADER_NAME.test(name))) {
    throw new SignatureError('SignedHeaders must be names of headers in lower case');
  }
  if (new Set(signedHeaders).size < signedHeaders.length) {
    throw new SignatureError('SignedHeaders names a header twice');
  }
  if (!signedHeaders.includes(DATE)) throw new SignatureError(`SignedHeaders must have ${DATE}`);
  return { accessKey, signedHeaders, signature: Buffer.from(signature, 'hex') };
}
