import type { Command } from 'commander';

import type { MusterClient, Schemas } from '../client.js';
import { usageError } from '../command-error.js';
import { type Column, field, timeField } from '../output/column.js';
import { parseCount } from '../parse-option.js';
import type { Session } from '../session.js';
import { followChanges, PAGE_SIZE } from '../watch/follow-changes.js';

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
  after?: string;
  limit?: number;
  follow?: true;
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
    .option('--after <id>', 'of all: those behind the change of this id; latest: from now on')
    .option('--limit <count>', 'at most so many; by default all', parseCount)
    .option('--follow', 'of all: go on with those that come, until Ctrl-C or the limit')
    .action(async (options: ChangesOptions) => {
      const { task, resource, after, limit, follow } = options;
      refuseMixed(options, session);
      const client = await session.client();
      if (follow === true) return followAll(session, client, options);
      if (resource !== undefined) {
        const params = { path: { id: resource } };
        const changes = client.each('/v1/multicloud-resources/{id}/changes', { params });
        return session.list(changes, COLUMNS, limit);
      }
      if (task !== undefined) {
        const params = { path: { task_id: task } };
        const changes = client.each('/v1/multicloud-resources/sync/{task_id}/changes', { params });
        return session.list(changes, COLUMNS, limit);
      }
      return session.list(changesAfter(client, after), FEED_COLUMNS, limit);
    });
}

/** @throws {CommandError} when the options do not go together. */
function refuseMixed({ task, resource, after, follow }: ChangesOptions, { options }: Session): void {
  if (task !== undefined && resource !== undefined) throw usageError('say --task TASK or --resource ID');
  const isOfOne = task !== undefined || resource !== undefined;
  for (const [name, isGiven] of [
    ['--after', after !== undefined],
    ['--follow', follow === true],
  ] as const) {
    if (isOfOne && isGiven) throw usageError(`${name} is for all changes, without --task and --resource`);
  }
  if (follow === true && options.output === 'json') {
    throw usageError('--follow has no end, and so is no JSON array', 'Take --output jsonl: a change a line.');
  }
}

/** Writes changes as they come. However it ends, people are told how to go on without a gap. */
async function followAll(session: Session, client: MusterClient, options: ChangesOptions): Promise<void> {
  const { signal } = session.surroundings;
  const { after, limit = Infinity } = options;
  let written = after;
  async function* pages(): AsyncGenerator<Schemas['FeedChange'][], void> {
    const onOutage = ({ message }: Error) => session.note(`${message}; trying again`);
    for await (const page of followChanges(client, { after, limit, signal, onOutage })) {
      if (page.data.length > 0) yield page.data;
      written = page.next_marker;
    }
  }
  try {
    await session.listPages(pages(), FEED_COLUMNS);
  } finally {
    if (written !== undefined) session.note(`To go on: muster changes --follow --after ${written}`);
  }
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
