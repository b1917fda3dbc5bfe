import { type CallGate, type VendorAdapter, VendorNetwork } from '#vendor-kit';
import { VENDOR_REGISTRY } from '#vendors/registry';

import { readAhead } from '../../libs/sync/src/read-ahead.js';
import { Stage } from '../stage.js';
import type { Suite } from '../suite.js';

const SERVERS = 20_000;
const QUICK_SERVERS = 5_000;
/** As the adapter's. */
const PAGE_SIZE = 500;
const ROUNDS = 5;
const QUICK_ROUNDS = 3;
const MIB = 1024 * 1024;
const MS_PER_SECOND = 1_000;
/** The least that the adapter may reach of what plain GETs do (issue 6). */
const SHARE = 0.8;

/** Pace is measured elsewhere. */
const openGate: CallGate = { call: (_api, make) => make() };
const openNetwork = new VendorNetwork(['127.0.0.0/8']);

interface Peer {
  authUrl: string;
  password: string;
}

/**
 * Listing and normalizing servers by the adapter, beside GETs that page through the same simulated Nova and do nothing
 * with what they parse. Rounds alternate, so that both have the same share of what the machine has to do beside.
 */
export const measureOpenstack: Suite = async ({ results, quick, say }) => {
  const total = quick ? QUICK_SERVERS : SERVERS;
  say(`OpenStack: ${String(total)} servers`);
  await Stage.use(async (stage) => {
    const program = await stage.startProgram('openstack/simulator-process.ts', [String(total)], /authUrl/);
    const peer = JSON.parse(program.greeting) as Peer;
    const adapter = await VENDOR_REGISTRY.OPENSTACK?.();
    if (adapter === undefined) throw new Error('There is no adapter for OpenStack.');
    await expectAll(total, () => drain(peer)); // both have compiled what they run
    await expectAll(total, () => list(adapter, peer));
    const rates: { plain: number; adapter: number }[] = [];
    const before = process.memoryUsage.rss();
    for (let round = 0; round < (quick ? QUICK_ROUNDS : ROUNDS); round += 1) {
      const plain = await expectAll(total, () => drain(peer));
      rates.push({ plain, adapter: await expectAll(total, () => list(adapter, peer)) });
    }
    const plainGets = 'OpenStack: plain GETs';
    results.add(plainGets, median(rates.map(({ plain }) => plain)), 'VMs/s');
    results.add('OpenStack: the adapter', median(rates.map((rate) => rate.adapter)), 'VMs/s', {
      to: plainGets,
      ratio: median(rates.map((rate) => rate.adapter / rate.plain)),
      goal: { atLeast: SHARE },
    });
    results.add('OpenStack: RSS growth over all rounds', (process.memoryUsage.rss() - before) / MIB, 'MiB');
  });
};

/** Servers a second of a run that has to find all of them. */
async function expectAll(total: number, run: () => Promise<number>): Promise<number> {
  const began = performance.now();
  const found = await run();
  if (found !== total) throw new Error(`${String(found)} of ${String(total)} servers were listed.`);
  return total / ((performance.now() - began) / MS_PER_SECOND);
}

/** Signs in and pages through all servers, as few lines as can be. */
async function drain({ authUrl, password }: Peer): Promise<number> {
  const domain = { name: 'Default' };
  const identity = { methods: ['password'], password: { user: { name: 'admin', domain, password } } };
  const body = JSON.stringify({ auth: { identity, scope: { project: { name: 'admin', domain } } } });
  const answer = await fetch(`${authUrl}/v3/auth/tokens`, { method: 'POST', body });
  const { token } = (await answer.json()) as {
    token: { catalog: { type: string; endpoints: { url: string }[] }[] };
  };
  const headers = {
    'x-auth-token': answer.headers.get('x-subject-token') ?? '',
    'openstack-api-version': 'compute 2.79',
  };
  const url = token.catalog.find(({ type }) => type === 'compute')?.endpoints[0]?.url ?? '';
  const first = `${url}/servers/detail?all_tenants=1&sort_key=uuid&sort_dir=asc&limit=${String(PAGE_SIZE)}`;
  let found = 0;
  for (let page: string | undefined = first; page !== undefined;) {
    const answered: Response = await fetch(page, { headers });
    const { servers, servers_links: links } = (await answered.json()) as {
      servers: { id: string }[];
      servers_links?: object[];
    };
    found += servers.length;
    page = links === undefined ? undefined : `${first}&marker=${servers.at(-1)?.id ?? ''}`;
  }
  return found;
}

/** Lists all servers as the engine does, a page ahead, and makes resources of what comes. */
async function list(adapter: VendorAdapter, { authUrl, password }: Peer): Promise<number> {
  const { signal } = new AbortController();
  const access = { accountId: 'bench', ak: 'admin', sk: password, settings: { endpoint: authUrl } };
  const connection = await adapter.connect({ ...access, gate: openGate, network: openNetwork }, signal);
  const table = adapter.tables.find(({ type }) => type === 'cloudservers');
  let found = 0;
  for (const scope of await adapter.scopes(connection, signal)) {
    if (table?.isListedIn?.(scope) !== true) continue;
    for await (const { items, resumeAt } of readAhead(table.pages({ connection, scope, signal }))) {
      found += items.map((item) => table.toResource(item, scope)).length;
      if (resumeAt === undefined) break;
    }
  }
  await adapter.disconnect(connection);
  return found;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
