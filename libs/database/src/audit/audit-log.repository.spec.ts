import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { actFor, auditAs, beginStretch, endAudit } from '../acting-tenant.js';
import { SyncFixture } from '../testing/sync-fixture.js';
import { newAuditEntry } from './audit-entry.js';

describe('an entry of the audit log', () => {
  let sync: SyncFixture;

  beforeAll(async () => {
    sync = await SyncFixture.open();
    await sync.addAccount('a');
  });
  afterAll(() => sync.close());

  /** Does work as a caller does it, and returns the actions that are in the log then. */
  const audited = async (action: string, work: () => Promise<unknown>): Promise<string[]> => {
    await beginStretch(() => {
      actFor(sync.tenantId);
      auditAs(newAuditEntry({ source: 'api', tenantId: sync.tenantId, action, targets: [] }));
      return work();
    }).catch((error: unknown) => {
      expect((error as Error).message).toBe('given up');
    });
    const rows = await sync.rows<{ action: string }>('SELECT action FROM audit_entry WHERE action = $1', [
      action,
    ]);
    return rows.map((row) => row.action);
  };
  const rename = (name: string) =>
    sync.database.transaction((client) =>
      client.query('UPDATE vendor_account SET account_name = $1', [name]),
    );

  it('is committed with the first transaction that writes, and with no other', async () => {
    expect(
      await audited('writes', async () => {
        await sync.database.transaction((client) => client.query('SELECT FROM vendor_account'));
        await rename('once');
        await rename('twice');
      }),
    ).toEqual(['writes']);
    const [row] = await sync.rows('SELECT account_name AS name FROM vendor_account');
    expect(row).toEqual({ name: 'twice' });
  });

  it('is not, with one that only reads', async () => {
    const read = () => sync.database.transaction((client) => client.query('SELECT FROM vendor_account'));
    expect(await audited('reads', read)).toEqual([]);
  });

  it('goes back with a transaction that is given up, and comes with the next', async () => {
    const giveUp = () =>
      sync.database.transaction(async (client) => {
        await client.query(`UPDATE vendor_account SET account_name = 'never'`);
        throw new Error('given up');
      });
    expect(await audited('given up', giveUp)).toEqual([]);
    const giveUpAndRename = async () => {
      await giveUp().catch(() => undefined);
      await rename('again');
    };
    expect(await audited('tried again', giveUpAndRename)).toEqual(['tried again']);
  });

  it('comes with nothing that is done behind the answer', async () => {
    const late = async () => {
      endAudit();
      await rename('late');
    };
    expect(await audited('late', late)).toEqual([]);
  });

  it('cannot be written for another tenant', async () => {
    const foreign = () =>
      beginStretch(() => {
        actFor(sync.tenantId);
        const tenantId = '00000000-0000-7000-8000-000000000000';
        auditAs(newAuditEntry({ source: 'api', tenantId, action: 'foreign', targets: [] }));
        return rename('foreign');
      });
    await expect(foreign()).rejects.toThrow('row-level security');
  });
});
