import { type Command, InvalidArgumentError, Option } from 'commander';

import type { Schemas } from '../client.js';
import { usageError } from '../command-error.js';
import { type Column, field, timeField } from '../output/column.js';
import { parseCount, parseSeconds } from '../parse-option.js';
import type { Session } from '../session.js';
import { readSecret, takesSecret } from '../settings/read-secret.js';

type Webhook = Schemas['Webhook'];
type EventType = Webhook['types'][number];

/** Every event, in the order of docs/following.md. A record, so that one that is missing does not compile. */
const EVENTS: Readonly<Record<EventType, true>> = {
  'resources.changed': true,
  'task.finished': true,
  'task.retried': true,
  'prune.held': true,
  'prune.decided': true,
  'prune.undone': true,
  'account.cleared': true,
};

const COLUMNS: readonly Column<Webhook>[] = [
  field('id'),
  field('name'),
  field('url'),
  { name: 'types', of: ({ types }) => types.join(' '), shown: ({ types }) => types.join(' ') || 'all' },
  field('paused'),
  field('attempts'),
  field('dead_letters'),
  timeField('delivered_at'),
  field('failure'),
  { ...timeField('next_attempt_at'), wide: true },
  { ...timeField('failed_at'), wide: true },
  { ...timeField('former_secret_until'), wide: true },
  { ...timeField('create_time'), wide: true },
  { ...timeField('update_time'), wide: true },
];

const DETAILS = COLUMNS.map(({ wide: _wide, ...column }) => column);

const ROTATION: readonly Column<Schemas['SecretRotation']>[] = [timeField('former_secret_until')];

const DEAD_LETTERS: readonly Column<Schemas['DeadLetter']>[] = [
  field('id'),
  timeField('at'),
  { name: 'type', of: ({ message }) => text(message['type']) },
  { name: 'subject', of: ({ message }) => text(message['subject']) },
  field('attempts'),
  field('failure'),
  field('replaying'),
  { name: 'message', of: ({ message }) => JSON.stringify(message), wide: true },
];

interface Terms {
  name?: string;
  url?: string;
  urlFile?: string;
  urlEnv?: string;
  type?: EventType[];
  allTypes?: true;
}

/** `muster webhooks`. */
export function addWebhooks(program: Command, session: Session): void {
  const webhooks = program
    .command('webhooks')
    .description('receivers of yours that are told what happens, as it happens');
  addReading(webhooks, session);
  addAdding(webhooks, session);
  addChanging(webhooks, session);
  addSteps(webhooks, session);
  addSecret(webhooks, session);
  addDeadLetters(webhooks, session);
}

function addReading(webhooks: Command, session: Session): void {
  webhooks
    .command('list', { isDefault: true })
    .description('list webhooks, the oldest first')
    .action(async () => {
      const client = await session.client();
      await session.list(client.each('/v1/webhooks'), COLUMNS);
    });
  ofWebhook(webhooks.command('show'))
    .description('show a webhook, and how it is doing')
    .action(async (id: string) => {
      const client = await session.client();
      const { data } = await client.get('/v1/webhooks/{id}', { params: { path: { id } } });
      await session.show(data, DETAILS);
    });
}

function addAdding(webhooks: Command, session: Session): void {
  const command = webhooks
    .command('add')
    .description('have a receiver told of what happens from now on')
    .argument('<name>', 'what people call it');
  takesTerms(command).action(async (name: string, terms: Terms) => {
    const client = await session.client();
    const { data: id } = await client.post('/v1/webhooks', {
      params: { header: { 'Idempotency-Key': crypto.randomUUID() } },
      body: { name, url: await readUrl(terms, session), types: typesOf(terms, []) },
    });
    await session.tell('id', id);
    session.note(`What its receiver verifies messages with: muster webhooks secret ${id}`);
  });
}

function addChanging(webhooks: Command, session: Session): void {
  const command = ofWebhook(webhooks.command('change'))
    .description('change what is given of a webhook; what it has not taken yet is tried at once')
    .option('--name <name>', 'what people call it');
  takesTerms(command).action(async (id: string, terms: Terms) => {
    if (Object.keys(terms).length === 0) {
      throw usageError(
        'nothing is said to be changed',
        'Give --name, --url, --url-file, --url-env, --type or --all-types.',
      );
    }
    const client = await session.client();
    const params = { path: { id } };
    const { data: before } = await client.get('/v1/webhooks/{id}', { params });
    const { data } = await client.put('/v1/webhooks/{id}', {
      params,
      body: {
        name: terms.name ?? before.name,
        url: isUrlGiven(terms) ? await readUrl(terms, session) : before.url,
        types: typesOf(terms, before.types),
      },
    });
    await session.tell('id', data);
  });
}

function addSteps(webhooks: Command, session: Session): void {
  const steps = {
    pause: 'tell it nothing until it is resumed',
    resume: 'go on from where it was paused, with all that came meanwhile',
  } as const;
  for (const verb of ['pause', 'resume'] as const) {
    ofWebhook(webhooks.command(verb))
      .description(steps[verb])
      .action(async (id: string) => {
        const client = await session.client();
        const { data } = await client.post(`/v1/webhooks/{id}/${verb}`, { params: { path: { id } } });
        await session.tell('id', data);
      });
  }
  ofWebhook(webhooks.command('remove'))
    .description('remove a webhook, with its dead letters')
    .action(async (id: string) => {
      const client = await session.client();
      const { data } = await client.delete('/v1/webhooks/{id}', { params: { path: { id } } });
      await session.tell('id', data);
    });
}

function addSecret(webhooks: Command, session: Session): void {
  ofWebhook(webhooks.command('secret'))
    .description('tell the secret that its messages are signed with: for its receiver')
    .action(async (id: string) => {
      const client = await session.client();
      const { data } = await client.get('/v1/webhooks/{id}/secret', { params: { path: { id } } });
      await session.tell('secret', data);
    });
  ofWebhook(webhooks.command('rotate'))
    .description('sign with another secret from now on, and for a time with the one before as well')
    .option('--overlap <time>', 'that time: 2d, a day by default, 0s for none', parseSeconds)
    .action(async (id: string, { overlap }: { overlap?: number }) => {
      const client = await session.client();
      const query = overlap === undefined ? {} : { overlap_seconds: overlap };
      const { data } = await client.post('/v1/webhooks/{id}/secret/rotate', {
        params: { path: { id }, query },
      });
      await session.show(data, ROTATION);
      session.note(`The new one, for its receiver: muster webhooks secret ${id}`);
    });
}

function addDeadLetters(webhooks: Command, session: Session): void {
  ofWebhook(webhooks.command('dead-letters'))
    .description('list messages that it never took, the oldest first')
    .option('--limit <count>', 'at most so many; by default all', parseCount)
    .action(async (id: string, { limit }: { limit?: number }) => {
      const client = await session.client();
      const params = { path: { id } };
      await session.list(client.each('/v1/webhooks/{id}/dead-letters', { params }), DEAD_LETTERS, limit);
    });
  ofWebhook(webhooks.command('replay'))
    .description('send dead letters again; tells how many')
    .argument('[dead-letter]', 'the id of one of them; without it, all')
    .action(async (id: string, letterId: string | undefined) => {
      const client = await session.client();
      const { data } = await client.post('/v1/webhooks/{id}/dead-letters/replay', {
        params: { path: { id } },
        body: letterId === undefined ? {} : { dead_letter_id: letterId },
      });
      await session.tell('replayed', data);
    });
}

function ofWebhook(command: Command): Command {
  return command.argument('<webhook>', 'the id of the webhook');
}

/** Where it leads to, and what it is told of. A URL may have a key in it: then it is given like a secret. */
function takesTerms(command: Command): Command {
  command.option('--url <url>', 'where messages are posted to, if there is no key in it');
  return takesSecret(command, 'url')
    .addOption(
      new Option('--type <type>', 'only told of these events; repeated for several')
        .choices(Object.keys(EVENTS))
        .argParser((value: string, before?: EventType[]) => [...(before ?? []), parseEvent(value)]),
    )
    .option('--all-types', 'told of all events, which it is by default');
}

function isUrlGiven({ url, urlFile, urlEnv }: Terms): boolean {
  return url !== undefined || urlFile !== undefined || urlEnv !== undefined;
}

async function readUrl(
  { url, urlFile: file, urlEnv: variable }: Terms,
  { surroundings }: Session,
): Promise<string> {
  if (url === undefined) return readSecret('url', { file, variable }, surroundings);
  if (file === undefined && variable === undefined) return url;
  throw usageError('give --url, or the URL by another option');
}

/** None stands for all. */
function typesOf({ type, allTypes }: Terms, before: readonly EventType[]): EventType[] {
  if (type !== undefined && allTypes === true) throw usageError('give --type or --all-types, not both');
  if (allTypes === true) return [];
  return type ?? [...before];
}

function parseEvent(word: string): EventType {
  const known = (Object.keys(EVENTS) as EventType[]).find((each) => each === word);
  if (known !== undefined) return known;
  throw new InvalidArgumentError(`Events are ${Object.keys(EVENTS).join(', ')}.`);
}

/** Of a message, which the API leaves open. */
function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
