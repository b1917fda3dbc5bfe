import { describe, expect, it } from '@jest/globals';

import { SyncError } from '#domain';

import { HuaweiError } from '../shared/huawei-api/huawei-error.js';
import { classifyHcsError, HCS_ERRORS } from './errors.js';

const HOST = 'ecs.sa-fb-1.cloud.example.com';

describe('classifyHcsError', () => {
  it.each(Object.keys(HCS_ERRORS))('has a whole sentence for %s', (code) => {
    const error = new HuaweiError(code, { host: HOST, operation: "ECS's list of servers" });
    const classified = classifyHcsError(error);
    expect(classified?.message).not.toMatch(/undefined|\(\)|\.\.| {2}/);
    expect(classified?.message).toMatch(/^[A-Ze].*\.$/);
  });

  it.each([
    [{ code: 'APIGW.0301', status: 401 }, 'credentials'],
    [{ code: 'APIG.0301', status: 401 }, 'credentials'],
    [{ code: 'HTTP 401', status: 401 }, 'credentials'],
    [{ code: 'APIGW.0302', status: 403 }, 'permission'],
    [{ code: 'Ecs.0015', status: 403 }, 'permission'],
    [{ code: 'HTTP 403', status: 403 }, 'permission'],
    [{ code: 'APIGW.0101', status: 404 }, 'absent'],
    [{ code: 'HTTP 404', status: 404 }, 'absent'],
    [{ code: 'APIGW.0308', status: 429 }, 'throttled'],
    [{ code: 'HTTP 429', status: 429 }, 'throttled'],
    [{ code: 'APIGW.0201', status: 502 }, 'unavailable'],
    [{ code: 'APIGW.0201', status: 400 }, 'bug'],
    [{ code: 'HTTP 503', status: 503 }, 'unavailable'],
    [{ code: 'ENOTFOUND' }, 'unavailable'],
    [{ code: 'SERVICE_HOST_NOT_FOUND' }, 'absent'],
    [{ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'credentials'],
    [{ code: 'Whatever.1', status: 418 }, 'bug'],
  ] as const)('takes %j for %s', ({ code, ...facts }, kind) => {
    const classified = classifyHcsError(new HuaweiError(code, { host: HOST, ...facts }));
    expect(classified).toMatchObject({ kind, vendorCode: code });
  });

  it('waits where the gateway does not say for how long, and as it says where it does', () => {
    const facts = { host: HOST, status: 429 };
    expect(classifyHcsError(new HuaweiError('APIGW.0308', facts))?.retryAfterMs).toBe(15_000);
    const told = { ...facts, retryAfterMs: 3_000 };
    expect(classifyHcsError(new HuaweiError('APIGW.0308', told))?.retryAfterMs).toBe(3_000);
  });

  it('names the permission that is missing', () => {
    const facts = { host: HOST, status: 403, action: 'ecs:servers:list' };
    expect(classifyHcsError(new HuaweiError('HTTP 403', facts))?.message).toContain('ecs:servers:list');
  });

  it('hands the engine’s own errors on, and does not know what is not the cloud’s doing', () => {
    const own = new SyncError('throttled', 'Slow down.');
    expect(classifyHcsError(own)).toBe(own);
    expect(classifyHcsError(new TypeError('a bug of ours'))).toBeUndefined();
  });
});
