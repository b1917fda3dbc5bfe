import { defineVendor, type VendorAdapter } from '#vendor-kit';

import { VsphereConnection } from './connection.js';
import { vsphereEndpoint } from './endpoint.js';
import { classifyVsphereError } from './errors.js';
import { QUOTAS } from './quotas.js';
import type { VmwareSettings } from './settings.js';
import { SoapTransport } from './soap/soap-transport.js';
import { cloudservers } from './tables/cloudservers.js';
import { computeClusters } from './tables/compute-clusters.js';
import { datacenters } from './tables/datacenters.js';
import { datastoreClusters } from './tables/datastore-clusters.js';
import { datastores } from './tables/datastores.js';
import { distributedSwitches } from './tables/distributed-switches.js';
import { folders } from './tables/folders.js';
import { hosts } from './tables/hosts.js';
import { networks } from './tables/networks.js';
import { resourcePools } from './tables/resource-pools.js';
import { serverSnapshots } from './tables/server-snapshots.js';
import { VsphereError } from './vsphere-error.js';
import { VsphereSession } from './vsphere-session.js';

/** Objects in a page, and so in one call: some 2 MB of XML for virtual machines. */
const OBJECTS_PER_PAGE = 250;
/** vCenter serves one client's calls one after another; a second unit fills the pauses. */
const UNITS_AT_ONCE = 2;

/** The adapter of vCenter and ESXi. A smaller page is for tests. */
export function vmwareAdapter(objectsPerPage: number = OBJECTS_PER_PAGE): VendorAdapter {
  return defineVendor<VmwareSettings, VsphereConnection>({
    vendor: 'VMWARE',
    unitsAtOnce: UNITS_AT_ONCE,
    quotas: QUOTAS,

    async connect({ ak, sk, settings, ...ways }, signal) {
      const endpoint = vsphereEndpoint(settings.endpoint);
      if (endpoint === undefined) throw new VsphereError('NOT_VSPHERE', { host: 'the endpoint' });
      const trust = {
        caPem: settings.tls_ca_pem,
        fingerprintSha256: settings.tls_fingerprint_sha256,
        verify: settings.tls_verify,
      };
      const transport = new SoapTransport(endpoint, trust, ways);
      try {
        const session = await VsphereSession.open(transport, { userName: ak, password: sk }, signal);
        return new VsphereConnection(session, objectsPerPage);
      } catch (error) {
        await transport.close();
        throw error;
      }
    },

    disconnect: async (connection) => {
      await connection.close();
    },

    /** One vCenter is one scope: its references are unique in all of it, and one listing covers it. */
    async scopes(connection, signal) {
      const { session } = connection;
      const key = await connection.identity(signal);
      return [{ key, name: `${session.content.about?.fullName ?? 'vSphere'} (${session.host})` }];
    },

    tables: [
      cloudservers,
      computeClusters,
      datacenters,
      datastoreClusters,
      datastores,
      distributedSwitches,
      folders,
      hosts,
      networks,
      resourcePools,
      serverSnapshots,
    ],

    classify: classifyVsphereError,
  });
}

export const adapter = vmwareAdapter();
