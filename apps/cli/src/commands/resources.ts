import type { Command } from 'commander';

import type { MusterClient, Schemas } from '../client.js';
import { type Column, field, timeField } from '../output/column.js';
import { collect, parseCount } from '../parse-option.js';
import type { Session } from '../session.js';
import { type Vendor, vendorArgument, VENDORS } from '../vendors.js';

type Resource = Schemas['Resource'];

const COLUMNS: readonly Column<Resource>[] = [
  field('id'),
  field('name'),
  field('vendor'),
  field('type'),
  field('region_id'),
  field('resource_id'),
  { ...timeField('create_time'), wide: true },
  { ...field('datasource'), wide: true },
];

const DETAILS: readonly Column<Schemas['ResourceDetails']>[] = [
  field('id'),
  field('resource_id'),
  field('name'),
  field('vendor'),
  field('type'),
  field('region_id'),
  field('zone_id'),
  field('status'),
  field('native_status'),
  { name: 'addresses', of: ({ addresses }) => addresses.join(', ') },
  { name: 'tags', of: ({ tags }) => JSON.stringify(tags) },
  timeField('create_time'),
  timeField('first_seen_at'),
  timeField('changed_at'),
  { name: 'deleted_at', of: ({ deletion }) => deletion?.deleted_at },
  { name: 'properties', of: ({ properties }) => JSON.stringify(properties) },
];

interface Filters {
  type?: string;
  id?: string[];
  name?: string[];
  region?: string[];
}

/** `muster resources`. */
export function addResources(program: Command, session: Session): void {
  const resources = program.command('resources').description('the inventory: what the vendors have');
  filtered(resources.command('list', { isDefault: true }))
    .description('list resources, of one vendor or of all')
    .option('--limit <count>', 'at most so many; by default all', parseCount)
    .action(async (vendor: Vendor | undefined, { limit, ...filters }: Filters & { limit?: number }) => {
      const client = await session.client();
      await session.list(everyResource(client, vendor, filters), COLUMNS, limit);
    });
  filtered(resources.command('count'))
    .description('count resources, of one vendor or of all')
    .action(async (vendor: Vendor | undefined, filters: Filters) => {
      const client = await session.client();
      let count = 0;
      for (const each of vendor === undefined ? VENDORS : [vendor]) {
        const params = { query: { vendor: each, ...toQuery(filters) } };
        count += (await client.get('/v1/multicloud-resources/count', { params })).data;
      }
      await session.tell('count', count);
    });
  resources
    .command('show')
    .description('show all that is known of a resource, also when it is gone')
    .argument('<id>', "Muster's id of it")
    .action(async (id: string) => {
      const client = await session.client();
      const { data } = await client.get('/v1/multicloud-resources/{id}', { params: { path: { id } } });
      await session.show(data, DETAILS);
    });
}

function filtered(command: Command): Command {
  return command
    .addArgument(vendorArgument('[vendor]'))
    .option('--type <type>', 'only of this type, as docs/resource-types.md names it')
    .option('--id <id>', 'only with this id at the vendor; repeated for several', collect)
    .option('--name <name>', 'only of this whole name; repeated for several', collect)
    .option('--region <region>', 'only in this region; repeated for several', collect);
}

async function* everyResource(
  client: MusterClient,
  vendor: Vendor | undefined,
  filters: Filters,
): AsyncGenerator<Resource> {
  for (const each of vendor === undefined ? VENDORS : [vendor]) {
    const params = { query: { vendor: each, ...toQuery(filters) } };
    yield* client.each('/v1/multicloud-resources', { params });
  }
}

function toQuery({ type, id, name, region }: Filters) {
  return {
    ...(type === undefined ? {} : { type }),
    ...(id === undefined ? {} : { resource_id_list: id }),
    ...(name === undefined ? {} : { name_list: name }),
    ...(region === undefined ? {} : { region_id_list: region }),
  };
}
