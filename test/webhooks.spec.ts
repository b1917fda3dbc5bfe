import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Webhook as StandardWebhook, WebhookVerificationError } from 'standardwebhooks';

import type { Schemas } from '#client';
import { OutboxRepository, RetentionRepository } from '#database';

import { issueApiKey } from '../apps/api/test/support/issue-credential.js';
import { eventsSettled } from './support/events-settled.js';
import { eventually } from './support/eventually.js';
import { gate } from './support/gate.js';
import { Scrape } from './support/scrape.js';
import { items, pagesOf, scriptedAccount, ScriptedVendor } from './support/scripted-vendor.js';
import { TestMuster } from './support/test-muster.js';

type Webhook = Schemas['Webhook'];
type DeadLetters = Schemas['DeadLetterList'];
interface CloudEvent {
  id: string;
  type: string;
  subject: string;
  data: Record<string, unknown>;
}

const HOOKS = '/v1/webhooks';
const A = { vendor: 'VMWARE', account_id: 'a' } as const;

interface Received {
  headers: IncomingHttpHeaders;
  body: string;
  event: CloudEvent;
}

/** A receiver that answers as it is told, by default that it has taken the message. */
class Receiver {
  readonly received: Received[] = [];
  /** What the next answers are; when there are none, 204. Null: none at all. */
  answers: (number | null)[] = [];
  /** What all others are, when set. */
  always: number | undefined;
  headers: Record<string, string> = {};
  /** What it waits for before it answers. */
  hold: Promise<void> | undefined;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<Receiver> {
    const server = createServer();
    const receiver = new Receiver(server);
    server.on('request', (request, response) => {
      void text(request).then(async (body) => {
        receiver.received.push({ headers: request.headers, body, event: JSON.parse(body) as CloudEvent });
        const status = receiver.answers.length > 0 ? receiver.answers.shift() : (receiver.always ?? 204);
        await receiver.hold;
        if (status !== null && status !== undefined) response.writeHead(status, receiver.headers).end();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}/hook?key=query-secret`;
  }

  get types(): string[] {
    return this.received.map(({ event }) => event.type);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

/** By which of the secrets a receiver accepts a message, and how many signatures it has. */
function acceptedBy({ headers, body }: Received, secrets: Record<string, string>): [string[], number] {
  const accepts = (secret: string) => {
    try {
      return new StandardWebhook(secret).verify(body, headers as Record<string, string>) !== undefined;
    } catch (error) {
      if (error instanceof WebhookVerificationError) return false;
      throw error;
    }
  };
  const names = Object.keys(secrets).filter((name) => accepts(secrets[name] ?? ''));
  return [names, String(headers['webhook-signature']).split(' ').length];
}

describe('webhooks', () => {
  let muster: TestMuster;
  let vendor: ScriptedVendor;
  let receiver: Receiver;

  beforeAll(async () => {
    vendor = new ScriptedVendor();
    const metrics = { host: '127.0.0.1', port: 0, accounts: 0 };
    muster = await TestMuster.start({ adapters: vendor.adapters, metrics });
    await muster.addAccount(scriptedAccount('a'));
  });
  afterAll(() => muster.close());

  beforeEach(async () => {
    vendor.scripts['things'] = pagesOf([items('t', 3)]);
    receiver = await Receiver.start();
  });
  afterEach(async () => {
    const { data } = (await muster.call<{ data: Webhook[] }>('GET', `${HOOKS}?limit=100`)).body;
    for (const { id } of data) await muster.call('DELETE', `${HOOKS}/${id}`);
    await receiver.close();
  });

  const done = async <Data>(method: string, path: string, body?: object): Promise<Data> => {
    const answer = await muster.call<{ data: Data }>(method, path, body === undefined ? {} : { body });
    expect([answer.status, answer.body]).toEqual([200, expect.anything()]);
    return answer.body.data;
  };
  /** Told of nothing that has happened before. */
  const add = async (terms: Partial<Schemas['WebhookTerms']> = {}) => {
    await eventsSettled(muster.sql);
    return done<string>('POST', HOOKS, { name: 'Hook', url: receiver.url, ...terms });
  };
  const show = (id: string) => done<Webhook>('GET', `${HOOKS}/${id}`);
  const told = (count: number) =>
    eventually(`${String(count)} messages come`, () => receiver.received.length >= count);

  it('are told of what happens from then on, signed, as CloudEvents', async () => {
    await muster.sync(A);
    const id = await add();
    const secret = await done<string>('GET', `${HOOKS}/${id}/secret`);
    vendor.scripts['things'] = pagesOf([items('new', 3)]);
    const task = await muster.sync(A);
    await eventually('the end is told', () => receiver.types.includes('muster.task.finished'));

    const [first] = receiver.received;
    expect(first?.event).toEqual({
      specversion: '1.0',
      id: expect.stringMatching(/^[\w-]{22}$/),
      source: expect.stringMatching(/^urn:muster:tenant:[0-9a-f-]{36}$/),
      type: 'muster.resources.changed',
      subject: 'accounts/VMWARE/a',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      datacontenttype: 'application/json',
      data: {
        vendor: 'VMWARE',
        account_id: 'a',
        task_id: task.task_id,
        unit_id: task.accounts[0]?.units[0]?.id,
        resource_type: 'things',
        counts: { created: 3, updated: 0, restored: 0, deleted: 0 },
      },
    });
    expect(receiver.received.at(-1)?.event).toMatchObject({
      subject: `tasks/${task.task_id}`,
      data: { account_id: null, mode: 'sync' },
    });
    for (const message of receiver.received) {
      const { headers, event } = message;
      expect(headers).toMatchObject({
        'content-type': 'application/cloudevents+json; charset=utf-8',
        'webhook-id': event.id,
      });
      expect(acceptedBy(message, { secret })).toEqual([['secret'], 1]);
    }
    await eventually('it is known', async () => (await show(id)).delivered_at !== null);
    expect(await show(id)).toMatchObject({ attempts: 0, failure: null, dead_letters: 0, paused: false });
  });

  it('are told of the types that they want', async () => {
    await add({ types: ['task.finished'] });
    vendor.scripts['things'] = pagesOf([items('x', 3)]);
    await muster.sync(A);
    await muster.sync(A);
    await told(2);
    expect(receiver.types).toEqual(['muster.task.finished', 'muster.task.finished']);
  });

  it('are told again until they take it, in order, and each once when they do', async () => {
    await add({ types: ['task.finished'] });
    receiver.answers = [500, 503, 302];
    const tasks = [(await muster.sync(A)).task_id, (await muster.sync(A)).task_id];
    await told(5);
    const subjects = receiver.received.map(({ event }) => event.subject.replace('tasks/', ''));
    expect(subjects).toEqual([tasks[0], tasks[0], tasks[0], tasks[0], tasks[1]]);
    expect(new Set(receiver.received.slice(0, 4).map(({ event }) => event.id)).size).toBe(1);
  });

  it('say how they fail, give up, and have it again when asked', async () => {
    const before = await Scrape.of(muster);
    const id = await add({ types: ['task.finished'] });
    receiver.always = 500;
    await muster.sync(A);
    const failing = await eventually('it fails', async () => {
      const webhook = await show(id);
      return webhook.failed_at === null ? undefined : webhook;
    });
    expect(failing.failure).toBe('The receiver answered with status 500.');
    await eventually('it is given up', async () => (await show(id)).dead_letters === 1);
    const letters = await done<DeadLetters['data']>('GET', `${HOOKS}/${id}/dead-letters?limit=10`);
    expect(letters).toMatchObject([
      { attempts: 12, failure: 'The receiver answered with status 500.', replaying: false },
    ]);
    expect(letters[0]?.message).toEqual(receiver.received[0]?.event);

    expect(await done('POST', `${HOOKS}/${id}/dead-letters/replay`, {})).toBe(1);
    await eventually('it was tried again', async () => {
      const [letter] = await done<DeadLetters['data']>('GET', `${HOOKS}/${id}/dead-letters?limit=10`);
      return letter?.attempts === 13 && !letter.replaying;
    });
    receiver.always = undefined;
    const sent = receiver.received.length;
    const letter = letters[0]?.id;
    expect(await done('POST', `${HOOKS}/${id}/dead-letters/replay`, { dead_letter_id: letter })).toBe(1);
    await eventually('it is taken', async () => (await show(id)).dead_letters === 0);
    expect(receiver.received.slice(sent).map(({ event }) => event.id)).toEqual([
      receiver.received[0]?.event.id,
    ]);
    const after = await Scrape.of(muster);
    const outcomes = ['failed', 'given_up', 'taken'].map((outcome) => {
      const counted = (scrape: Scrape) => scrape.sum('muster_webhook_deliveries_total', { outcome });
      return counted(after) - counted(before);
    });
    expect(outcomes).toEqual([11, 2, 1]);
  });

  it('delay nobody else when they hang', async () => {
    const other = await Receiver.start();
    try {
      await add({ types: ['task.finished'] });
      receiver.answers = Array<null>(20).fill(null);
      await add({ name: 'Other', url: other.url, types: ['task.finished'] });
      await muster.sync(A);
      await muster.sync(A);
      await eventually('the other is told', () => other.received.length === 2);
      expect(new Set(receiver.received.map(({ event }) => event.id)).size).toBeLessThanOrEqual(1);
    } finally {
      await other.close();
    }
  });

  it('are told by another worker once that which had them is taken for dead', async () => {
    const id = await add({ types: ['task.finished'] });
    await muster.sql.query(
      `UPDATE webhook SET lease_token = gen_random_uuid(), lease_until = now() + interval '2 seconds' WHERE id = $1`,
      [id],
    );
    await muster.sync(A);
    await told(1);
    await eventually('it is nobody’s', async () => {
      const found = await muster.sql.query<{ free: boolean }>(
        'SELECT lease_token IS NULL AS free FROM webhook WHERE id = $1',
        [id],
      );
      return found.rows[0]?.free;
    });
    expect(receiver.received).toHaveLength(1);
  });

  it('are told nothing while paused, then all of it', async () => {
    const id = await add({ types: ['task.finished'] });
    await done('POST', `${HOOKS}/${id}/pause`);
    await muster.sync(A);
    const other = await add({ name: 'Other', types: ['task.finished'] });
    await muster.sync(A);
    await told(1);
    await done('DELETE', `${HOOKS}/${other}`);
    expect(receiver.received).toHaveLength(1);
    await done('POST', `${HOOKS}/${id}/resume`);
    await told(3);
    expect(await show(id)).toMatchObject({ paused: false });
  });

  it('go on behind what was removed before it was told', async () => {
    const id = await add({ types: ['task.finished'] });
    await done('POST', `${HOOKS}/${id}/pause`);
    await muster.sync(A);
    const outbox = muster.api.app.get(OutboxRepository);
    await eventually('it may be read', async () => (await outbox.readAfter(undefined, 500)).length > 0);
    await muster.sql.query(`UPDATE outbox_event SET at = now() - interval '8 days'`);
    await eventually('all is removed', async () => {
      await muster.api.app.get(RetentionRepository).removeEvents(500);
      return (await muster.sql.query('SELECT 1 FROM outbox_event')).rowCount === 0;
    });
    await done('POST', `${HOOKS}/${id}/resume`);
    const { task_id: taskId } = await muster.sync(A);
    await told(1);
    expect(receiver.received.map(({ event }) => event.subject)).toEqual([`tasks/${taskId}`]);
    expect(muster.logs.join('')).toContain('events were removed before a webhook was told of them');
  });

  describe('with another secret', () => {
    const secretOf = (id: string) => done<string>('GET', `${HOOKS}/${id}/secret`);
    const rotate = (id: string, options = '') =>
      done<Schemas['SecretRotation']>('POST', `${HOOKS}/${id}/secret/rotate${options}`);
    /** Until when the former one is sealed in the database, by seconds from now; null when it is not there. */
    const kept = async (id: string) => {
      const found = await muster.sql.query<{ seconds: number | null; sealed: boolean }>(
        `SELECT extract(epoch FROM former_secret_until - now())::float8 AS seconds,
           sealed_former_secret IS NOT NULL AS sealed FROM webhook WHERE id = $1`,
        [id],
      );
      const { seconds, sealed } = found.rows[0]!;
      expect(sealed).toBe(seconds !== null);
      return seconds;
    };
    const next = async () => {
      const before = receiver.received.length;
      await muster.sync(A);
      await told(before + 1);
      return receiver.received[before]!;
    };

    /** Has two messages told in one go, the first of which is answered when the gate opens. */
    const holdFirstOfTwo = async (id: string, whilePaused?: () => Promise<unknown>) => {
      await done('POST', `${HOOKS}/${id}/pause`);
      await muster.sync(A);
      await muster.sync(A);
      await whilePaused?.();
      const hold = gate();
      receiver.hold = hold.opened;
      await done('POST', `${HOOKS}/${id}/resume`);
      await told(1);
      return hold;
    };

    it('are signed by the one before as well for a day, by one before that no longer', async () => {
      const id = await add({ types: ['task.finished'] });
      const first = await secretOf(id);
      expect(first).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
      const { former_secret_until: until } = await rotate(id);
      expect(Date.parse(until ?? '') - Date.now()).toBeGreaterThan(86_000_000);
      expect(await kept(id)).toBeGreaterThan(86_000);
      expect((await show(id)).former_secret_until).toBe(until);
      const second = await secretOf(id);
      expect(acceptedBy(await next(), { first, second })).toEqual([['first', 'second'], 2]);

      await rotate(id, '?overlap_seconds=604800');
      const third = await secretOf(id);
      expect(acceptedBy(await next(), { first, second, third })).toEqual([['second', 'third'], 2]);
    });

    it('are signed by it alone once the time of the one before is over, which is gone then', async () => {
      const id = await add({ types: ['task.finished'] });
      const first = await secretOf(id);
      const hold = await holdFirstOfTwo(id, () => rotate(id, '?overlap_seconds=1'));
      await eventually('it is over', async () => (await show(id)).former_secret_until === null);
      hold.open();
      await told(2);
      const second = await secretOf(id);
      expect(acceptedBy(receiver.received[1]!, { first, second })).toEqual([['second'], 1]);
      await eventually('it is removed', async () => (await kept(id)) === null);
    });

    it('are signed by it alone when asked', async () => {
      const id = await add({ types: ['task.finished'] });
      await rotate(id, '?overlap_seconds=1000');
      expect(await rotate(id, '?overlap_seconds=0')).toEqual({ former_secret_until: null });
      expect(await kept(id)).toBeNull();
      expect(acceptedBy(await next(), { present: await secretOf(id) })).toEqual([['present'], 1]);
    });

    it('are signed by it from the next message on, though more were about to be told', async () => {
      const id = await add({ types: ['task.finished'] });
      const first = await secretOf(id);
      const hold = await holdFirstOfTwo(id);
      await rotate(id, '?overlap_seconds=0');
      const second = await secretOf(id);
      hold.open();
      await told(2);
      const accepted = receiver.received.map((message) => acceptedBy(message, { first, second }));
      expect(accepted).toEqual([
        [['first'], 1],
        [['second'], 1],
      ]);
    });

    it.each(['-1', '604801', '1.5', '1h'])('refuse an overlap of %s', async (overlap) => {
      const id = await add();
      const answer = await muster.call('POST', `${HOOKS}/${id}/secret/rotate?overlap_seconds=${overlap}`);
      expect(answer).toMatchObject({
        status: 400,
        body: { error_code: 'COC.00010002', error_msg: expect.stringContaining('overlap_seconds') },
      });
    });
  });

  it('never show in logs where they lead to', async () => {
    await add();
    receiver.answers = [500];
    await muster.sync(A);
    await told(2);
    expect(muster.logs.join('')).not.toContain('query-secret');
  });

  it.each([
    [{ url: 'ftp://x' }, 'url must begin with https:// or http://'],
    [{ url: 'https://' }, 'url must begin with https:// or http://'],
    [{ url: 'https://:0' }, 'url: it is no URL'],
    [{ url: 'https://user:pass@hooks.example/' }, 'url: it must have no user, password or fragment'],
    [{ url: 'http://169.254.169.254/' }, 'ENDPOINT_ALLOWED_NETWORKS'],
    [{ url: 'http://10.0.0.1/' }, 'url: 10.0.0.1 is a private address'],
    [{ types: ['sync'] }, 'types must each be one of'],
    [{ name: '' }, 'name must be longer'],
  ])('are refused with %j by name', async (terms, words) => {
    const body = { name: 'Hook', url: 'https://hooks.example/', ...terms };
    expect(await muster.call('POST', HOOKS, { body })).toMatchObject({
      status: 400,
      body: { error_code: 'COC.00010002', error_msg: expect.stringContaining(words) },
    });
  });

  it('are twenty at the most, and nobody else’s', async () => {
    for (let count = 0; count < 20; count += 1) await add({ url: 'https://hooks.example/' });
    const body = { name: 'Hook', url: 'https://hooks.example/' };
    expect(await muster.call('POST', HOOKS, { body })).toMatchObject({
      status: 409,
      body: { error_code: 'COC.00101602' },
    });
    const { data, total } = (await muster.call<{ data: Webhook[]; total: number }>('GET', `${HOOKS}?limit=5`))
      .body;
    expect([data.length, total]).toEqual([5, 20]);
    const apiKey = await issueApiKey(muster, { tenant: 'other' });
    expect((await muster.call('GET', `${HOOKS}?limit=5`, { apiKey })).body).toMatchObject({ total: 0 });
    for (const [method, part] of [
      ['GET', ''],
      ['GET', '/secret'],
      ['GET', '/dead-letters?limit=1'],
      ['DELETE', ''],
      ['POST', '/pause'],
      ['POST', '/secret/rotate'],
    ] as const) {
      const path = `${HOOKS}/${data[0]?.id ?? ''}${part}`;
      expect(await muster.call(method, path, { apiKey })).toMatchObject({
        status: 404,
        body: { error_code: 'COC.00101601' },
      });
    }
  });
});
