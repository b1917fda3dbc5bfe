import { EstateBuilder, type ServerOptions } from './estate-builder.js';
import type { ModelEstate } from './model-estate.js';

const REGIONS = ['RegionOne', 'RegionTwo'];
const WEB_SERVERS = 16;

/** What servers are like beside running ones. */
const OTHERS: readonly [string, ServerOptions][] = [
  ['batch-1', { status: 'SHUTOFF' }],
  ['batch-2', { status: 'SHELVED_OFFLOADED' }],
  ['paused', { status: 'PAUSED' }],
  ['new', { status: 'BUILD', task: 'spawning' }],
  ['broken', { status: 'ERROR' }],
  ['leaving', { status: 'ACTIVE', task: 'powering-off' }],
];

/** A small private cloud: three projects in two regions. */
export function buildDemoEstate(): ModelEstate {
  const builder = new EstateBuilder();
  const admin = builder.project('admin');
  const projects = [builder.project('shop'), builder.project('laboratory')];
  for (const region of REGIONS) {
    const everywhere = { project: admin, region };
    builder.sharedNetwork(everywhere, 'public');
    for (const name of ['debian-13', 'ubuntu-26.04']) builder.image(everywhere, name, 'public');
    for (const name of ['m1.small', 'm1.medium']) builder.flavor(everywhere, name);
    for (const name of ['compute-1', 'compute-2']) builder.hypervisor(everywhere, name);
    for (const project of projects) {
      const where = { project, region };
      const servers = Array.from({ length: WEB_SERVERS }, (_, number) =>
        builder.server(where, `${project.name}-web-${String(number + 1).padStart(2, '0')}`, {
          metadata: { team: project.name },
          host: `compute-${String(1 + (number % 2))}`,
        }),
      );
      for (const [name, options] of OTHERS) builder.server(where, `${project.name}-${name}`, options);
      const [first] = servers;
      builder.network(where, `${project.name}-net`, first?.id);
      const volume = builder.volume(where, `${project.name}-data`, first?.id);
      builder.snapshot(where, `${project.name}-data-daily`, volume.id);
      builder.image(where, `${project.name}-golden`);
      builder.serverGroup(
        where,
        `${project.name}-apart`,
        servers.slice(0, 2).map(({ id }) => id),
      );
      builder.services(where, project.name);
    }
    for (const user of ['admin', 'member']) builder.keypair(everywhere, `laptop of ${user}`, user);
  }
  return builder.estate;
}
