import { createHash, createHmac, randomUUID } from 'node:crypto';

import { type Answer, xmlAnswer } from '../http/answer.js';
import type { SimulatedRequest } from '../http/simulator-server.js';
import { AliFault } from './ali-fault.js';
import { type AliState, estateOf } from './ali-state.js';
import { UNLISTED_TAGS } from './documents/tagged.js';
import type { KeyRing, SimulatedKey } from './key-ring.js';
import { listPage } from './list-page.js';
import { LIST_BUCKETS } from './operations.js';

const MAX_SKEW_MS = 15 * 60_000;
const AUTHORIZATION =
  /^OSS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/oss\/aliyun_v4_request,Signature=([0-9a-f]{64})$/;

export const OSS_ACTIONS = ['ListBuckets', 'GetBucketTagging'] as const;

/** What is asked of OSS. */
export interface OssCall {
  action: (typeof OSS_ACTIONS)[number];
  /** Of a call that is about one. */
  bucket?: string;
  /** Whose endpoint is asked. */
  region: string;
}

/** What a path after OSS' own means; a bucket, which has a host in truth, is a path at an address. */
export function ossCallOf(path: string, query: URLSearchParams): Omit<OssCall, 'region'> | undefined {
  if (path === '/') return { action: 'ListBuckets' };
  const bucket = /^\/([^/]+)\/$/.exec(path)?.[1];
  if (bucket === undefined || !query.has('tagging')) return undefined;
  return { action: 'GetBucketTagging', bucket };
}

/** OSS: XML, and signatures of its version 4. */
export function answerOss(state: AliState, request: SimulatedRequest, call: OssCall): Answer {
  try {
    const key = expectSignature(state, request, call);
    const { failures } = state;
    const estate = estateOf(state, key);
    if (failures.downRegions.has(call.region)) {
      throw new AliFault(503, 'ServiceUnavailable', 'Try again later.');
    }
    if (failures.deniedActions.has(`oss:${call.action}`)) throw refused();
    return call.bucket === undefined
      ? listBuckets({ ...state, estate }, request, call)
      : bucketTags({ ...state, estate }, call.bucket, call);
  } catch (error) {
    if (!(error instanceof AliFault)) throw error;
    return ossFault(error);
  }
}

/** An error as OSS answers it. */
export function ossFault({ code, message, status }: AliFault): Answer {
  const fields = { Code: code, Message: message, RequestId: randomUUID() };
  return xmlAnswer(status, [`<?xml version="1.0"?>\n<Error>${fieldsOf(fields)}</Error>`]);
}

const refused = () => new AliFault(403, 'AccessDenied', 'You have no right to access this object.');

function listBuckets(
  { estate, failures: { tokenEpoch }, keys }: AliState,
  { url: { searchParams: parameters } }: SimulatedRequest,
  { region }: OssCall,
): Answer {
  const { items, token } = listPage(estate, { operation: LIST_BUCKETS, parameters, region, tokenEpoch });
  const buckets = items.map((bucket) => `<Bucket>${fieldsOf(bucket)}</Bucket>`);
  const paging = token === '' ? '' : `<IsTruncated>true</IsTruncated><NextMarker>${token}</NextMarker>`;
  return xmlAnswer(200, [
    '<?xml version="1.0" encoding="UTF-8"?>\n<ListAllMyBucketsResult>',
    `<Owner><ID>${keys.own.accountId}</ID></Owner>${paging}<Buckets>${buckets.join('')}</Buckets>`,
    '</ListAllMyBucketsResult>',
  ]);
}

function bucketTags({ estate, failures }: AliState, name: string, { region }: OssCall): Answer {
  if (failures.closedBuckets.has(name)) throw refused();
  const found = [...estate.from('bucket', region, 0)].find(({ document }) => document['Name'] === name);
  if (found === undefined) throw new AliFault(404, 'NoSuchBucket', 'The specified bucket does not exist.');
  const tags = Object.entries(found.document[UNLISTED_TAGS] as Record<string, string>).map(
    ([key, value]) => `<Tag>${fieldsOf({ Key: key, Value: value })}</Tag>`,
  );
  // Documented: without tags, the element is empty.
  const tagging = tags.length === 0 ? '<Tagging/>' : `<Tagging><TagSet>${tags.join('')}</TagSet></Tagging>`;
  return xmlAnswer(200, ['<?xml version="1.0" encoding="UTF-8"?>\n', tagging]);
}

/** @throws {AliFault} as OSS does */
function expectSignature(
  { keys, failures }: AliState,
  { method, target, headers }: SimulatedRequest,
  { bucket, region }: OssCall,
): SimulatedKey {
  const named = (name: string) => headers[name]?.toString() ?? '';
  const [, id = '', date = '', signedRegion = '', given = ''] =
    AUTHORIZATION.exec(named('authorization')) ?? [];
  const key = keyOf(keys, id, named('x-oss-security-token') || undefined);
  const time = named('x-oss-date');
  const at = Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  const now = Date.now() + failures.clockAheadMs;
  if (!(Math.abs(at - now) <= MAX_SKEW_MS) || !time.startsWith(date)) {
    throw new AliFault(403, 'RequestTimeTooSkewed', 'The difference between the times is too large.');
  }
  const [, query = ''] = target.split('?');
  const own = Object.keys(headers).filter((name) => name.startsWith('x-oss-'));
  const canonical = [
    method,
    bucket === undefined ? '/' : `/${bucket}/`,
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
  return key;
}

/**
 * The key that signed.
 * @throws {AliFault} by OSS' own codes
 */
function keyOf(keys: KeyRing, id: string, token: string | undefined): SimulatedKey {
  try {
    return keys.find(id, token);
  } catch (error) {
    if (error instanceof AliFault && error.code === 'InvalidSecurityToken.Expired') {
      throw new AliFault(403, 'SecurityTokenExpired', 'The security token you provided has expired.');
    }
    if (error instanceof AliFault && error.code.startsWith('InvalidSecurityToken')) {
      throw new AliFault(403, 'InvalidSecurityToken', 'The security token you provided is invalid.');
    }
    throw error;
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
