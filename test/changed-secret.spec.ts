import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { SyncError } from '#domain';
import type { Listing } from '#vendor-kit';

import { eventually } from './support/eventually.js';
import { gate } from './support/gate.js';
import { queueBackends } from './support/redis.js';
import {
  failing,
  pagesOf,
  scriptedAccount,
  type ScriptedConnection,
  ScriptedVendor,
} from './support/scripted-vendor.js';
import { TestMuster } from './support/test-muster.js';

const SYNC = { vendor: 'VMWARE', account_id: 'a' } as const;

describe.each(queueBackends())(
  'an account’s secret that is changed while it is synced, with its queue on %s',
  (backend) => {
    let muster: TestMuster;
    let vendor: ScriptedVendor;
    let accountId: string;

    beforeEach(async () => {
      vendor = new ScriptedVendor();
      muster = await TestMuster.start({ backend, adapters: vendor.adapters });
      accountId = await muster.addAccount({ ...scriptedAccount('a'), sk: 'old' });
    });

    afterEach(() => muster.close());

    const secretOf = ({ connection }: Listing<unknown>) => (connection as ScriptedConnection).sk;
    const change = (sk: string) => muster.changeAccount(accountId, { sk });

    it('is used by the next unit of the running task; those that run end with the one they have', async () => {
      const hold = gate();
      const used: string[] = [];
      for (const type of ['first', 'second']) {
        vendor.scripts[type] = pagesOf([['x'], ['y']], (page, listing) => {
          used.push(`${type} ${secretOf(listing)}`);
          return page === 1 ? hold.opened : undefined;
        });
      }
      vendor.scripts['third'] = pagesOf(
        [['z']],
        (_page, listing) => void used.push(`third ${secretOf(listing)}`),
      );
      const taskId = await muster.requestSync(SYNC);
      await eventually('two units run', () => used.length === 4);

      await change('new');
      hold.open();

      expect(await muster.finishedTask(taskId)).toMatchObject({ state: 'SUCCEEDED', counts: { created: 5 } });
      expect(used.sort()).toEqual(['first old', 'first old', 'second old', 'second old', 'third new']);
      await eventually('nobody is signed in any more', () => vendor.open === 0);
    });

    it('saves a unit that waits for its next attempt', async () => {
      const used: string[] = [];
      const away = new SyncError('throttled', 'Too fast.', { retryAfterMs: 600_000 });
      vendor.scripts['things'] = failing(
        away,
        1,
        pagesOf([['x']], (_page, listing) => void used.push(secretOf(listing))),
      );
      const taskId = await muster.requestSync(SYNC);
      await eventually('it waits', async () => (await muster.showTask(taskId)).progress.by_state['WAITING']);

      await change('new');

      await muster.sql.query(
        `UPDATE sync_unit SET next_attempt_at = now() - interval '1 minute',
           enqueued_at = now() - interval '1 minute' WHERE state = 'WAITING'`,
      );
      expect((await muster.finishedTask(taskId)).state).toBe('SUCCEEDED');
      expect(used).toEqual(['new']);
    });
  },
);
