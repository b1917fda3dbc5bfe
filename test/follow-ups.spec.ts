import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { eventually } from './support/eventually.js';
import { gate } from './support/gate.js';
import { queueBackends } from './support/redis.js';
import { pagesOf, scriptedAccount, ScriptedVendor } from './support/scripted-vendor.js';
import { TestMuster } from './support/test-muster.js';

const SYNC = { vendor: 'VMWARE', account_id: 'a' } as const;
const FORCE = { force: true };

describe.each(queueBackends())('a forced sync, with its queue on %s', (backend) => {
  let muster: TestMuster;
  let vendor: ScriptedVendor;
  /** Keeps the first listing from its end. */
  let hold: ReturnType<typeof gate>;
  let listings: number;

  beforeEach(async () => {
    vendor = new ScriptedVendor();
    hold = gate();
    listings = 0;
    vendor.scripts['things'] = pagesOf([['x']], async () => {
      listings += 1;
      if (listings === 1) await hold.opened;
    });
    muster = await TestMuster.start({ backend, adapters: vendor.adapters });
    await muster.addAccount(scriptedAccount('a'));
  });

  afterEach(() => muster.close());

  /** A sync whose listing has begun and doesn't end. */
  const begin = async (): Promise<string> => {
    const taskId = await muster.requestSync(SYNC);
    await eventually('the first listing has begun', () => listings === 1);
    return taskId;
  };
  const openRuns = async () => {
    const { rows } = await muster.sql.query<{ state: string }>(
      `SELECT state FROM sync_run WHERE state IN ('PENDING', 'QUEUED', 'RUNNING') ORDER BY id`,
    );
    return rows.map(({ state }) => state);
  };

  it('queues exactly one follow-up, however many ask at once, which runs when the first is over', async () => {
    const first = await begin();

    const forced = await Promise.all(Array.from({ length: 100 }, () => muster.requestSync(SYNC, FORCE)));

    const [followUp = ''] = forced;
    expect(new Set(forced)).toEqual(new Set([followUp]));
    expect(followUp).not.toBe(first);
    expect(await openRuns()).toEqual(['RUNNING', 'PENDING']);
    expect(await muster.showTask(followUp)).toMatchObject({
      state: 'QUEUED',
      accounts: [{ account_id: 'a', state: 'PENDING', started_by_task: followUp }],
    });
    expect(await muster.requestSync(SYNC)).toBe(first);

    hold.open();
    expect((await muster.finishedTask(first)).state).toBe('SUCCEEDED');
    expect((await muster.finishedTask(followUp)).state).toBe('SUCCEEDED');
    expect(listings).toBe(2);
    expect(await openRuns()).toEqual([]);
  });

  it('is an ordinary one when nothing runs, and joins what has not begun', async () => {
    const quiet = await TestMuster.start({ backend, adapters: vendor.adapters, workers: false });
    await quiet.addAccount(scriptedAccount('a'));
    const first = await quiet.requestSync(SYNC, FORCE);
    expect(await quiet.requestSync(SYNC, FORCE)).toBe(first);
    expect(await quiet.requestSync({ vendor: 'VMWARE' }, FORCE)).toBe(first);
    await quiet.close();
  });

  it('of a whole vendor starts what is idle, follows what is busy, and is one task', async () => {
    await muster.addAccount(scriptedAccount('b'));
    await begin();

    const all = await muster.requestSync({ vendor: 'VMWARE' }, FORCE);
    const one = await muster.requestSync(SYNC, FORCE);

    expect(one).toBe(all); // it is what will list the account next
    await eventually('the idle account is through', async () => {
      const { accounts } = await muster.showTask(all);
      return accounts.find(({ account_id }) => account_id === 'b')?.state === 'SUCCEEDED';
    });
    expect((await muster.showTask(all)).state).toBe('RUNNING');
    hold.open();
    expect(await muster.finishedTask(all)).toMatchObject({
      state: 'SUCCEEDED',
      accounts: [{ state: 'SUCCEEDED' }, { state: 'SUCCEEDED' }],
    });
  });

  it('starts at once when the one before it is cancelled', async () => {
    const first = await begin();
    const followUp = await muster.requestSync(SYNC, FORCE);

    await muster.steer(first, 'cancel');

    expect((await muster.finishedTask(followUp)).state).toBe('SUCCEEDED');
    expect((await muster.showTask(first)).state).toBe('CANCELLED');
    hold.open();
  });

  it('can be cancelled while it waits, and the running sync and the account know nothing of it', async () => {
    const first = await begin();
    const followUp = await muster.requestSync(SYNC, FORCE);

    await muster.steer(followUp, 'cancel');

    expect((await muster.showTask(followUp)).state).toBe('CANCELLED');
    expect(await muster.listAccounts()).toMatchObject([{ sync_status: 'running', failure_msg: '' }]);
    hold.open();
    expect((await muster.finishedTask(first)).state).toBe('SUCCEEDED');
    expect(listings).toBe(1);
  });

  it('goes with its account', async () => {
    const first = await begin();
    const followUp = await muster.requestSync(SYNC, FORCE);
    const [account] = await muster.listAccounts();

    await muster.removeAccount(account?.id ?? '');

    expect((await muster.showTask(first)).state).toBe('CANCELLED');
    expect((await muster.showTask(followUp)).state).toBe('CANCELLED');
    expect(await openRuns()).toEqual([]);
    hold.open();
  });
});
