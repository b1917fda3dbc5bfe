import { describe, expect, it } from '@jest/globals';

import { SyncError } from '#domain';

import { AzureError } from './azure-error.js';
import { AZURE_ERRORS, classifyAzureError } from './errors.js';

const HOST = 'management.azure.com';

describe('classifyAzureError', () => {
  it.each(Object.keys(AZURE_ERRORS))('has a whole sentence for %s', (code) => {
    const error = new AzureError(code, { host: HOST, operation: 'Resource Graph' });
    const classified = classifyAzureError(error);
    expect(classified?.message).not.toMatch(/undefined|\(\)|\.\.| {2}/);
    expect(classified?.message).toMatch(/^[A-Zm].*\.$/);
    expect(classified?.cause).toBe(error);
  });

  it.each([
    // Compute's throttling, as documented: the code of a quota of cores, but with HTTP 429.
    [
      { code: 'TooManyRequests', status: 429, codes: ['TooManyRequests', 'OperationNotAllowed'] },
      'throttled',
    ],
    [{ code: 'OperationNotAllowed', status: 429 }, 'throttled'],
    [{ code: 'SubscriptionRequestsThrottled', status: 429 }, 'throttled'],
    [{ code: 'RateLimiting', status: 429 }, 'throttled'],
    [{ code: 'OperationNotAllowed', status: 409 }, 'bug'],
    [{ code: 'FeatureNotSupportedForAccount', status: 400 }, 'absent'],
    [{ code: 'SomethingNew', status: 403 }, 'permission'],
    [{ code: 'SomethingNew', status: 401 }, 'credentials'],
    [{ code: 'SomethingNew', status: 500 }, 'unavailable'],
    [{ code: 'SomethingNew', status: 400, codes: ['SomethingNew', 'AuthorizationFailed'] }, 'permission'],
    [{ code: 'AADSTS50173', status: 400 }, 'credentials'],
    [{ code: 'AADSTS90099', status: 503 }, 'unavailable'],
    [{ code: 'SomethingNew', status: 418 }, 'bug'],
  ] as const)('takes %j for %s', ({ code, ...facts }, kind) => {
    const classified = classifyAzureError(new AzureError(code, { host: HOST, ...facts }));
    expect(classified).toMatchObject({ kind, vendorCode: code });
  });

  it('tells an overload that says when to come again from one that does not', () => {
    const facts = { host: HOST, status: 503 };
    expect(classifyAzureError(new AzureError('HTTP 503', { ...facts, retryAfterMs: 5_000 }))).toMatchObject({
      kind: 'throttled',
      retryAfterMs: 5_000,
    });
    expect(classifyAzureError(new AzureError('HTTP 503', facts))).toMatchObject({ kind: 'unavailable' });
  });

  it('leaves alone what is not from Azure, and what is classified', () => {
    expect(classifyAzureError(new TypeError('ours'))).toBeUndefined();
    const classified = new SyncError('bug', 'Azure left something out.');
    expect(classifyAzureError(classified)).toBe(classified);
  });
});
