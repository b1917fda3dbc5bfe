import {
  NIMBUS_COLLECTIONS,
  nimbusConnector,
  NimbusEstate,
  nimbusEstate,
  type NimbusSimulator,
  startNimbus,
} from '#simulators';
import { describeVendorConformance, type VendorPeer } from '#vendor-kit/testing';

import { adapter } from './adapter.js';
import { manifest } from './manifest.js';

interface NimbusPeer extends VendorPeer {
  nimbus: NimbusSimulator;
}

async function startPeer(estate: NimbusEstate, limit: number): Promise<NimbusPeer> {
  const nimbus = await startNimbus({ estate, tls: true });
  const { url, keyName, key, caPem } = nimbus;
  const connector = nimbusConnector(url, { limit });
  return {
    nimbus,
    access: { accountId: 'nimbus', ak: keyName, sk: key, settings: { connector, tls_ca_pem: caPem } },
    close: () => nimbus.close(),
  };
}

const each = (count: number) =>
  Object.fromEntries(Object.keys(NIMBUS_COLLECTIONS).map((name) => [name, count]));

const FORGOTTEN = {
  status: 400,
  headers: { 'Content-Type': 'application/json' },
  parts: ['{"error": {"code": "bad_cursor", "message": "The cursor is not known."}}'],
};

/** The first stream, and so the first scope. */
const FIRST = 'addresses';

describeVendorConformance<NimbusPeer>({
  manifest,
  adapter,
  estates: {
    // Pages of one record.
    paged: () => startPeer(nimbusEstate(each(2)), 1),
    empty: () => startPeer(new NimbusEstate(), 10),
    golden: () => startPeer(nimbusEstate({ ...each(1), servers: 4, disks: 2 }), 10),
  },
  incidents: {
    deletion: {
      type: 'cloudservers',
      provoke: ({ nimbus }, { nativeId }) => {
        const servers = nimbus.estate.of('servers');
        servers.splice(
          servers.findIndex(({ id }) => id === nativeId),
          1,
        );
      },
    },
    forgottenPlace: {
      type: 'volumes',
      provoke: ({ nimbus }) => {
        nimbus.faults.failNext(1, { kind: 'answer', answer: FORGOTTEN }, 'disks');
      },
    },
  },
  documents: { at: 'record' },
  failures: [
    {
      name: 'a refused request',
      kind: 'permission',
      provoke: ({ nimbus }) => {
        nimbus.faults.failNext(1, { kind: 'status', status: 403 }, FIRST);
      },
    },
    {
      name: 'refused credentials',
      kind: 'credentials',
      provoke: ({ nimbus }) => {
        nimbus.faults.failNext(1, { kind: 'status', status: 401 }, FIRST);
      },
    },
    {
      name: 'too many requests',
      kind: 'throttled',
      provoke: ({ nimbus }) => {
        nimbus.faults.failNext(1, { kind: 'status', status: 429, headers: { 'Retry-After': '2' } }, FIRST);
      },
    },
    {
      name: 'a server that is down behind its proxy',
      kind: 'unavailable',
      provoke: ({ nimbus }) => {
        nimbus.faults.failNext(1, { kind: 'status', status: 503 }, FIRST);
      },
    },
    {
      name: 'an answer that is cut off',
      kind: 'unavailable',
      provoke: ({ nimbus }) => {
        nimbus.faults.failNext(1, { kind: 'cut' }, FIRST);
      },
    },
    {
      name: 'an answer that is not well-formed',
      kind: 'unavailable',
      provoke: ({ nimbus }) => {
        nimbus.faults.failNext(1, { kind: 'malformed' }, FIRST);
      },
    },
  ],
});
