import type { JsonObject } from '#domain';

import { jsonAnswer } from '../../http/answer.js';
import type { SimulatedRequest } from '../../http/simulator-server.js';
import { numberIn, type RestCloud, sameWith } from '../rest-simulator.js';

const MAX_PER_PAGE = 200;

/**
 * DigitalOcean's API v2: pages by number, links between them by whole URLs.
 * @see https://docs.digitalocean.com/reference/api/
 * @param lists by path and name of the list: `{ 'droplets droplets': […] }`
 */
export function digitalOcean(
  token: string,
  lists: Readonly<Record<string, readonly JsonObject[]>>,
): RestCloud {
  return {
    refuse: ({ headers }) =>
      headers.authorization === `Bearer ${token}`
        ? undefined
        : jsonAnswer(401, { id: 'Unauthorized', message: 'Unable to authenticate you' }),
    routes: Object.entries(lists).map(([name, records]) => {
      const [path = '', key = ''] = name.split(' ');
      return { path: `/v2/${path}`, answer: (request) => pageOf(key, records, request) };
    }),
  };
}

function pageOf(key: string, records: readonly JsonObject[], request: SimulatedRequest) {
  const size = Math.min(numberIn(request, 'per_page', 20), MAX_PER_PAGE);
  const page = numberIn(request, 'page', 1);
  const origin = `http://${request.headers.host ?? ''}`;
  const last = Math.max(1, Math.ceil(records.length / size));
  const linkTo = (number: number) => origin + sameWith(request, { page: String(number) });
  const pages = {
    ...(page > 1 ? { first: linkTo(1), prev: linkTo(page - 1) } : {}),
    ...(page < last ? { next: linkTo(page + 1), last: linkTo(last) } : {}),
  };
  return jsonAnswer(200, {
    [key]: records.slice((page - 1) * size, page * size),
    links: last === 1 ? {} : { pages },
    meta: { total: records.length },
  });
}

/** A droplet as the API describes it. */
export function droplet(id: number, status: 'new' | 'active' | 'off' | 'archive' = 'active'): JsonObject {
  return {
    id,
    name: `web-${String(id)}`,
    memory: 1024,
    vcpus: 1,
    disk: 25,
    locked: false,
    status,
    created_at: '2024-07-21T18:37:44Z',
    backup_ids: [],
    snapshot_ids: [],
    features: ['private_networking'],
    image: { id: 63_663_980, name: '24.04 x64', distribution: 'Ubuntu', slug: 'ubuntu-24-04-x64' },
    size_slug: 's-1vcpu-1gb',
    networks: {
      v4: [
        { ip_address: `10.128.0.${String(id)}`, netmask: '255.255.0.0', gateway: 'nil', type: 'private' },
        { ip_address: `203.0.113.${String(id)}`, netmask: '255.255.240.0', type: 'public' },
      ],
      v6: [],
    },
    region: { name: 'Amsterdam 3', slug: 'ams3', available: true },
    tags: ['web', 'env:prod'],
    volume_ids: id === 1 ? ['506f78a4-e098-11e5-ad9f-000f53306ae1'] : [],
    vpc_uuid: '760e09ef-dc84-11e8-981e-3cfdfeaae000',
  };
}
