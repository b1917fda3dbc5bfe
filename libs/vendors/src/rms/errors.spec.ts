import { describe, expect, it } from '@jest/globals';

import { SyncError } from '#domain';

import { HuaweiError } from '../shared/huawei-api/huawei-error.js';
import { classifyRmsError, RMS_ERRORS } from './errors.js';

const HOST = 'rms.myhuaweicloud.com';

describe('classifyRmsError', () => {
  it.each(Object.keys(RMS_ERRORS))('has a whole sentence for %s', (code) => {
    const error = new HuaweiError(code, { host: HOST, operation: "Config's list of resources" });
    const classified = classifyRmsError(error);
    expect(classified?.message).not.toMatch(/undefined|\(\)|\.\.| {2}/);
    expect(classified?.message).toMatch(/^[A-Zr].*\.$/);
    expect(classified?.cause).toBe(error);
  });

  it.each([
    [{ code: 'APIGW.0301', status: 401 }, 'credentials'],
    [{ code: 'APIG.0301', status: 401 }, 'credentials'],
    [{ code: 'Ecs.0015', status: 401 }, 'credentials'],
    [{ code: 'APIGW.0302', status: 403 }, 'permission'],
    [{ code: 'Ecs.0003', status: 403 }, 'permission'],
    [{ code: 'APIGW.0308', status: 429 }, 'throttled'],
    [{ code: 'APIG.0308', status: 429 }, 'throttled'],
    [{ code: 'APIGW.0308', status: 403 }, 'throttled'],
    [{ code: 'SomethingNew', status: 429 }, 'throttled'],
    [{ code: 'HTTP 503', status: 503, retryAfterMs: 5_000 }, 'throttled'],
    [{ code: 'HTTP 503', status: 503 }, 'unavailable'],
    [{ code: 'APIGW.0201', status: 504 }, 'unavailable'],
    [{ code: 'APIGW.0201', status: 413 }, 'bug'],
    [{ code: 'APIGW.0101', status: 404 }, 'absent'],
    [{ code: 'RMS.00010001', status: 400 }, 'absent'],
    [{ code: 'RMS.00010025', status: 400 }, 'bug'],
    [{ code: 'RMS.00010098', status: 500 }, 'unavailable'],
    [{ code: 'SomethingNew', status: 418 }, 'bug'],
  ] as const)('takes %j for %s', ({ code, ...facts }, kind) => {
    const classified = classifyRmsError(new HuaweiError(code, { host: HOST, ...facts }));
    expect(classified).toMatchObject({ kind, vendorCode: code });
    if ('retryAfterMs' in facts) expect(classified?.retryAfterMs).toBe(facts.retryAfterMs);
  });

  it('leaves alone what is not from Huawei Cloud, and what is classified', () => {
    expect(classifyRmsError(new TypeError('ours'))).toBeUndefined();
    const classified = new SyncError('bug', 'Huawei Cloud left something out.');
    expect(classifyRmsError(classified)).toBe(classified);
  });
});
