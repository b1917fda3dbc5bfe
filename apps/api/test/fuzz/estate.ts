import { SyncError } from '#domain';

import {
  failing,
  items,
  pagesOf,
  scriptedAccount,
  ScriptedVendor,
} from '../../../../test/support/scripted-vendor.js';
import type { TestMuster } from '../../../../test/support/test-muster.js';
import { startTestWorker } from '../../../../test/support/test-worker.js';
import { tenantId } from '../support/issue-credential.js';
import type { Estate } from './requests.js';

const SYNC = { vendor: 'VMWARE', account_id: 'a' } as const;
/** An account that says itself how it is read. */
const CONNECTOR_ACCOUNT = {
  vendor: 'OTHER' as const,
  account_id: 'cmdb',
  account_name: 'CMDB',
  ak: '-',
  sk: 'secret',
  settings: {
    connector: { version: 1, format: 'json_lines', type: 'cloudservers', mapping: { id: 'id' } },
  },
};
/** How many syncs there are whose source posts the pages: to post to, and to complete. */
const PUSHED = 4;
/** How many accounts, and schedules, there are to be deleted. */
const DOOMED = 10;

/**
 * Fills a Muster with something of everything that an operation may be about: resources, live and deleted; changes;
 * tasks that succeeded, are partial, planned, queued or take pages; a held prune and one that can be undone;
 * schedules. Then nobody works.
 */
export async function fillEstate(muster: TestMuster): Promise<Estate> {
  const vendor = new ScriptedVendor();
  vendor.scripts['things'] = pagesOf([items('t', 20), items('u', 20)]);
  vendor.scripts['few'] = pagesOf([items('f', 9)]);
  vendor.scripts['odd'] = pagesOf([['odd']]);
  const stopWorker = await startTestWorker(muster, { adapters: vendor.adapters, concurrency: 4 });
  const account = await muster.addAccount(scriptedAccount('a'));
  let planned: string;
  let partial: string;
  try {
    await muster.sync(SYNC);
    vendor.scripts['things'] = pagesOf([['t0=changed', ...items('u', 3)]]);
    vendor.scripts['few'] = pagesOf([items('f', 4)]);
    vendor.scripts['odd'] = failing(new SyncError('permission', 'no'));
    planned = (await muster.finishedTask(await muster.requestSync(SYNC, { plan: true }))).task_id;
    partial = (await muster.sync(SYNC)).task_id;
  } finally {
    await stopWorker();
  }
  await muster.addAccount(scriptedAccount('b'));
  const ofConnector = await muster.addAccount(CONNECTOR_ACCOUNT);
  const queued = await muster.requestSync({ vendor: 'VMWARE', account_id: 'b' });
  const doomed: string[] = [];
  for (let made = 0; made < DOOMED; made += 1) {
    doomed.push(await muster.addAccount(scriptedAccount(`doomed ${String(made)}`)));
  }
  const schedules = await addSchedules(muster);
  const webhooks = await addWebhooks(muster);
  const pushed = await addPushed(muster);
  const units = (await muster.showTask(partial)).accounts.flatMap((part) => part.units.map(({ id }) => id));
  const { rows } = await muster.sql.query<{ id: string }>('SELECT id FROM resource ORDER BY id');
  const ids: Record<string, readonly string[]> = { task_id: [partial, planned, queued], unit_id: units };
  return {
    domainId: await tenantId(muster),
    idsOf: ({ method, path }, parameter) => {
      if (/\/(pages|close)$/.test(path)) return pushed.open;
      if (path.endsWith('/complete')) return pushed.closed;
      if (parameter !== 'id') return ids[parameter] ?? [];
      if (path.startsWith('/v1/multicloud-resources')) return rows.map(({ id }) => id);
      if (/\/(preview|document)$/.test(path)) return [ofConnector];
      if (path.startsWith('/v1/webhooks')) return method === 'DELETE' ? webhooks.slice(1) : webhooks;
      if (path.startsWith('/v1/schedules')) return method === 'DELETE' ? schedules.slice(1) : schedules;
      return method === 'DELETE' ? doomed : [account];
    },
    bodiesOf: ({ operationId }) => bodies(muster.apiKey)[operationId] ?? [{}],
  };
}

/** Of an account that nothing else is about, since their runs keep it busy. */
async function addSchedules(muster: TestMuster): Promise<string[]> {
  await muster.addAccount(scriptedAccount('scheduled'));
  const ids: string[] = [];
  for (let made = 0; made <= DOOMED; made += 1) {
    const body = { vendor: 'VMWARE', account_id: 'scheduled', interval_seconds: 60 + made } as const;
    ids.push((await muster.client.post('/v1/schedules', { body })).data);
  }
  return ids;
}

async function addWebhooks(muster: TestMuster): Promise<string[]> {
  const ids: string[] = [];
  for (let made = 0; made <= DOOMED; made += 1) {
    ids.push((await muster.client.post('/v1/webhooks', { body: WEBHOOK })).data);
  }
  return ids;
}

/** Syncs that take pages, and some that can be completed. */
async function addPushed(muster: TestMuster): Promise<{ open: string[]; closed: string[] }> {
  const tasks: string[] = [];
  for (let made = 0; made < 2 * PUSHED; made += 1) {
    const account_id = `pushed ${String(made)}`;
    const settings = { connector: { version: 1, source: 'push' } };
    await muster.addAccount({ ...CONNECTOR_ACCOUNT, account_id, settings });
    tasks.push(await muster.requestSync({ vendor: 'OTHER', account_id }));
  }
  const closed = tasks.slice(PUSHED);
  for (const task_id of closed) {
    await muster.client.post('/v1/multicloud-resources/sync/{task_id}/scopes/close', {
      params: { path: { task_id } },
      body: { type: 'volumes', outcome: 'complete', pages: 0 },
    });
  }
  return { open: tasks.slice(0, PUSHED), closed };
}

/** Times as people give them. */
const TIMINGS = [
  { cron: '0 3 * * 1-5', time_zone: 'Europe/Berlin', jitter_seconds: 600 },
  { cron: '*/15 * 1,15 JAN *', time_zone: 'Australia/Lord_Howe' },
  { interval_seconds: 3_600, jitter_seconds: 60 },
  { interval_seconds: 86_400, cron: null },
];

const WEBHOOK = { name: 'CMDB', url: 'https://127.0.0.1:9/hook?tenant=7' };
const WEBHOOKS = [
  WEBHOOK,
  { ...WEBHOOK, types: [] },
  { name: '名', url: 'http://hooks.example/%20', types: ['task.finished' as const] },
];

/** Names as people give them, and as they should not. */
const ACCOUNT_IDS = [
  'vc.example',
  'Rechenzentrum Süd',
  '名古屋',
  '👩‍👩‍👧‍👦',
  "O'Brien",
  '%',
  '..',
  '<b>',
  '{}',
  'null',
];

const UPLOADS = ['01941f29-7c00-7000-8000-000000000001', '01941f29-7c00-7000-8000-000000000002'];

/** Pages as sources post them. */
const PAGES = [0, 1, 2].flatMap((page) => [
  { type: 'cloudservers', region: 'fra', page, resources: [{ id: `s-${String(page)}`, status: 'on' }] },
  {
    type: 'volumes',
    page,
    resources: [
      {
        ...{ id: '名', name: 'disk', zone: 'a', addresses: ['10.0.0.1'], tags: { team: 'ops' } },
        ...{ created_at: '2026-01-31T12:00:00Z', properties: { size: 5, nested: { deep: [null] } } },
        relations: [{ kind: 'attached_to', type: 'cloudservers', id: 's-1' }],
      },
      { id: 'bare' },
    ],
  },
]);

/** By operation. */
function bodies(apiKey: string): Record<string, object[]> {
  const user = { name: 'first', password: apiKey };
  return {
    CreateVendorAccount: [
      scriptedAccount('a'),
      { ...scriptedAccount('vc2.example'), settings: null },
      ...ACCOUNT_IDS.map((id) => ({
        ...scriptedAccount(id),
        settings: { endpoint: 'https://vc', tls_verify: false, api_quota_percent: 50 },
      })),
    ],
    UpdateVendorAccount: [
      { account_name: 'A' },
      { ak: 'user', sk: 'secret' },
      { settings: { endpoint: 'https://vc' } },
    ],
    PutVendorAccountDocument: UPLOADS.flatMap((upload_id) => [
      { upload_id, part: 0, content: '{"id": 1}' },
      { upload_id, part: 1, content: '{"id": 2}', last: true },
    ]),
    PushSyncPage: PAGES,
    CloseSyncScope: [
      { type: 'cloudservers', region: 'fra', outcome: 'complete', pages: 1 },
      { type: 'vpcs', outcome: 'complete', pages: 0 },
      { type: 'volumes', outcome: 'failed', message: "the SAN is away; it's '--" },
    ],
    SyncMultiCloudResource: [SYNC, { vendor: 'VMWARE' }, { vendor: 'VMWARE', account_id: null }],
    CreateSchedule: TIMINGS.flatMap((timing) => [
      { vendor: 'VMWARE', ...timing },
      { vendor: 'VMWARE', account_id: 'scheduled', ...timing },
    ]),
    UpdateSchedule: TIMINGS,
    CreateWebhook: [...WEBHOOKS],
    UpdateWebhook: [...WEBHOOKS],
    ReplayDeadLetters: [{}, { dead_letter_id: UPLOADS[0] }],
    DecideHeldPrune: [{ decision: 'approve' }, { decision: 'reject' }],
    KeystoneCreateUserTokenByPassword: [
      { auth: { identity: { methods: ['password'], password: { user } } } },
      {
        auth: {
          identity: { methods: ['password'], password: { user: { ...user, domain: { name: 'default' } } } },
          scope: { project: { name: 'cn-north-4' } },
        },
      },
    ],
  };
}
