import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { VENDORS } from '#domain';

import { eventually } from './support/eventually.js';
import { gate } from './support/gate.js';
import { MusterProcess } from './support/muster-process.js';
import { queueBackends } from './support/redis.js';
import { operatorsUrl } from './support/scrape.js';
import { pagesOf, scriptedAccount, ScriptedVendor } from './support/scripted-vendor.js';
import { TEST_TIMING, TestMuster } from './support/test-muster.js';

const PASSWORD = 'correct-horse-battery-staple';

const basic = (password: string, user = 'operator') => ({
  Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

interface Queues {
  queues: {
    name: string;
    counts: Record<string, number>;
    readOnlyMode: boolean;
    jobs: { data: Record<string, unknown> }[];
  }[];
}

describe.each(queueBackends())('the dashboard of queues on %s', (backend) => {
  const vendor = new ScriptedVendor();
  const hold = gate();
  let muster: TestMuster;
  let api: MusterProcess;

  beforeAll(async () => {
    // A busy machine's job is not enqueued once more.
    const timing = { ...TEST_TIMING, forgottenAfterMs: 60_000 };
    muster = await TestMuster.start({ backend, adapters: vendor.adapters, timing });
    // A real one: Jest on Node.js 20 cannot load what the page takes.
    const variables = { PORT: '0', METRICS_PORT: '0', QUEUE_DASHBOARD_PASSWORD: PASSWORD };
    api = await MusterProcess.start('api', { ...muster.settings.environment, ...variables });
    vendor.scripts['things'] = pagesOf([['x']], () => hold.opened);
    await muster.addAccount(scriptedAccount('a'));
    await muster.requestSync({ vendor: 'VMWARE', account_id: 'a' });
  });
  afterAll(async () => {
    await api.kill('SIGKILL');
    hold.open();
    await muster.close();
  });

  const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    fetch(api.operatorsUrl + path, { method, headers });

  it.each<[what: string, headers: () => Record<string, string>]>([
    ['no password', () => ({})],
    ['a wrong one', () => basic('correct-horse-battery-stapl')],
    ['it as the user', () => basic('', PASSWORD)],
    ['another scheme', () => ({ Authorization: `Bearer ${PASSWORD}` })],
    ['what is no base64', () => ({ Authorization: 'Basic ???' })],
    ["a tenant's key", () => basic(muster.apiKey)],
  ])('lets nobody in with %s', async (_what, headers) => {
    for (const path of ['/queues', '/queues/', '/queues/api/queues', '/queues/static/nothing.js']) {
      const response = await ask(path, headers());
      expect([path, response.status]).toEqual([path, 401]);
      expect(response.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
      expect(await response.text()).not.toContain(PASSWORD);
    }
  });

  it('is a page with all that it needs, which no other page may hold or be sent by', async () => {
    const response = await ask('/queues', basic(PASSWORD, ''));
    const page = await response.text();
    expect([response.status, page]).toEqual([200, expect.stringContaining('Muster queues')]);
    expect(response.headers.get('content-security-policy')).toMatch(
      /default-src 'none'.*frame-ancestors 'none'/,
    );
    expect(page).toContain('<base href="/queues/" />');
    const parts = [...page.matchAll(/(?:src|href)="(static\/[^"]+)"/g)].map(([, path]) => path ?? '');
    expect(parts.length).toBeGreaterThan(3);
    for (const part of parts)
      expect([part, (await ask(`/queues/${part}`, basic(PASSWORD))).status]).toEqual([part, 200]);
  });

  it('shows each queue, and the job that is worked on, by its ids alone', async () => {
    const path = '/queues/api/queues?activeQueue=sync-vmware&status=active';
    const queues = await eventually(
      'the unit is worked on, and the job that handed it out is over',
      async () => {
        const shown = ((await (await ask(path, basic(PASSWORD))).json()) as Queues).queues;
        const active = shown.find(({ name }) => name === 'sync-vmware');
        return active?.counts['active'] === 1 && active.jobs[0]?.data['kind'] === 'unit' && shown;
      },
    );
    expect(queues.map(({ name }) => name).sort()).toEqual(
      [...VENDORS.map((vendor) => `sync-${vendor.toLowerCase()}`), 'account-checks'].sort(),
    );
    expect(queues.every(({ readOnlyMode }) => readOnlyMode)).toBe(true);
    const [queue] = queues.filter(({ name }) => name === 'sync-vmware');
    expect(queue?.jobs.map(({ data }) => Object.keys(data).sort())).toEqual([['kind', 'request', 'unitId']]);
  });

  it.each(['PUT', 'POST', 'DELETE', 'PATCH'])('changes nothing by %s', async (method) => {
    const response = await ask('/queues/api/queues/sync-vmware/empty', basic(PASSWORD), method);
    expect(response.status).toBe(405);
  });
});

describe('the dashboard of queues', () => {
  it('is off unless a password is chosen', async () => {
    const metrics = { host: '127.0.0.1', port: 0, accounts: 0 };
    const muster = await TestMuster.start({ workers: false, metrics });
    try {
      const response = await fetch(`${operatorsUrl(muster)}/queues`, { headers: basic('undefined') });
      expect([response.status, await response.text()]).toEqual([
        404,
        'There are /metrics, /healthz, /readyz.\n',
      ]);
    } finally {
      await muster.close();
    }
  });
});
