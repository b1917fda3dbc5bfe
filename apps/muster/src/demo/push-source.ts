import type { MusterClient, Schemas } from '#client';

import type { DemoCloud } from './demo-clouds.js';

const SITE = 'laboratory';
const SERVERS = 12;
const RESOURCES_PER_PAGE = 5;

type PushPage = Schemas['PushPage'];
type PushedResource = PushPage['resources'][number];

/** A laboratory that Muster cannot ask: who runs it posts what is there, in the words used there. */
export function pushSource(): DemoCloud {
  const states = { on: 'running', off: 'stopped' };
  return {
    account: {
      vendor: 'OTHER',
      account_id: 'demo-laboratory',
      account_name: 'Demo Laboratory',
      ak: '-',
      sk: '-',
      settings: { connector: { version: 1, source: 'push', states } },
    },
    post: postAll,
    close: () => Promise.resolve(),
  };
}

async function postAll(muster: MusterClient, taskId: string): Promise<void> {
  const params = { path: { task_id: taskId } };
  const servers = Array.from({ length: SERVERS }, (_, index) => serverOf(index + 1));
  const listings: [PushPage['type'], PushPage['resources']][] = [
    ['cloudservers', servers],
    ['volumes', servers.map(volumeOf)],
  ];
  for (const [type, resources] of listings) {
    const scope = { type, region: SITE };
    let pages = 0;
    for (let from = 0; from < resources.length; from += RESOURCES_PER_PAGE) {
      pages += 1;
      const page = { ...scope, page: pages, resources: resources.slice(from, from + RESOURCES_PER_PAGE) };
      await muster.post('/v1/multicloud-resources/sync/{task_id}/pages', { params, body: page });
    }
    const body = { ...scope, outcome: 'complete', pages } as const;
    await muster.post('/v1/multicloud-resources/sync/{task_id}/scopes/close', { params, body });
  }
  await muster.post('/v1/multicloud-resources/sync/{task_id}/complete', { params });
}

function serverOf(number: number): PushedResource {
  return {
    id: `bench-${String(number)}`,
    name: `bench ${String(number)}`,
    status: number % 4 === 0 ? 'off' : 'on',
    addresses: [`10.40.0.${String(number)}`],
    tags: { team: number % 2 === 0 ? 'radio' : 'power' },
    properties: { cores: 8, memory_gb: 32 },
    relations: [{ kind: 'attached_to', type: 'volumes', id: `disk-${String(number)}` }],
  };
}

function volumeOf({ id }: PushedResource): PushedResource {
  return { id: id.replace('bench', 'disk'), properties: { size_gb: 480 } };
}
