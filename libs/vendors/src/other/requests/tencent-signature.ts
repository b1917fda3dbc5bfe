import { createHash, createHmac } from 'node:crypto';

const ALGORITHM = 'TC3-HMAC-SHA256';
const SIGNED_HEADERS = 'content-type;host';

/** What Tencent Cloud's signature is made of. */
export interface TencentRequest {
  service: string;
  url: URL;
  method: string;
  contentType: string;
  body: string;
}

/**
 * The headers that sign a request of Tencent Cloud's API 3.0.
 * @see https://www.tencentcloud.com/document/api/213/33224
 */
export function tencentHeaders(
  { service, url, method, contentType, body }: TencentRequest,
  { ak, sk }: { ak: string; sk: string },
  now: Date,
): Record<string, string> {
  const timestamp = String(Math.floor(now.getTime() / 1_000));
  const date = now.toISOString().slice(0, 10);
  const request = [
    method,
    url.pathname,
    url.search.slice(1),
    `content-type:${contentType}`,
    `host:${url.host}`,
    '',
    SIGNED_HEADERS,
    sha256(body),
  ].join('\n');
  const scope = `${date}/${service}/tc3_request`;
  const toSign = [ALGORITHM, timestamp, scope, sha256(request)].join('\n');
  const key = [date, service, 'tc3_request'].reduce<Buffer | string>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    `TC3${sk}`,
  );
  const signature = createHmac('sha256', key).update(toSign).digest('hex');
  return {
    authorization: `${ALGORITHM} Credential=${ak}/${scope}, SignedHeaders=${SIGNED_HEADERS}, Signature=${signature}`,
    'x-tc-timestamp': timestamp,
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
