import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { SyncFixture } from '../testing/sync-fixture.js';

describe('AccountRepository', () => {
  let sync: SyncFixture;
  let id: string;

  beforeEach(async () => {
    sync = await SyncFixture.open();
    id = await sync.addAccount('a');
  });
  afterEach(() => sync.close());

  const updatedAt = async () => (await sync.accounts.findForSync(id))?.updateTime.getTime() ?? 0;

  it('changes what it is given, and leaves the rest', async () => {
    const before = await sync.accounts.findForSync(id);

    expect(await sync.accounts.update(sync.tenantId, id, { accountName: 'renamed' })).toBe(true);
    const sealedSk = Uint8Array.from([1, 2, 3]);
    expect(await sync.accounts.update(sync.tenantId, id, { ak: '', sealedSk, settings: { a: [1] } })).toBe(
      true,
    );

    const after = await sync.accounts.findForSync(id);
    expect(after).toEqual({
      ...before,
      accountName: 'renamed',
      ak: '',
      sealedSk,
      settings: { a: [1] },
      updateTime: expect.any(Date),
    });
  });

  it('moves its update_time forward with every change, also by a clock that was ahead', async () => {
    await sync.rows(`UPDATE vendor_account SET update_time = now() + interval '5 hours'`);
    for (let change = 0; change < 3; change += 1) {
      const before = await updatedAt();
      await sync.accounts.update(sync.tenantId, id, { accountName: `name ${String(change)}` });
      expect(await updatedAt()).toBeGreaterThan(before);
    }
  });

  it('knows no account of another tenant, nor one that was removed', async () => {
    const change = { accountName: 'x' };
    expect(await sync.accounts.update(id, id, change)).toBe(false);
    await sync.accounts.remove(sync.tenantId, id);
    expect(await sync.accounts.update(sync.tenantId, id, change)).toBe(false);
  });
});
