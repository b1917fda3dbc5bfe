import type { Command } from 'commander';

import type { MusterClient, Schemas } from '../client.js';
import { usageError } from '../command-error.js';
import { type Column, field, timeField } from '../output/column.js';
import { parseCount } from '../parse-option.js';
import type { Session } from '../session.js';

const COLUMNS: readonly Column<Schemas['Change']>[] = [
  timeField('at'),
  field('kind'),
  field('type'),
  field('name'),
  field('resource_id'),
  {
    name: 'patch',
    of: ({ patch }) => (patch === null ? null : JSON.stringify(patch)),
    shown: ({ patch }) => patch?.map(({ path }) => path).join(' '),
  },
  { ...field('id'), wide: true },
  { ...field('cmdb_resource_id'), wide: true },
  { ...field('task_id'), wide: true },
  { ...field('unit_id'), wide: true },
];

/** The API's largest. */
const PAGE_SIZE = 500;

interface ChangesOptions {
  task?: string;
  resource?: string;
  after?: string;
  limit?: number;
}

const FEED_COLUMNS: readonly Column<Schemas['FeedChange']>[] = [
  ...COLUMNS,
  { ...field('vendor'), wide: true },
  { ...field('account_id'), wide: true },
];

/** `muster changes`. */
export function addChanges(program: Command, session: Session): void {
  program
    .command('changes')
    .description('what changed, oldest first: all of it, or by one sync; or of one resource, newest first')
    .option('--task <task>', 'the id of the task')
    .option('--resource <id>', "Muster's id of the resource")
    .option('--after <id>', 'of all: those behind the change of this id')
    .option('--limit <count>', 'at most so many; by default all', parseCount)
    .action(async ({ task, resource, after, limit }: ChangesOptions) => {
      const isOfOne = task !== undefined || resource !== undefined;
      if (task !== undefined && resource !== undefined) throw usageError('say --task TASK or --resource ID');
      if (isOfOne && after !== undefined)
        throw usageError('--after is for all changes, without --task and --resource');
      const client = await session.client();
      if (!isOfOne) {
        await session.list(changesAfter(client, after), FEED_COLUMNS, limit);
        return;
      }
      const changes =
        task === undefined
          ? client.each('/v1/multicloud-resources/{id}/changes', { params: { path: { id: resource ?? '' } } })
          : client.each('/v1/multicloud-resources/sync/{task_id}/changes', {
              params: { path: { task_id: task } },
            });
      await session.list(changes, COLUMNS, limit);
    });
}

/** All changes behind one, up to the last there is; without one, from the oldest that is kept on. */
async function* changesAfter(
  client: MusterClient,
  after: string | undefined,
): AsyncGenerator<Schemas['FeedChange'], void> {
  for (let marker = after; ;) {
    const query = { limit: PAGE_SIZE, ...(marker === undefined ? {} : { marker }) };
    const page = await client.get('/v1/multicloud-resources/changes', { params: { query } });
    yield* page.data;
    if (page.data.length === 0) return;
    marker = page.next_marker;
  }
}
