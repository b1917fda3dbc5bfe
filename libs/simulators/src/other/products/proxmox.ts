import type { JsonObject } from '#domain';

import { jsonAnswer, plainText } from '../../http/answer.js';
import type { RestCloud } from '../rest-simulator.js';

/**
 * Proxmox VE's API: the cluster's resources in one answer, `{ "data": […] }`.
 * @see https://pve.proxmox.com/pve-docs/api-viewer/#/cluster/resources
 */
export function proxmox(tokenId: string, secret: string, resources: readonly JsonObject[]): RestCloud {
  return {
    refuse: ({ headers }) =>
      headers.authorization === `PVEAPIToken=${tokenId}=${secret}` ? undefined : plainText(401, ''),
    routes: [
      {
        path: '/api2/json/cluster/resources',
        answer: ({ url }) => jsonAnswer(200, { data: resources.filter((one) => isOf(one, url)) }),
      },
    ],
  };
}

function isOf({ type }: JsonObject, { searchParams }: URL): boolean {
  const asked = searchParams.get('type');
  return asked === null || (asked === 'vm' ? type === 'qemu' || type === 'lxc' : type === asked);
}

/** A virtual machine, or a container. */
export function proxmoxGuest(vmid: number, status = 'running', type = 'qemu'): JsonObject {
  return {
    id: `${type}/${String(vmid)}`,
    type,
    vmid,
    name: `guest-${String(vmid)}`,
    node: 'pve1',
    status,
    template: 0,
    ...(vmid === 101 ? {} : { tags: 'shop;prod', pool: 'shop' }),
    maxcpu: 2,
    maxmem: 4_294_967_296,
    maxdisk: 34_359_738_368,
    cpu: 0.0123 * vmid,
    mem: 1_073_741_824 + vmid,
    uptime: 3_600 * vmid,
  };
}

/** A host of the cluster. */
export function proxmoxNode(name: string): JsonObject {
  return { id: `node/${name}`, type: 'node', node: name, status: 'online', maxcpu: 16, cpu: 0.2, uptime: 7 };
}

/** A storage of a host. */
export function proxmoxStorage(node: string, storage: string): JsonObject {
  return {
    id: `storage/${node}/${storage}`,
    type: 'storage',
    node,
    storage,
    status: 'available',
    plugintype: 'lvmthin',
    maxdisk: 1_000_000_000,
    disk: 5,
  };
}
