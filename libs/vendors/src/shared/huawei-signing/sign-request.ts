import { createHash, createHmac } from 'node:crypto';

const ALGORITHM = 'SDK-HMAC-SHA256';
const RESERVED_TOO = /[!'()*]/g;

/** A key pair of Huawei Cloud's, or of a cloud that speaks like it. */
export interface SigningKey {
  accessKey: string;
  secretKey: string;
  /** Only of a temporary pair. */
  securityToken?: string;
}

/** What is to be signed: all of it goes over the wire as it is here. */
export interface UnsignedRequest {
  method: string;
  url: URL;
  /** Signed with the rest. Names in lower case. */
  headers?: Readonly<Record<string, string>>;
  body?: string;
}

/**
 * The headers that a request is sent with: those given, its date, a temporary key's token, and its signature by
 * SDK-HMAC-SHA256. The host is
 * signed, too; the HTTP client writes it as the URL has it.
 * @param now what the time is; servers refuse more than a quarter of an hour of difference
 * @see docs/decisions/0014-huawei-signing.md for why this isn't the SDK's
 */
export function signRequest(
  { method, url, headers = {}, body = '' }: UnsignedRequest,
  { accessKey, secretKey, securityToken }: SigningKey,
  now: Date,
): Record<string, string> {
  const date = now.toISOString().replace(/[-:]|\.\d+/g, '');
  const sent: Record<string, string> = {
    ...headers,
    'x-sdk-date': date,
    ...(securityToken === undefined ? {} : { 'x-security-token': securityToken }),
  };
  const signed = Object.entries({ ...sent, host: url.host }).sort(([one], [other]) => compare(one, other));
  const names = signed.map(([name]) => name).join(';');
  const canonical = [
    method,
    canonicalPath(url.pathname),
    canonicalQuery(url.searchParams),
    signed.map(([name, value]) => `${name}:${value.trim()}\n`).join(''),
    names,
    sha256(body),
  ].join('\n');
  const signature = createHmac('sha256', secretKey)
    .update(`${ALGORITHM}\n${date}\n${sha256(canonical)}`)
    .digest('hex');
  return {
    ...sent,
    authorization: `${ALGORITHM} Access=${accessKey}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

/** A path of segments that may hold any character. */
export function pathOf(...segments: readonly string[]): string {
  return segments.map((segment) => `/${encode(segment)}`).join('');
}

/** A query in the only form that servers and signature read alike: a space is `%20`, and a plus `%2B`. */
export function queryOf(parameters: readonly (readonly [name: string, value: string])[]): string {
  return parameters.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
}

/** Each segment written anew, with a `/` at the end, whether the path has one or not. */
function canonicalPath(path: string): string {
  const canonical = path
    .split('/')
    .map((segment) => encode(decodeURIComponent(segment)))
    .join('/');
  return canonical.endsWith('/') ? canonical : `${canonical}/`;
}

function canonicalQuery(parameters: URLSearchParams): string {
  const sorted = [...parameters].sort(
    ([name, value], [otherName, otherValue]) => compare(name, otherName) || compare(value, otherValue),
  );
  return queryOf(sorted);
}

/** UTF-8 in %XX but for what RFC 3986 calls unreserved. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    RESERVED_TOO,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function compare(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}
