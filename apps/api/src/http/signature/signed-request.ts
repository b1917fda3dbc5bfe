import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

import {
  canonicalHeaders,
  canonicalPath,
  canonicalQueries,
  payloadHash,
  type ReceivedQuery,
} from './canonical-request.js';
import type { ReceivedHeaders } from './received-headers.js';
import { mismatch, SignatureError } from './signature-error.js';
import { ALGORITHM, type SignedAuthorization } from './signed-authorization.js';

/** A request as it arrived, with everything that a signature covers. */
export interface ReceivedRequest {
  method: string;
  /** As it arrived, without the query. */
  path: string;
  query: ReceivedQuery;
  headers: ReceivedHeaders;
  body: Uint8Array;
}

/** What a request says that its client has signed; whether that is so, its secret key tells. */
export interface SignedRequest {
  signature: Buffer;
  signedAt: Date;
  /** One of them was signed. */
  stringsToSign: readonly string[];
}

/** How far a request's date may be from our clock, in milliseconds (Huawei's guide on API signing). */
export const MAX_CLOCK_SKEW_MS = 15 * 60_000;

const DATE = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;
/** There once or not at all, signed or not: the answer hangs on them. */
const SINGLE_HEADERS = ['x-domain-id', 'x-security-token', 'host', 'content-type'];

/**
 * Works out what must have been signed.
 * @throws {SignatureError} when nothing that was signed could be this request.
 */
export function readSignedRequest(
  request: ReceivedRequest,
  { signedHeaders, signature }: SignedAuthorization,
  now: Date,
): SignedRequest {
  const { method, path, query, headers, body } = request;
  for (const name of SINGLE_HEADERS) headers.single(name);
  const date = headers.single('x-sdk-date') ?? '';
  const signedAt = parseDate(date);
  if (Math.abs(signedAt.getTime() - now.getTime()) > MAX_CLOCK_SKEW_MS) {
    throw new SignatureError(
      `calc ak sk signature fail:signature expired; X-Sdk-Date is ${date}, the time here ${formatDate(now)}`,
    );
  }
  const after = [
    canonicalHeaders(signedHeaders, headers),
    signedHeaders.join(';'),
    payloadHash(headers.single('x-sdk-content-sha256'), body),
  ];
  const stringsToSign = canonicalQueries(query).map((canonicalQuery) => {
    const canonical = [method.toUpperCase(), canonicalPath(path), canonicalQuery, ...after].join('\n');
    // Latin-1 gives the headers' bytes back, and everything else is ASCII by now.
    return `${ALGORITHM}\n${date}\n${createHash('sha256').update(canonical, 'latin1').digest('hex')}`;
  });
  return { signature, signedAt, stringsToSign };
}

/** Whether a secret key made the signature, in a time that tells nothing of how much of it is right. */
export function isSignedWith({ signature, stringsToSign }: SignedRequest, secretKey: string): boolean {
  return stringsToSign
    .map((text) => timingSafeEqual(createHmac('sha256', secretKey).update(text).digest(), signature))
    .includes(true);
}

/** A date as `X-Sdk-Date` has it. */
export function formatDate(date: Date): string {
  return date.toISOString().replace(/[-:]|\.\d+/g, '');
}

function parseDate(text: string): Date {
  const [year = 0, month = 0, ...rest] = (DATE.exec(text) ?? []).slice(1).map(Number);
  const date = new Date(Date.UTC(year, month - 1, ...(rest as [number, number, number, number])));
  // The 31st of February is no date either.
  if (Number.isNaN(date.getTime()) || formatDate(date) !== text) {
    throw mismatch('X-Sdk-Date must be the time in UTC, as YYYYMMDDTHHMMSSZ');
  }
  return date;
}
