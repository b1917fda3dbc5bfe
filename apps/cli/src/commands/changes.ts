import type { Command } from 'commander';

import type { Schemas } from '../client.js';
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

interface ChangesOptions {
  task?: string;
  resource?: string;
  limit?: number;
}

/** `muster changes`. */
export function addChanges(program: Command, session: Session): void {
  program
    .command('changes')
    .description('what a sync changed, oldest first, or what happened to a resource, newest first')
    .option('--task <task>', 'the id of the task')
    .option('--resource <id>', "Muster's id of the resource")
    .option('--limit <count>', 'at most so many; by default all', parseCount)
    .action(async ({ task, resource, limit }: ChangesOptions) => {
      if ((task === undefined) === (resource === undefined))
        throw usageError('say --task TASK or --resource ID');
      const client = await session.client();
      const changes =
        task === undefined
          ? client.each('/v1/multicloud-resources/{id}/changes', { params: { path: { id: resource ?? '' } } })
          : client.each('/v1/multicloud-resources/sync/{task_id}/changes', {
              params: { path: { task_id: task } },
            });
      await session.list(changes, COLUMNS, limit);
    });
}
