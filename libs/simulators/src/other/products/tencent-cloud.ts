import { createHash, createHmac } from 'node:crypto';

import type { JsonObject } from '#domain';

import { type Answer, jsonAnswer } from '../../http/answer.js';
import type { SimulatedRequest } from '../../http/simulator-server.js';
import type { RestCloud } from '../rest-simulator.js';

/** An account of Tencent Cloud. */
export interface TencentAccount {
  secretId: string;
  secretKey: string;
  /** By region. */
  instances: Readonly<Record<string, readonly JsonObject[]>>;
  disks: Readonly<Record<string, readonly JsonObject[]>>;
}

interface Action {
  service: string;
  version: string;
  set: string;
  records: (account: TencentAccount) => TencentAccount['instances'];
}

const ACTIONS: Readonly<Record<string, Action>> = {
  DescribeInstances: {
    service: 'cvm',
    version: '2017-03-12',
    set: 'InstanceSet',
    records: ({ instances }) => instances,
  },
  DescribeDisks: { service: 'cbs', version: '2017-03-12', set: 'DiskSet', records: ({ disks }) => disks },
};

/**
 * Tencent Cloud's API 3.0: one path, the action in a header, errors with status 200.
 * @see https://www.tencentcloud.com/document/api/213/33224
 */
export function tencentCloud(account: TencentAccount): RestCloud {
  return {
    refuse: (request) =>
      isSigned(account, request)
        ? undefined
        : errorOf('AuthFailure.SignatureFailure', 'The signature is wrong.'),
    routes: [{ method: 'POST', path: '/', name: 'Tencent', answer: (request) => answerTo(account, request) }],
  };
}

function errorOf(code: string, message: string): Answer {
  return jsonAnswer(200, { Response: { Error: { Code: code, Message: message }, RequestId: 'r-1' } });
}

function answerTo(account: TencentAccount, { headers, body }: SimulatedRequest): Answer {
  const action = ACTIONS[String(headers['x-tc-action'])];
  if (action === undefined) return errorOf('InvalidAction', 'The action is not found.');
  if (headers['x-tc-version'] !== action.version)
    return errorOf('NoSuchVersion', 'There is no such version.');
  const { Offset: offset, Limit: limit } = JSON.parse(body.toString()) as JsonObject;
  if (typeof offset !== 'number' || typeof limit !== 'number' || limit > 100) {
    return errorOf('InvalidParameterValue.Limit', 'Limit must be at most 100.');
  }
  const all = action.records(account)[String(headers['x-tc-region'])] ?? [];
  const set = { TotalCount: all.length, [action.set]: all.slice(offset, offset + limit) };
  return jsonAnswer(200, { Response: { ...set, RequestId: 'r-1' } });
}

const AUTHORIZATION =
  /^TC3-HMAC-SHA256 Credential=([^/]+)\/(\d{4}-\d\d-\d\d)\/(\w+)\/tc3_request, SignedHeaders=([\w;-]+), Signature=([0-9a-f]{64})$/;

const hmac = (key: Buffer | string, text: string) => createHmac('sha256', key).update(text).digest();
const sha256 = (data: Buffer | string) => createHash('sha256').update(data).digest('hex');

function isSigned(account: TencentAccount, { method, url, headers, body }: SimulatedRequest): boolean {
  const [, id = '', date = '', service = '', names = '', signature = ''] =
    AUTHORIZATION.exec(headers.authorization ?? '') ?? [];
  const timestamp = String(headers['x-tc-timestamp']);
  const signed = names.split(';').map((name) => `${name}:${String(headers[name]).trim().toLowerCase()}\n`);
  const canonical = [method, url.pathname, '', signed.join(''), names, sha256(body)].join('\n');
  const toSign = `TC3-HMAC-SHA256\n${timestamp}\n${date}/${service}/tc3_request\n${sha256(canonical)}`;
  const key = hmac(hmac(hmac(`TC3${account.secretKey}`, date), service), 'tc3_request');
  const isOfToday = new Date(Number(timestamp) * 1_000).toISOString().startsWith(date);
  const expected = ACTIONS[String(headers['x-tc-action'])]?.service;
  return (
    id === account.secretId &&
    isOfToday &&
    (expected === undefined || service === expected) &&
    hmac(key, toSign).toString('hex') === signature
  );
}

/** An instance as CVM describes it. */
export function tencentInstance(number: number, zone: string, state = 'RUNNING'): JsonObject {
  return {
    InstanceId: `ins-${String(number)}`,
    InstanceName: `server-${String(number)}`,
    InstanceState: state,
    InstanceType: 'S5.MEDIUM2',
    Placement: { Zone: zone, ProjectId: 0 },
    CPU: 2,
    Memory: 2,
    PrivateIpAddresses: [`172.16.0.${String(number)}`],
    PublicIpAddresses: number === 1 ? ['203.0.113.9'] : null,
    VirtualPrivateCloud: { VpcId: 'vpc-1', SubnetId: 'subnet-1' },
    ImageId: 'img-1',
    SecurityGroupIds: ['sg-1'],
    Tags: number === 2 ? null : [{ Key: 'team', Value: 'shop' }],
    CreatedTime: '2024-09-22T00:00:00Z',
  };
}

/** A disk as CBS describes it. */
export function tencentDisk(number: number, zone: string): JsonObject {
  return {
    DiskId: `disk-${String(number)}`,
    DiskName: `data-${String(number)}`,
    DiskState: number === 1 ? 'ATTACHED' : 'UNATTACHED',
    DiskSize: 50,
    InstanceId: number === 1 ? 'ins-1' : '',
    Placement: { Zone: zone },
    CreateTime: '2024-09-22 08:00:00',
    Tags: [],
  };
}
