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
    connector: {
      version: 1,
      base_url: 'https://cmdb.example',
      auth: { type: 'none' },
      streams: [
        {
          name: 'servers',
          type: 'cloudservers',
          request: { path: '/servers' },
          records: 'items',
          pagination: { type: 'none' },
          mapping: { id: 'id' },
        },
      ],
    },
  },
};
/** How many accounts there are to be deleted. */
const DOOMED_ACCOUNTS = 10;

/**
 * Fills a Muster with something of everything that an operation may be about: resources, live and deleted; changes;
 * tasks that succeeded, are partial, planned or queued; a held prune and one that can be undone. Then nobody works.
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
  for (let made = 0; made < DOOMED_ACCOUNTS; made += 1) {
    doomed.push(await muster.addAccount(scriptedAccount(`doomed ${String(made)}`)));
  }
  const units = (await muster.showTask(partial)).accounts.flatMap((part) => part.units.map(({ id }) => id));
  const { rows } = await muster.sql.query<{ id: string }>('SELECT id FROM resource ORDER BY id');
  const ids: Record<string, readonly string[]> = { task_id: [partial, planned, queued], unit_id: units };
  return {
    domainId: await tenantId(muster),
    idsOf: ({ method, path }, parameter) => {
      if (parameter !== 'id') return ids[parameter] ?? [];
      if (path.startsWith('/v1/multicloud-resources')) return rows.map(({ id }) => id);
      if (path.endsWith('/preview')) return [ofConnector];
      return method === 'DELETE' ? doomed : [account];
    },
    bodiesOf: ({ operationId }) => bodies(muster.apiKey)[operationId] ?? [{}],
  };
}

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
    SyncMultiCloudResource: [SYNC, { vendor: 'VMWARE' }, { vendor: 'VMWARE', account_id: null }],
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
