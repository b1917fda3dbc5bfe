import type { Command } from 'commander';

import type { Schemas } from '../client.js';
import { usageError } from '../command-error.js';
import { type Column, field, timeField } from '../output/column.js';
import { parseCount, parseSeconds } from '../parse-option.js';
import type { Session } from '../session.js';
import { type Vendor, vendorArgument } from '../vendors.js';
import { watchTask } from '../watch/watch-task.js';
import { showTask } from './show-task.js';

const COLUMNS: readonly Column<Schemas['Schedule']>[] = [
  field('id'),
  field('vendor'),
  { ...field('account_id'), shown: ({ account_id: accountId }) => accountId ?? 'all' },
  field('cron'),
  field('interval_seconds'),
  field('time_zone'),
  field('jitter_seconds'),
  field('paused'),
  timeField('next_run_at'),
  field('source'),
];

const DETAILS: readonly Column<Schemas['ScheduleDetails']>[] = [
  ...COLUMNS,
  { name: 'next_runs', of: ({ next_runs: times }) => times.join(', ') },
];

const RUNS: readonly Column<Schemas['ScheduleRun']>[] = [
  timeField('at'),
  field('trigger'),
  timeField('due_at'),
  field('outcome'),
  field('reason'),
  field('task_id'),
  field('task_state'),
];

interface AddOptions {
  cron?: string;
  every?: number;
  timeZone?: string;
  jitter?: number;
}

/** `muster schedules`. */
export function addSchedules(program: Command, session: Session): void {
  const schedules = program.command('schedules').description('syncs that are started again and again');
  addReading(schedules, session);
  addAdding(schedules, session);
  const steps = {
    pause: 'let nothing be due until it is resumed',
    resume: 'go on from the next time',
  } as const;
  for (const verb of ['pause', 'resume'] as const) {
    schedules
      .command(verb)
      .description(steps[verb])
      .argument('<schedule>', 'the id of the schedule')
      .action(async (id: string) => {
        const client = await session.client();
        const { data } = await client.post(`/v1/schedules/{id}/${verb}`, { params: { path: { id } } });
        await session.tell('id', data);
      });
  }
  schedules
    .command('run')
    .description('start its sync now; tells the id of the task')
    .argument('<schedule>', 'the id of the schedule')
    .option('--watch', 'follow it to its end, show how it is going, and end as it did')
    .action(async (id: string, { watch }: { watch?: true }) => {
      const client = await session.client();
      const { data: taskId } = await client.post('/v1/schedules/{id}/run', { params: { path: { id } } });
      if (watch === undefined) return session.tell('task_id', taskId);
      return showTask(session, await watchTask(session, client, taskId));
    });
  schedules
    .command('remove')
    .description('remove a schedule, with its history')
    .argument('<schedule>', 'the id of the schedule')
    .action(async (id: string) => {
      const client = await session.client();
      const { data } = await client.delete('/v1/schedules/{id}', { params: { path: { id } } });
      await session.tell('id', data);
    });
}

function addReading(schedules: Command, session: Session): void {
  schedules
    .command('list', { isDefault: true })
    .description('list schedules')
    .addArgument(vendorArgument('[vendor]'))
    .argument('[account]', "the account's id at the vendor")
    .action(async (vendor: Vendor | undefined, account: string | undefined) => {
      const client = await session.client();
      const query = {
        ...(vendor === undefined ? {} : { vendor }),
        ...(account === undefined ? {} : { account_id: account }),
      };
      await session.list(client.each('/v1/schedules', { params: { query } }), COLUMNS);
    });
  schedules
    .command('show')
    .description('show a schedule, and when it starts next')
    .argument('<schedule>', 'the id of the schedule')
    .action(async (id: string) => {
      const client = await session.client();
      const { data } = await client.get('/v1/schedules/{id}', { params: { path: { id } } });
      await session.show(data, DETAILS);
    });
  schedules
    .command('runs')
    .description('list what came of its times, the newest first')
    .argument('<schedule>', 'the id of the schedule')
    .option('--limit <count>', 'at most so many; by default all', parseCount)
    .action(async (id: string, { limit }: { limit?: number }) => {
      const client = await session.client();
      await session.list(client.each('/v1/schedules/{id}/runs', { params: { path: { id } } }), RUNS, limit);
    });
}

function addAdding(schedules: Command, session: Session): void {
  schedules
    .command('add')
    .description('sync an account, or all accounts of a vendor, again and again')
    .addArgument(vendorArgument('<vendor>'))
    .argument('[account]', "the account's id at the vendor; without it, all that there are then")
    .option('--cron <line>', 'five fields: minute, hour, day of month, month, day of week')
    .option('--every <time>', 'the time between two starts instead: 15m, 6h, 1d', parseSeconds)
    .option('--time-zone <zone>', 'of the cron line, such as Europe/Berlin; UTC by default')
    .option('--jitter <time>', 'by how much each start may be put off, at random', parseSeconds)
    .action(async (vendor: Vendor, account: string | undefined, options: AddOptions) => {
      const { cron, every, timeZone, jitter } = options;
      if ((cron === undefined) === (every === undefined)) throw usageError('say --cron LINE or --every TIME');
      const client = await session.client();
      const { data: id } = await client.post('/v1/schedules', {
        params: { header: { 'Idempotency-Key': crypto.randomUUID() } },
        body: {
          vendor,
          ...(account === undefined ? {} : { account_id: account }),
          ...(cron === undefined ? {} : { cron }),
          ...(every === undefined ? {} : { interval_seconds: every }),
          ...(timeZone === undefined ? {} : { time_zone: timeZone }),
          ...(jitter === undefined ? {} : { jitter_seconds: jitter }),
        },
      });
      await session.tell('id', id);
    });
}
