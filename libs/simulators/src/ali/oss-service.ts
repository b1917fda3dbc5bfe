import { createHash, createHmac, randomUUID } from 'node:crypto';

import { type Answer, xmlAnswer } from '../http/answer.js';
import type { SimulatedRequest } from '../http/simulator-server.js';
import { AliFault } from './ali-fault.js';
import type { AliState } from './ali-service.js';
import { listPage } from './list-page.js';
import { LIST_BUCKETS } from './operations.js';

const MAX_SKEW_MS = 15 * 60_000;
const AUTHORIZATION =
  /^OSS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/oss\/aliyun_v4_request,Signature=([0-9a-f]{64})$/;

/** OSS: XML, and signatures of its version 4. */
export function answerOss(state: AliState, request: SimulatedRequest, region: string): Answer {
  try {
    expectSignature(state, request, region);
    const { failures, estate } = state;
    if (failures.downRegions.has(region)) throw new AliFault(503, 'ServiceUnavailable', 'Try again later.');
    if (failures.deniedActions.has('oss:ListBuckets')) {
      throw new AliFault(403, 'AccessDenied', 'You have no right to access this object.');
    }
    const { searchParams: parameters } = request.url;
    const { tokenEpoch } = failures;
    const { items, token } = listPage(estate, { operation: LIST_BUCKETS, parameters, region, tokenEpoch });
    const buckets = items.map((bucket) => `<Bucket>${fieldsOf(bucket)}</Bucket>`);
    const paging = token === '' ? '' : `<IsTruncated>true</IsTruncated><NextMarker>${token}</NextMarker>`;
    return xmlAnswer(200, [
      '<?xml version="1.0" encoding="UTF-8"?>\n<ListAllMyBucketsResult>',
      `<Owner><ID>${state.keys.own.accountId}</ID></Owner>${paging}<Buckets>${buckets.join('')}</Buckets>`,
      '</ListAllMyBucketsResult>',
    ]);
  } catch (error) {
    if (!(error instanceof AliFault)) throw error;
    const fields = { Code: error.code, Message: error.message, RequestId: randomUUID() };
    return xmlAnswer(error.status, [`<?xml version="1.0"?>\n<Error>${fieldsOf(fields)}</Error>`]);
  }
}

/** @throws {AliFault} as OSS does */
function expectSignature(
  { keys }: AliState,
  { method, target, headers }: SimulatedRequest,
  region: string,
): void {
  const named = (name: string) => headers[name]?.toString() ?? '';
  const [, id = '', date = '', signedRegion = '', given = ''] =
    AUTHORIZATION.exec(named('authorization')) ?? [];
  const key = keys.find(id, named('x-oss-security-token') || undefined);
  const time = named('x-oss-date');
  const at = Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (!(Math.abs(at - Date.now()) <= MAX_SKEW_MS) || !time.startsWith(date)) {
    throw new AliFault(403, 'RequestTimeTooSkewed', 'The difference between the times is too large.');
  }
  const [, query = ''] = target.split('?');
  const own = Object.keys(headers).filter((name) => name.startsWith('x-oss-'));
  const canonical = [
    method,
    '/',
    query.split('&').sort().join('&'),
    ...own.sort().map((name) => `${name}:${named(name)}`),
    '',
    '',
    named('x-oss-content-sha256'),
  ].join('\n');
  const scope = `${date}/${region}/oss/aliyun_v4_request`;
  const digest = createHash('sha256').update(canonical).digest('hex');
  const text = `OSS4-HMAC-SHA256\n${time}\n${scope}\n${digest}`;
  let secret: string | Buffer = `aliyun_v4${key.secret}`;
  for (const part of scope.split('/')) secret = createHmac('sha256', secret).update(part).digest();
  const expected = createHmac('sha256', secret).update(text).digest('hex');
  if (signedRegion !== region || given !== expected) {
    throw new AliFault(403, 'SignatureDoesNotMatch', `The string to sign is ${text}.`);
  }
}

function fieldsOf(fields: object): string {
  return Object.entries(fields)
    .map(([name, value]) => `<${name}>${escaped(String(value))}</${name}>`)
    .join('');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
