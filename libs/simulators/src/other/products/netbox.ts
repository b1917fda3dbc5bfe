import type { JsonObject } from '#domain';

import { jsonAnswer } from '../../http/answer.js';
import type { SimulatedRequest } from '../../http/simulator-server.js';
import { numberIn, type RestCloud, sameWith } from '../rest-simulator.js';

/** NetBox's MAX_PAGE_SIZE, which `limit=0` asks for. */
const MAX_PAGE_SIZE = 1_000;

/**
 * NetBox's REST API: `{ count, next, previous, results }`.
 * @see https://netboxlabs.com/docs/netbox/integrations/rest-api/
 * @param lists by path: `{ 'virtualization/virtual-machines': […] }`
 */
export function netBox(token: string, lists: Readonly<Record<string, readonly JsonObject[]>>): RestCloud {
  return {
    refuse: ({ headers }) =>
      headers.authorization === `Token ${token}` ? undefined : jsonAnswer(403, { detail: 'Invalid token' }),
    routes: Object.entries(lists).map(([path, records]) => ({
      path: `/api/${path}/`,
      answer: (request) => pageOf(records, request),
    })),
  };
}

function pageOf(records: readonly JsonObject[], request: SimulatedRequest) {
  const limit = Math.min(numberIn(request, 'limit', 50) || MAX_PAGE_SIZE, MAX_PAGE_SIZE);
  const offset = numberIn(request, 'offset', 0);
  const linkTo = (first: number) =>
    `http://${request.headers.host ?? ''}${sameWith(request, { limit: String(limit), offset: String(first) })}`;
  return jsonAnswer(200, {
    count: records.length,
    next: offset + limit < records.length ? linkTo(offset + limit) : null,
    previous: offset > 0 ? linkTo(Math.max(0, offset - limit)) : null,
    results: records.slice(offset, offset + limit),
  });
}

/** A virtual machine as NetBox has it. */
export function netBoxMachine(id: number, status = 'active'): JsonObject {
  const address = `10.0.0.${String(id)}/24`;
  return {
    id,
    url: `http://netbox.example/api/virtualization/virtual-machines/${String(id)}/`,
    display: `vm-${String(id)}`,
    name: `vm-${String(id)}`,
    status: { value: status, label: status },
    site: { id: 1, name: 'Berlin', slug: 'berlin' },
    cluster: { id: 3, name: 'Cluster A' },
    device: id % 2 === 0 ? { id: 7, name: 'esx-7' } : null,
    primary_ip: id === 3 ? null : { id, family: { value: 4 }, address },
    primary_ip4: id === 3 ? null : { id, address },
    primary_ip6: null,
    vcpus: 2,
    memory: 4_096,
    disk: 40,
    tags: [{ id: 1, name: 'Shop', slug: 'shop', color: '9e9e9e' }],
    created: '2024-02-01T09:30:00.123456Z',
    last_updated: '2024-03-01T09:30:00.123456Z',
  };
}

/** A device as NetBox has it. */
export function netBoxDevice(id: number): JsonObject {
  return {
    id,
    name: `esx-${String(id)}`,
    status: { value: 'active', label: 'Active' },
    role: { id: 1, slug: 'hypervisor' },
    site: { id: 1, name: 'Berlin', slug: 'berlin' },
    rack: { id: 2, name: 'R2' },
    primary_ip: null,
    tags: [],
    created: '2024-02-01T09:30:00.123456Z',
  };
}
