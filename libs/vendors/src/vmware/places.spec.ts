import { describe, expect, it } from '@jest/globals';

import { keyOf } from './managed-objects.js';
import { Places } from './places.js';
import type { ManagedObjectReference } from './soap/shape.js';

function ref(key: string): ManagedObjectReference {
  const [type = '', value = ''] = key.split(':');
  return { type, value };
}

/** A collector over `[key, name, parent]` rows, which tests may add to; counts its readings. */
function collectorOf(rows: [key: string, name: string, parent: string | undefined][]) {
  return {
    readings: 0,
    references() {
      this.readings++;
      return Promise.resolve(rows.map(([key]) => ref(key)));
    },
    objects(references: readonly ManagedObjectReference[]) {
      const found = rows.filter(([key]) => references.some((reference) => keyOf(reference) === key));
      return Promise.resolve(
        found.map(([key, name, parent]) => ({
          reference: ref(key),
          properties: { name, ...(parent === undefined ? {} : { parent: ref(parent) }) },
          unreadable: [],
        })),
      );
    },
  };
}

const ROOT = ref('Folder:group-d1');
const signal = new AbortController().signal;
const ESTATE: [string, string, string | undefined][] = [
  ['Datacenter:datacenter-2', 'Paris%2f2', 'Folder:group-d1'],
  ['Folder:group-v3', 'vm', 'Datacenter:datacenter-2'],
  ['Folder:group-h4', 'host', 'Datacenter:datacenter-2'],
  ['ClusterComputeResource:domain-c7', 'prod', 'Folder:group-h4'],
  ['HostSystem:host-9', 'esx1', 'ClusterComputeResource:domain-c7'],
];

describe('Places', () => {
  it('finds datacenter and cluster by whichever ancestor leads there', async () => {
    const places = new Places(collectorOf([...ESTATE]), ROOT, signal);
    const [both, folder, root] = await places.of(
      [[ref('Folder:group-v3'), ref('HostSystem:host-9')], [ref('Folder:group-v3')], [ROOT]],
      signal,
    );
    const datacenter = { reference: ref('Datacenter:datacenter-2'), name: 'Paris/2' };
    const cluster = { reference: ref('ClusterComputeResource:domain-c7'), name: 'prod' };
    expect(both).toEqual({ datacenter, cluster });
    expect(folder).toEqual({ datacenter });
    expect(root).toEqual({});
  });

  it('reads once, again when an unknown ancestor turns up, and not a third time when it stays unknown', async () => {
    const rows = [...ESTATE];
    const collector = collectorOf(rows);
    const places = new Places(collector, ROOT, signal);
    await Promise.all([places.of([[ref('Folder:group-v3')]], signal), places.of([[ROOT]], signal)]);
    expect(collector.readings).toBe(1);

    rows.push(['Folder:group-v10', 'new', 'Folder:group-v3']);
    const [place] = await places.of([[ref('Folder:group-v10')]], signal);
    expect(place?.datacenter?.name).toBe('Paris/2');
    expect(collector.readings).toBe(2);

    for (let times = 0; times < 3; times++) await places.of([[ref('Folder:group-v666')]], signal);
    expect(collector.readings).toBe(3);
  });

  it('ends in a loop of parents', async () => {
    const loop: typeof ESTATE = [
      ['Folder:a', 'a', 'Folder:b'],
      ['Folder:b', 'b', 'Folder:a'],
    ];
    const places = new Places(collectorOf(loop), ROOT, signal);
    expect(await places.of([[ref('Folder:a')]], signal)).toEqual([{}]);
  });

  it('lets one unit be aborted without taking the reading from the others', async () => {
    const collector = collectorOf([...ESTATE]);
    const places = new Places(collector, ROOT, signal);
    const controller = new AbortController();
    const aborted = places.of([[ref('Folder:group-v3')]], controller.signal);
    const other = places.of([[ref('Folder:group-v3')]], signal);
    controller.abort(new Error('stopped by the test'));
    await expect(aborted).rejects.toThrow('stopped by the test');
    expect(await other).toHaveLength(1);
    expect(collector.readings).toBe(1);
  });

  it('reads again after a failed reading', async () => {
    const collector = collectorOf([...ESTATE]);
    const failing = {
      ...collector,
      failures: 1,
      references() {
        return this.failures-- > 0 ? Promise.reject(new Error('cut')) : collector.references();
      },
    };
    const places = new Places(failing, ROOT, signal);
    await expect(places.of([[ROOT]], signal)).rejects.toThrow('cut');
    expect(await places.of([[ref('Folder:group-v3')]], signal)).toHaveLength(1);
  });
});
