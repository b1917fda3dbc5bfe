import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { SYNC_ERROR_KINDS, SyncError } from '#domain';
import { defineVendor } from '#vendor-kit';

import { toSyncError } from './to-sync-error.js';

/** A vendor whose error table knows errors that have a `vendor` field. */
const adapter = defineVendor({
  vendor: 'VMWARE',
  unitsAtOnce: 1,
  tables: [],
  connect: () => Promise.resolve(),
  disconnect: () => Promise.resolve(),
  scopes: () => Promise.resolve([]),
  classify: (error) => {
    const code = (error as { vendor?: string } | null | undefined)?.vendor;
    return code === undefined
      ? undefined
      : new SyncError('unavailable', 'Away.', { vendorCode: code, retryAfterMs: 5 });
  },
});
const table = {
  type: 'things',
  permissions: ['list', 'read'],
  errors: { OptIn: 'absent', Denied: 'permission' },
} as const;

describe('toSyncError', () => {
  it("takes the vendor's error table's word, and keeps the cause", () => {
    const thrown = Object.assign(new Error('raw'), { vendor: 'HTTP 503' });
    expect(toSyncError(thrown, adapter, table)).toMatchObject({
      kind: 'unavailable',
      message: 'Away.',
      vendorCode: 'HTTP 503',
      retryAfterMs: 5,
      cause: thrown,
    });
  });

  it('lets the table overrule it, and says what a refused listing needs', () => {
    expect(toSyncError({ vendor: 'OptIn' }, adapter, table)).toMatchObject({
      kind: 'absent',
      message: 'Away.',
    });
    expect(toSyncError({ vendor: 'Denied' }, adapter, table)).toMatchObject({
      kind: 'permission',
      message: 'Away. Listing things needs: list, read.',
    });
    expect(toSyncError({ vendor: 'OptIn' }, adapter).kind).toBe('unavailable');
  });

  it('calls anything else a bug and shows nothing of it', () => {
    fc.assert(
      fc.property(fc.anything(), (thrown) => {
        fc.pre((thrown as { vendor?: unknown } | null | undefined)?.vendor === undefined);
        expect(toSyncError(thrown, adapter, table)).toMatchObject({ kind: 'bug', retryable: false });
      }),
    );
    const thrown = new TypeError('hunter2 is not a function');
    const error = toSyncError(thrown, adapter, table);
    expect(error.message).toBe("Unexpected TypeError; the worker's log has the details.");
    expect(error.cause).toBe(thrown);
  });

  it('makes one of the six kinds, whatever the vendor calls its errors', () => {
    fc.assert(
      fc.property(fc.string(), (vendor) => {
        expect(SYNC_ERROR_KINDS).toContain(toSyncError({ vendor }, adapter, table).kind);
      }),
      { examples: [['constructor'], ['__proto__'], ['toString'], ['']] },
    );
  });

  it('passes on what is classified already', () => {
    const error = toSyncError(new SyncError('credentials', 'Wrong password.'), adapter, table);
    expect(error).toMatchObject({ kind: 'credentials', message: 'Wrong password.', vendorCode: undefined });
    expect(error.cursorExpired).toBe(false);
    const expired = new SyncError('unavailable', 'Begin anew.', { cursorExpired: true });
    expect(toSyncError(expired, adapter, table).cursorExpired).toBe(true);
  });
});
