import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { AliError, type AliErrorFacts } from './ali-error.js';
import { classifyAliError } from './errors.js';

const FACTS: AliErrorFacts = {
  host: 'ecs.cn-hangzhou.aliyuncs.com',
  call: 'ecs DescribeDisks',
  region: 'cn-hangzhou',
  action: 'ecs:DescribeDisks',
};

const classified = (code: string, facts: Partial<AliErrorFacts> = {}) =>
  classifyAliError(new AliError(code, { ...FACTS, ...facts }));

describe('the errors of Alibaba Cloud', () => {
  it.each([
    ['InvalidAccessKeyId.NotFound', 'credentials'],
    ['InvalidAccessKeyId.Inactive', 'credentials'],
    ['Forbidden.AccessKeyDisabled', 'credentials'],
    ['SignatureDoesNotMatch', 'credentials'],
    ['InvalidSecurityToken.Malformed', 'credentials'],
    ['InvalidTimeStamp.Expired', 'credentials'],
    ['Forbidden.RiskControl', 'credentials'],
    ['Forbidden.RAM', 'permission'],
    ['NoPermission', 'permission'],
    ['NoPermission.ServiceLinkedRole', 'permission'],
    ['Forbbiden', 'permission'],
    ['Throttling', 'throttled'],
    ['Throttling.User', 'throttled'],
    ['Throttling.Api.Risk', 'throttled'],
    ['ServiceUnavailable', 'unavailable'],
    ['InternalError.Timeout', 'unavailable'],
    ['SignatureNonceUsed', 'unavailable'],
    ['ECONNRESET', 'unavailable'],
    ['InvalidRegionId.NotFound', 'absent'],
    ['InvalidApi.NotFound', 'absent'],
    ['NO_ENDPOINT', 'absent'],
    ['NoSuchTagSet', 'absent'],
    ['MissingParameter', 'bug'],
    ['InvalidParameter.PageSize', 'bug'],
    ['constructor', 'bug'],
  ])('%s is %s', (code, kind) => {
    expect(classified(code)).toMatchObject({ kind, vendorCode: code });
  });

  it('names the action that is lacking', () => {
    expect(classified('Forbidden.RAM')?.message).toContain('lacks the action ecs:DescribeDisks');
  });

  it('tells a role that cannot be assumed from a listing that is refused', () => {
    const refused = classified('NoPermission', { call: 'sts AssumeRole', action: 'sts:AssumeRole' });
    expect(refused?.kind).toBe('credentials');
    expect(refused?.message).toContain('"role_external_id"');
  });

  it.each([
    ['InvalidParameter', 'The specified parameter NextToken is not valid.'],
    ['InvalidNextToken', ''],
    ['IllegalParam.NextToken', ''],
  ])('starts anew on %s', (code, detail) => {
    expect(classified(code, { detail })).toMatchObject({ kind: 'unavailable', cursorExpired: true });
  });

  it('hands on how long to wait, and what the support asks for', () => {
    const error = classified('Throttling', { retryAfterMs: 1_500, requestId: 'F8C4-42' });
    expect(error).toMatchObject({ retryAfterMs: 1_500 });
    expect(error?.message).toContain('F8C4-42');
  });

  it('has a message for whatever code comes', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (code, detail) => {
        const error = classified(code, { detail });
        expect(error?.vendorCode).toBe(code);
        expect(error?.message).not.toMatch(/undefined/);
      }),
    );
  });

  it('leaves to others what is none of its own', () => {
    expect(classifyAliError(new TypeError('x'))).toBeUndefined();
  });
});
