import { describe, expect, it } from '@jest/globals';

import { SyncError } from '#domain';

import { AwsError, toAwsError } from './aws-error.js';
import { classifyAwsError } from './errors.js';

const call = { service: 'ec2', region: 'eu-west-1', operation: 'DescribeVolumes' } as const;
const never = new AbortController().signal;

/** What the SDK throws. */
function sdkError(name: string, more: object = {}, message = 'as AWS says it'): Error {
  return Object.assign(new Error(message), { name, $metadata: {} }, more);
}

function classified(error: unknown) {
  return classifyAwsError(toAwsError(error, call, never));
}

const status = (httpStatusCode: number) => ({ $metadata: { httpStatusCode } });

describe('what AWS answers', () => {
  it.each([
    ['AuthFailure', status(401), 'credentials', 'AuthFailure'],
    ['UnrecognizedClientException', status(403), 'credentials', 'UnrecognizedClientException'],
    ['InvalidAccessKeyId', status(403), 'credentials', 'InvalidAccessKeyId'],
    ['ExpiredToken', status(403), 'credentials', 'ExpiredToken'],
    ['UnauthorizedOperation', status(403), 'permission', 'UnauthorizedOperation'],
    ['AccessDeniedException', status(400), 'permission', 'AccessDeniedException'],
    ['OptInRequired', status(401), 'absent', 'OptInRequired'],
    ['NoSuchTagSet', status(404), 'absent', 'NoSuchTagSet'],
    ['RequestLimitExceeded', status(503), 'throttled', 'RequestLimitExceeded'],
    ['Throttling', status(400), 'throttled', 'Throttling'],
    ['InternalError', status(500), 'unavailable', 'InternalError'],
    ['TimeoutError', {}, 'unavailable', 'TimeoutError'],
    ['RequestTimeTooSkewed', status(403), 'unavailable', 'RequestTimeTooSkewed'],
    ['InvalidParameterValue', status(400), 'bug', 'InvalidParameterValue'],
    ['constructor', status(400), 'bug', 'constructor'],
    ['Unknown', status(502), 'unavailable', 'HTTP 502'],
    ['Unknown', status(429), 'throttled', 'HTTP 429'],
    ['Unknown', status(404), 'bug', 'HTTP 404'],
    ['Unknown', status(200), 'unavailable', 'MALFORMED_ANSWER'],
    ['Error', { code: 'ECONNREFUSED' }, 'unavailable', 'ECONNREFUSED'],
    ['Error', { code: 'ENOTFOUND' }, 'unavailable', 'ENOTFOUND'],
    ['Error', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'credentials', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    [
      'LoadBalancerNotFoundException',
      { Code: 'LoadBalancerNotFound' },
      'unavailable',
      'LoadBalancerNotFound',
    ],
  ])('%s %j is %s', (name, more, kind, vendorCode) => {
    expect(classified(sdkError(name, more))).toMatchObject({ kind, vendorCode });
  });

  it('means that a listing has to begin anew', () => {
    const error = classified(sdkError('InvalidNextToken', status(400)));
    expect(error).toMatchObject({ kind: 'unavailable', cursorExpired: true });
  });

  it.each([
    [{ 'retry-after': '30' }, 30_000],
    [{ 'x-amz-retry-after': '1500' }, 1_500],
    [{ 'x-amz-retry-after': '0', 'retry-after': '30' }, 30_000],
    [{ 'retry-after': '0' }, undefined],
    [{ 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT' }, undefined],
    [{}, undefined],
  ])('says in %j how long to wait', (headers, retryAfterMs) => {
    const error = classified(sdkError('Throttling', { ...status(400), $response: { headers } }));
    expect(error?.retryAfterMs).toBe(retryAfterMs);
  });

  it.each([
    [
      'You are not authorized to perform this operation. User: arn:aws:iam::1:user/m is not authorized to ' +
        'perform: ec2:DescribeVolumes because no identity-based policy allows the ec2:DescribeVolumes action',
      'the key lacks the permission ec2:DescribeVolumes. Allow it',
    ],
    [
      'User: arn:aws:sts::1:assumed-role/m/muster is not authorized to perform: s3:ListAllMyBuckets with an ' +
        'explicit deny in a service control policy',
      'the key lacks the permission s3:ListAllMyBuckets, which a policy denies outright.',
    ],
    ['Access Denied', 'refused DescribeVolumes (Access Denied).'],
  ])('names the missing permission: %s', (message, expected) => {
    const error = classified(sdkError('AccessDenied', status(403), message));
    expect(error?.kind).toBe('permission');
    expect(error?.message).toContain(expected);
  });
});

describe('what is not AWS', () => {
  it('stays what it is', () => {
    const aborted = AbortSignal.abort(new Error('stopped by the test'));
    const error = sdkError('AbortError');
    expect(toAwsError(error, call, aborted)).toBe(error);
    const refused = new SyncError('throttled', 'closed', { vendorCode: 'CLOSED' });
    expect(toAwsError(refused, call, never)).toBe(refused);
    expect(classifyAwsError(refused)).toBe(refused);
    expect(classifyAwsError(new Error('ours'))).toBeUndefined();
  });

  it('is found where the SDK has wrapped it', () => {
    const refused = new SyncError('credentials', 'no way', { vendorCode: 'ENDPOINT_REFUSED' });
    expect(classifyAwsError(new AwsError('Error', call, { cause: refused }))).toBe(refused);
  });
});
