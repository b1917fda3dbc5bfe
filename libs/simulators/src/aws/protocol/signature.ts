import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

import type { SimulatedRequest } from '../../http/simulator-server.js';

const ALGORITHM = 'AWS4-HMAC-SHA256';
/** How far a request's clock may be off, in milliseconds. */
const MAX_SKEW_MS = 5 * 60 * 1_000;

/** What a request's signature says of it: version 4, in the header. */
export interface SignatureScope {
  accessKeyId: string;
  /** `20261128` */
  date: string;
  region: string;
  /** As signatures name it: `elasticloadbalancing`. */
  service: string;
  signedHeaders: readonly string[];
  signature: string;
}

/** `undefined` when there is none. */
export function readSignature({ headers }: SimulatedRequest): SignatureScope | undefined {
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    );
  if (match === null) return undefined;
  const [, accessKeyId = '', date = '', region = '', service = '', signedHeaders = '', signature = ''] =
    match;
  return { accessKeyId, date, region, service, signedHeaders: signedHeaders.split(';'), signature };
}

export type SignatureVerdict = 'valid' | 'wrong' | 'skewed';

/**
 * Checks a signature as AWS does ("Create a signed AWS API request"): over method, path, query, the signed
 * headers, among them host and date, and the body. `now` is AWS's time, in milliseconds since 1970.
 */
export function verifySignature(
  request: SimulatedRequest,
  scope: SignatureScope,
  secretAccessKey: string,
  now: number,
): SignatureVerdict {
  const time = header(request, 'x-amz-date');
  const sent = Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (Number.isNaN(sent) || Math.abs(now - sent) > MAX_SKEW_MS) return 'skewed';
  if (!time.startsWith(scope.date) || !hasEssentialHeaders(request, scope)) return 'wrong';
  const credentialScope = `${scope.date}/${scope.region}/${scope.service}/aws4_request`;
  const toSign = [ALGORITHM, time, credentialScope, sha256(canonicalRequest(request, scope))].join('\n');
  const key = ['aws4_request', scope.service, scope.region, scope.date].reduceRight<Buffer | string>(
    (secret, part) => hmac(secret, part),
    `AWS4${secretAccessKey}`,
  );
  const expected = hmac(key, toSign);
  return timingSafeEqual(expected, Buffer.from(scope.signature, 'hex')) ? 'valid' : 'wrong';
}

function hasEssentialHeaders(
  { headers }: SimulatedRequest,
  { signedHeaders, service }: SignatureScope,
): boolean {
  const essential = ['host', 'x-amz-date', ...(service === 's3' ? ['x-amz-content-sha256'] : [])];
  if (headers['x-amz-security-token'] !== undefined) essential.push('x-amz-security-token');
  return essential.every((name) => signedHeaders.includes(name));
}

function canonicalRequest(request: SimulatedRequest, { signedHeaders, service }: SignatureScope): string {
  const [path = '/', query = ''] = request.target.split('?', 2);
  const claimed = header(request, 'x-amz-content-sha256');
  const actual = sha256(request.body);
  return [
    request.method,
    // S3's paths are signed as they are sent, all others once more encoded.
    service === 's3' ? path : path.split('/').map(uriEncode).join('/'),
    canonicalQuery(query),
    ...signedHeaders.map((name) => `${name}:${header(request, name).trim().replace(/ +/g, ' ')}`),
    '',
    signedHeaders.join(';'),
    claimed === 'UNSIGNED-PAYLOAD' ? claimed : actual,
  ].join('\n');
}

function canonicalQuery(query: string): string {
  if (query === '') return '';
  return query
    .split('&')
    .map((pair) => (pair.includes('=') ? pair : `${pair}=`))
    .sort()
    .join('&');
}

function uriEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function header({ headers }: SimulatedRequest, name: string): string {
  const value = headers[name] ?? '';
  return Array.isArray(value) ? value.join(',') : value;
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
