import { createHash, createHmac } from 'node:crypto';

import type { AccessKey } from './pop-core.js';

const ALGORITHM = 'OSS4-HMAC-SHA256';
const REQUEST = 'aliyun_v4_request';
const PAYLOAD = 'UNSIGNED-PAYLOAD';

/** A `GET` of what an account has in OSS. */
export interface OssRequest {
  region: string;
  /** Absent for the service itself. */
  bucket?: string | undefined;
  /** What has no value, as `tagging`, has an empty text. */
  query: Readonly<Record<string, string | number>>;
  key: AccessKey;
  at: Date;
}

/** A request for OSS, which signs in its own way: version 4, as new accounts need it. */
export function ossRequest({ region, bucket, query, key, at }: OssRequest): {
  query: string;
  headers: Record<string, string>;
} {
  const time = at.toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = [time.slice(0, 8), region, 'oss', REQUEST];
  const headers: Record<string, string> = {
    'x-oss-content-sha256': PAYLOAD,
    'x-oss-date': time,
    ...(key.securityToken === undefined ? {} : { 'x-oss-security-token': key.securityToken }),
  };
  const canonicalQuery = Object.entries(query)
    .map(([name, value]) => (value === '' ? encoded(name) : `${encoded(name)}=${encoded(String(value))}`))
    .sort()
    .join('&');
  const canonical = [
    'GET',
    bucket === undefined ? '/' : `/${encoded(bucket)}/`,
    canonicalQuery,
    ...Object.entries(headers).map(([name, value]) => `${name}:${value}`),
    '',
    '',
    PAYLOAD,
  ].join('\n');
  const digest = createHash('sha256').update(canonical).digest('hex');
  const text = [ALGORITHM, time, scope.join('/'), digest].join('\n');
  const signingKey = scope.reduce<string | Buffer>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    `aliyun_v4${key.accessKeySecret}`,
  );
  const signature = createHmac('sha256', signingKey).update(text).digest('hex');
  const credential = [key.accessKeyId, ...scope].join('/');
  return {
    query: canonicalQuery,
    headers: { ...headers, authorization: `${ALGORITHM} Credential=${credential},Signature=${signature}` },
  };
}

/** RFC 3986: everything but letters, digits and -_.~ */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
