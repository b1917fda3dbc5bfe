import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { ali, type AwsSession, startAwsSimulator, startRmsSimulator } from '#simulators';

import { aliAccount } from './support/ali-account.js';
import { queueBackends } from './support/redis.js';
import { rmsAccount } from './support/rms-account.js';
import { TEST_TIMING, TestMuster } from './support/test-muster.js';

/** As long as it takes on a busy machine. */
const CHECK_MS = 120_000;
/** However busy the machine is, a sync signs in once: that uses up calls, too. */
const TIMING = { ...TEST_TIMING, idleConnectionMs: 10_000 };
/** Of a key that ends in the middle: more than signing in takes, even three times, and less than a sync. */
const FEW_CALLS = 16;

interface Keys {
  ak: string;
  sk: string;
}

/** A vendor with temporary keys. */
interface Cloud {
  /** All that adds it as an account, but for its keys. */
  account: {
    vendor: 'AWS' | 'ALI' | 'RMS';
    account_id: string;
    account_name: string;
    settings: object;
  };
  /** Temporary keys; they end after so many calls, if that is said. */
  issue(calls?: number): Keys;
  end(): void;
  /** What the vendor calls it when they have ended; one of these. */
  codes: RegExp;
  close(): Promise<void>;
}

async function startAws(): Promise<Cloud> {
  const aws = await startAwsSimulator({ preset: 'demo', regions: ['eu-west-1'] });
  const keysOf = ({ accessKeyId, secretAccessKey, sessionToken }: AwsSession) => ({
    ak: accessKeyId,
    sk: `${secretAccessKey}:${sessionToken}`,
  });
  return {
    account: {
      vendor: 'AWS',
      account_id: aws.key.account,
      account_name: 'Simulated AWS',
      settings: { endpoint: aws.url, regions: ['eu-west-1'] },
    },
    issue: (calls) => keysOf(aws.principals.issueSession(aws.key.accessKeyId, calls)),
    end: () => {
      aws.principals.endSessions();
    },
    codes: /^ExpiredToken(Exception)?$/,
    close: () => aws.close(),
  };
}

async function startAli(): Promise<Cloud> {
  const cloud = await ali.startAliSimulator({ preset: 'demo', regions: ['cn-hangzhou'] });
  return {
    account: aliAccount(cloud),
    issue: (calls) => {
      const { id, secret, token } = cloud.issueTemporaryKey(calls);
      return { ak: id, sk: `${secret}:${token}` };
    },
    end: () => {
      cloud.failures.expireTemporaryKeys();
    },
    codes: /^(InvalidSecurityToken\.Expired|SecurityTokenExpired)$/,
    close: () => cloud.close(),
  };
}

async function startRms(): Promise<Cloud> {
  const cloud = await startRmsSimulator();
  return {
    account: rmsAccount(cloud, 'rms-1', { regions: ['cn-north-4'] }),
    issue: (calls) => {
      const { accessKey, secretKey, securityToken } = cloud.issueTemporaryKey(calls);
      return { ak: accessKey, sk: `${secretKey}:${securityToken}` };
    },
    end: () => {
      cloud.endTemporaryKeys();
    },
    codes: /^APIGW\.0301$/,
    close: () => cloud.close(),
  };
}

describe.each(queueBackends())('with its queue on %s, temporary keys', (backend) => {
  let muster: TestMuster;
  const secrets: string[] = [];

  beforeAll(async () => {
    muster = await TestMuster.start({ backend, accountCheckMs: CHECK_MS, timing: TIMING });
  });

  afterAll(async () => {
    await muster.close();
  });

  describe.each([
    ['AWS', startAws],
    ['ALI', startAli],
    ['RMS', startRms],
  ] as const)('of %s', (vendor, start) => {
    let cloud: Cloud;
    let accountId: string;

    beforeAll(async () => {
      cloud = await start();
    });

    afterAll(async () => {
      await cloud.close();
    });

    const issue = (calls?: number): Keys => {
      const keys = cloud.issue(calls);
      secrets.push(keys.sk, ...keys.sk.split(':'));
      return keys;
    };
    const sync = () => muster.sync({ vendor });
    const inventory = async () =>
      (await muster.listAll(vendor)).map(({ type, region_id, resource_id }) => [
        type,
        region_id,
        resource_id,
      ]);
    const account = async () => (await muster.listAccounts(cloud.account.account_id))[0];

    it('list all that there is', async () => {
      accountId = await muster.addAccount({ ...cloud.account, ...issue() });
      expect(await account()).toMatchObject({ sync_status: 'success', failure_msg: '' });
      expect(await sync()).toMatchObject({ state: 'SUCCEEDED', counts: { deleted: 0 } });
      expect(await inventory()).not.toEqual([]);
    });

    it('that end in the middle fail what is still to be listed, and delete nothing', async () => {
      const before = await inventory();
      await muster.changeAccount(accountId, issue(FEW_CALLS));
      expect(await account()).toMatchObject({ sync_status: 'success' }); // so far

      const task = await sync();

      expect(task).toMatchObject({ state: 'PARTIAL', counts: { deleted: 0, updated: 0, created: 0 } });
      const units = task.accounts.flatMap(({ units }) => units);
      const failed = units.filter(({ state }) => state === 'FAILED');
      expect(units.some(({ state }) => state === 'SUCCEEDED')).toBe(true);
      expect(failed.length).toBeGreaterThan(0);
      expect(new Set(failed.map(({ error }) => error?.kind))).toEqual(new Set(['credentials']));
      for (const { error } of failed) {
        expect(error?.code).toMatch(cloud.codes);
        expect(error?.retryable).toBe(false);
        expect(error?.message).toMatch(/has ended.* Put new ones into the account/);
      }
      expect(await inventory()).toEqual(before);
    });

    it('that have ended fail the next sync and the check, which both say what to do', async () => {
      const before = await inventory();
      cloud.end();
      const task = await sync();
      expect(task).toMatchObject({ state: 'FAILED', counts: { deleted: 0 } });
      expect(task.accounts[0]?.error).toMatchObject({ kind: 'credentials', retryable: false });
      expect(task.accounts[0]?.error?.code).toMatch(cloud.codes);
      expect(task.accounts[0]?.error?.message).toContain('"sk" as secret:token');
      const check = await muster.verifyAccount(accountId);
      expect(check).toMatchObject({ status: 'failed', kind: 'credentials' });
      expect(check.message).toContain('"sk" as secret:token');
      expect((await account())?.failure_msg).toContain('"sk" as secret:token');
      expect(await inventory()).toEqual(before);
    });

    it('that are new are taken up by the next sync, which is whole', async () => {
      const before = await inventory();
      await muster.changeAccount(accountId, issue());
      const task = await sync();
      const { created, updated, deleted } = task.counts;
      expect([task.state, { created, updated, deleted }]).toEqual([
        'SUCCEEDED',
        { created: 0, updated: 0, deleted: 0 },
      ]);
      expect(await inventory()).toEqual(before);
    });
  });

  it('are nowhere but sealed', async () => {
    expect(secrets.length).toBeGreaterThan(3 * 3);
    const { rows } = await muster.sql.query<{ text: string }>(
      `SELECT string_agg(text, ' ') AS text FROM (SELECT t::text AS text FROM sync_unit t
         UNION ALL SELECT t::text FROM sync_run t UNION ALL SELECT t::text FROM account_check t
         UNION ALL SELECT t::text FROM vendor_account t UNION ALL SELECT t::text FROM audit_entry t
         UNION ALL SELECT t::text FROM outbox_event t) AS row`,
    );
    const texts = {
      logs: muster.logs.join(''),
      tables: rows[0]?.text ?? '',
      accounts: JSON.stringify(await muster.listAccounts()),
    };
    for (const [where, text] of Object.entries(texts)) {
      expect([where, text.length > 1_000]).toEqual([where, true]);
      for (const secret of secrets) expect([where, text.includes(secret)]).toEqual([where, false]);
    }
  });
});
