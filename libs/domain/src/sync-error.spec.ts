import { describe, expect, it } from '@jest/globals';

import { SYNC_ERROR_KINDS, SyncError } from './sync-error.js';

describe('SyncError', () => {
  it('is worth another try when the vendor was busy or away, and then only', () => {
    const retryable = SYNC_ERROR_KINDS.filter((kind) => new SyncError(kind, 'x').retryable);
    expect(retryable).toEqual(['throttled', 'unavailable']);
  });

  it('keeps what it was told', () => {
    const cause = new Error('socket hang up');
    const error = new SyncError('unavailable', 'The vendor is away.', {
      vendorCode: 'HTTP 503',
      retryAfterMs: 1_500,
      cause,
    });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'SyncError',
      kind: 'unavailable',
      message: 'The vendor is away.',
      vendorCode: 'HTTP 503',
      retryAfterMs: 1_500,
    });
    expect(error.cause).toBe(cause);
  });

  it('has no cause unless told one, but also an undefined one when told so', () => {
    expect('cause' in new SyncError('bug', 'x')).toBe(false);
    expect('cause' in new SyncError('bug', 'x', { cause: undefined })).toBe(true);
  });
});
