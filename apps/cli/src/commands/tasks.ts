import { type Command, Option } from 'commander';

import { type Column, field, timeField } from '../output/column.js';
import { collect, parseCount, parseSince } from '../parse-option.js';
import type { Session } from '../session.js';
import { type Vendor, vendorArgument } from '../vendors.js';
import type { Task } from '../watch/follow-task.js';
import { watchTask } from '../watch/watch-task.js';
import { showPlan } from './show-plan.js';
import { showTask, TASK_COLUMNS } from './show-task.js';
import { type Unit, unitsOf } from './units-of.js';

const STATES: readonly Task['state'][] = ['QUEUED', 'RUNNING', 'SUCCEEDED', 'PARTIAL', 'FAILED', 'CANCELLED'];
const TRIGGERS: readonly Task['trigger'][] = ['api', 'schedule', 'rpc'];

const UNITS: readonly Column<Unit>[] = [
  field('account_id'),
  field('scope'),
  field('type'),
  field('state'),
  field('seen'),
  field('created'),
  field('updated'),
  field('unchanged'),
  field('deleted'),
  field('held_deletes'),
  field('attempts_total'),
  { name: 'error', of: ({ error }) => error?.message },
  { ...field('id'), wide: true },
  { ...timeField('started_at'), wide: true },
  { ...timeField('finished_at'), wide: true },
];

interface ListOptions {
  state?: Task['state'][];
  trigger?: Task['trigger'];
  since?: string;
  limit?: number;
}

/** `muster tasks`. */
export function addTasks(program: Command, session: Session): void {
  const tasks = program.command('tasks').description('syncs that were asked for, by hand or by a schedule');
  addList(tasks, session);
  addReading(tasks, session);
  tasks
    .command('watch')
    .description('follow a task to its end, show how it is going, and end as it did')
    .argument('<task>', 'the id of the task')
    .action(async (taskId: string) => {
      await showTask(session, await watchTask(session, await session.client(), taskId));
    });
  tasks
    .command('cancel')
    .description('end a task; what it has written stays')
    .argument('<task>', 'the id of the task')
    .action(async (taskId: string) => {
      const params = { path: { task_id: taskId } };
      const client = await session.client();
      const { data } = await client.post('/v1/multicloud-resources/sync/{task_id}/cancel', { params });
      await session.tell('task_id', data);
    });
  tasks
    .command('retry')
    .description('try again what failed of a task that is over')
    .argument('<task>', 'the id of the task')
    .option('--watch', 'follow it to its end, show how it is going, and end as it did')
    .action(async (taskId: string, { watch }: { watch?: true }) => {
      const params = { path: { task_id: taskId } };
      const client = await session.client();
      const { data } = await client.post('/v1/multicloud-resources/sync/{task_id}/retry', { params });
      if (watch === undefined) return session.tell('task_id', data);
      return showTask(session, await watchTask(session, client, data));
    });
}

function addList(tasks: Command, session: Session): void {
  tasks
    .command('list', { isDefault: true })
    .description('list tasks, the newest first')
    .addArgument(vendorArgument('[vendor]'))
    .argument('[account]', "the account's id at the vendor")
    .addOption(
      new Option('--state <state>', 'only in this state; repeated for several')
        .choices(STATES)
        .argParser((value: string, before?: string[]) => collect(value.toUpperCase(), before)),
    )
    .addOption(new Option('--trigger <trigger>', 'only asked for by').choices(TRIGGERS))
    .option('--since <time>', 'only asked for since: 2026-01-31T08:00:00Z, or 24h ago', parseSince)
    .option('--limit <count>', 'at most so many; by default all', parseCount)
    .action(async (vendor: Vendor | undefined, account: string | undefined, options: ListOptions) => {
      const { limit, ...filter } = options;
      const client = await session.client();
      const query = {
        ...(vendor === undefined ? {} : { vendor }),
        ...(account === undefined ? {} : { account_id: account }),
        ...filter,
      };
      await session.list(
        client.each('/v1/multicloud-resources/sync', { params: { query } }),
        TASK_COLUMNS,
        limit,
      );
    });
}

function addReading(tasks: Command, session: Session): void {
  const read = async (taskId: string): Promise<Task> => {
    const params = { path: { task_id: taskId } };
    const client = await session.client();
    return (await client.get('/v1/multicloud-resources/sync/{task_id}', { params })).data;
  };
  tasks
    .command('show')
    .description('show a task, and why it is not the whole truth')
    .argument('<task>', 'the id of the task')
    .action(async (taskId: string) => showTask(session, await read(taskId)));
  tasks
    .command('units')
    .description('list the parts of a task: what was listed where, and what went wrong')
    .argument('<task>', 'the id of the task')
    .action(async (taskId: string) => session.list(unitsOf(await read(taskId)), UNITS));
  tasks
    .command('plan')
    .description('show what a sync would do, of a task of muster sync --plan')
    .argument('<task>', 'the id of the task')
    .action(async (taskId: string) => showPlan(session, await session.client(), taskId));
}
