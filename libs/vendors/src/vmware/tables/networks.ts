import type { JsonValue } from '#domain';

import { anything, boolean, integer, list, on, record, reference, text, variant } from '../soap/shape.js';
import { defineVsphereTable } from '../vsphere-table.js';

const PORT_GROUP = ['DistributedVirtualPortgroup'];

/** Networks virtual machines can be attached to: of standard switches, distributed port groups, and NSX's. */
export const networks = defineVsphereTable({
  type: 'networks',
  managedTypes: ['Network', 'DistributedVirtualPortgroup', 'OpaqueNetwork'],
  properties: {
    summary: variant({ accessible: boolean, opaqueNetworkId: text, opaqueNetworkType: text }),
    key: on(PORT_GROUP, text),
    config: on(
      PORT_GROUP,
      record({
        description: text,
        /** `earlyBinding`, `ephemeral`. */
        type: text,
        numPorts: integer,
        distributedVirtualSwitch: reference,
        defaultPortConfig: record({ vlan: variant({ vlanId: list(anything), pvlanId: integer }) }),
      }),
    ),
  },

  describe({ properties: { summary, config, parent } }) {
    const vlan = config?.defaultPortConfig?.vlan;
    return {
      status: summary?.accessible === false ? 'error' : 'available',
      nativeStatus: summary?.accessible === false ? 'inaccessible' : undefined,
      relations: [
        ['member_of', config?.distributedVirtualSwitch],
        ['contained_in', parent],
      ],
      document: {
        'config.defaultPortConfig': vlan && {
          vlan: { ...vlan, ...(vlan.vlanId && { vlanId: vlan.vlanId.map(vlanOf) }) },
        },
      },
    };
  },
});

/** A VLAN's number, or the range of a trunk: which of the two depends on the specification's type. */
function vlanOf(id: JsonValue): JsonValue {
  if (typeof id !== 'object' || id === null || Array.isArray(id)) return Number(id);
  const ends = Object.entries(id).filter(([name]) => name === 'start' || name === 'end');
  return Object.fromEntries(ends.map(([name, end]) => [name, Number(end)]));
}
