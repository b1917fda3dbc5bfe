import type { JsonObject } from '#domain';

import { type Completion, defineOpenstackTable } from '../openstack-table.js';

interface Keypair {
  name?: string;
  user_id?: string;
}

/** A key pair's name is its user's; two users may have the same. */
export function keypairId(userId: string | undefined, name: string): string {
  return userId === undefined || userId === '' ? name : `${userId}/${name}`;
}

/** The SSH keys of the user that signs in: those of others are not shown even to administrators. */
export const keypairs = defineOpenstackTable<Keypair>({
  type: 'keypairs',
  service: 'compute',
  path: '/os-keypairs',
  collection: 'keypairs',
  permissions: ['os_compute_api:os-keypairs:index'],
  extent: 'common',
  markerOf: ({ name, ...wrapped }) => name ?? (wrapped as { keypair?: Keypair }).keypair?.name ?? '',
  /** Unwraps `{ keypair: { … } }`, and says whose it is. */
  completion: async ({ identity }, { projectId }, signal): Promise<Completion> => {
    const { userId } = await identity.token(projectId, signal);
    return ({ keypair }) => ({ ...(keypair as JsonObject | undefined), user_id: userId });
  },
  describe: ({ name, user_id: userId }) => ({
    id: name === undefined ? undefined : keypairId(userId, name),
    name,
  }),
});
