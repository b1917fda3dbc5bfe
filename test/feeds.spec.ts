import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import type { Schemas } from '#client';
import { RetentionRepository } from '#database';

import { issueApiKey } from '../apps/api/test/support/issue-credential.js';
import { EventSource, type StreamedEvent } from './support/event-source.js';
import { eventsSettled } from './support/events-settled.js';
import { eventually } from './support/eventually.js';
import { gate } from './support/gate.js';
import { items, pagesOf, scriptedAccount, ScriptedVendor } from './support/scripted-vendor.js';
import { TestMuster } from './support/test-muster.js';

type Events = Schemas['FeedEventList'];
type Changes = Schemas['FeedChangeList'];

const EVENTS = '/v1/multicloud-resources/events';
const CHANGES = '/v1/multicloud-resources/changes';
const A = { vendor: 'VMWARE', account_id: 'a' } as const;

describe('the feeds of a tenant', () => {
  let muster: TestMuster;
  let vendor: ScriptedVendor;
  const streams: EventSource[] = [];

  beforeEach(async () => {
    vendor = new ScriptedVendor();
    vendor.scripts['things'] = pagesOf([items('t', 3)]);
    muster = await TestMuster.start({ adapters: vendor.adapters });
    await muster.addAccount(scriptedAccount('a'));
  });
  afterEach(async () => {
    for (const stream of streams.splice(0)) stream.close();
    await muster.close();
  });

  const read = async <List>(path: string, apiKey = muster.apiKey): Promise<List> => {
    const { status, body } = await muster.call('GET', path, { apiKey });
    expect([status, body]).toEqual([200, expect.anything()]);
    return body as List;
  };
  const typesOf = ({ data }: Pick<Events, 'data'>) => data.map(({ type }) => type);
  /** Follows a feed of events over HTTP from a marker until one of a type comes. */
  const followed = async (type: string, query: string) => {
    const all: Events['data'] = [];
    let marker = '';
    await eventually(`an event ${type} comes`, async () => {
      const page = await read<Events>(`${EVENTS}?limit=2&wait=1s${query}&marker=${marker}`);
      all.push(...page.data);
      marker = page.next_marker;
      return all.at(-1)?.type === type;
    });
    return { all, marker };
  };
  const follow = (query: string, options: { lastEventId?: string; apiKey?: string } = {}) => {
    const { apiKey = muster.apiKey, ...rest } = options;
    const stream = new EventSource(`${muster.api.url}${EVENTS}?${query}`, { apiKey, ...rest });
    streams.push(stream);
    return stream;
  };
  const progressOf = (event: StreamedEvent | undefined) =>
    JSON.parse(event?.data ?? '{}') as Schemas['TaskProgress'];
  const idsOf = (events: readonly StreamedEvent[]) => events.flatMap(({ id }) => id ?? []);

  describe('of events', () => {
    it('give each once, by markers, and what there is to say of it', async () => {
      const task = await muster.sync(A);
      const { all, marker } = await followed('task.finished', '');
      const common = { vendor: 'VMWARE', task_id: task.task_id, at: expect.any(String) };
      expect(all).toEqual([
        {
          ...common,
          id: expect.stringMatching(/^[\w-]{22}$/),
          type: 'resources.changed',
          account_id: 'a',
          unit_id: task.accounts[0]?.units[0]?.id,
          resource_type: 'things',
          data: { counts: { created: 3, updated: 0, restored: 0, deleted: 0 } },
        },
        {
          ...common,
          id: expect.stringMatching(/^[\w-]{22}$/),
          type: 'task.finished',
          account_id: null,
          unit_id: null,
          resource_type: null,
          data: {
            state: 'SUCCEEDED',
            mode: 'sync',
            counts: { seen: 3, created: 3, updated: 0, unchanged: 0, deleted: 0 },
          },
        },
      ]);
      expect(await read<Events>(`${EVENTS}?limit=5&marker=${marker}`)).toMatchObject({ data: [] });
      expect(typesOf(await read<Events>(`${EVENTS}?limit=5&marker=${all[0]?.id ?? ''}`))).toEqual([
        'task.finished',
      ]);
      expect(typesOf(await read<Events>(`${EVENTS}?limit=5&type=task.finished`))).toEqual(['task.finished']);
    });

    it('wait for what is to come, of what is asked for', async () => {
      await muster.addAccount(scriptedAccount('b'));
      const { next_marker: now } = await read<Events>(`${EVENTS}?marker=latest`);
      const waiting = read<Events>(`${EVENTS}?limit=5&wait=60s&type=task.finished&marker=${now}`);
      const task = await muster.sync(A);
      expect((await waiting).data.map(({ task_id: id }) => id)).toEqual([task.task_id]);

      const other = await muster.sync({ vendor: 'VMWARE', account_id: 'b' });
      const { all } = await followed('task.finished', `&task_id=${other.task_id}`);
      expect(all.map(({ type, account_id: account }) => [type, account])).toEqual([
        ['resources.changed', 'b'],
        ['task.finished', null],
      ]);
    });

    it('are a tenant’s own, and their markers nobody else’s', async () => {
      await muster.sync(A);
      const { marker } = await followed('task.finished', '');
      const apiKey = await issueApiKey(muster, { tenant: 'other' });
      expect(await read<Events>(`${EVENTS}?limit=5`, apiKey)).toMatchObject({ data: [] });
      expect(await muster.call('GET', `${EVENTS}?limit=5&marker=${marker}`, { apiKey })).toMatchObject({
        status: 410,
        body: { error_code: 'COC.00101501', error_msg: expect.stringContaining('marker=latest') },
      });
      expect(await muster.call('GET', `${CHANGES}?limit=5&marker=${marker}`)).toMatchObject({ status: 410 });
    });

    it('tell who comes too late', async () => {
      await muster.sync(A);
      const { all, marker } = await followed('task.finished', '');
      await muster.sql.query(`UPDATE outbox_event SET at = now() - interval '8 days'`);
      await eventually('all are removed', async () => {
        await muster.api.app.get(RetentionRepository).removeEvents(100); // or the reconciler has
        return (await muster.sql.query('SELECT 1 FROM outbox_event')).rowCount === 0;
      });
      expect(await muster.call('GET', `${EVENTS}?limit=5&marker=${all[0]?.id ?? ''}`)).toMatchObject({
        status: 410,
      });
      expect(await read<Events>(`${EVENTS}?limit=5&marker=${marker}`)).toMatchObject({ data: [] });
    });

    it('refuse what cannot be by its name', async () => {
      for (const [query, status, words] of [
        ['marker=7', 400, 'marker must be the next_marker'],
        ['type=sync', 400, 'type must be one of resources.changed'],
        ['task_id=7', 400, 'task_id must be'],
        ['task_id=00000000-0000-4000-8000-000000000000', 404, 'no such sync task'],
        ['limit=501', 400, 'limit'],
        ['wait=1h', 400, 'wait'],
      ] as const) {
        expect(await muster.call('GET', `${EVENTS}?${query}`)).toMatchObject({
          status,
          body: { error_msg: expect.stringContaining(words) },
        });
      }
    });
  });

  describe('of changes', () => {
    it('give each change of each account once, in pages, from the oldest or from now on', async () => {
      await muster.addAccount(scriptedAccount('b'));
      await muster.sync({ vendor: 'VMWARE' });
      const all: Changes['data'] = [];
      let marker = '';
      await eventually('all have come', async () => {
        const page = await read<Changes>(`${CHANGES}?limit=2&wait=1s&marker=${marker}`);
        all.push(...page.data);
        marker = page.next_marker;
        return all.length >= 6;
      });
      expect(all.map(({ account_id: account, name, kind }) => `${account} ${name} ${kind}`).sort()).toEqual(
        ['a', 'b'].flatMap((account) => ['t0', 't1', 't2'].map((name) => `${account} ${name} CREATED`)),
      );
      const { next_marker: now } = await read<Changes>(`${CHANGES}?marker=latest`);
      vendor.scripts['things'] = pagesOf([['t0=new', 't1', 't2']]);
      await muster.sync(A);
      for (const from of [marker, now]) {
        const { data } = await read<Changes>(`${CHANGES}?limit=5&wait=60s&marker=${from}`);
        expect(data).toMatchObject([
          { account_id: 'a', vendor: 'VMWARE', resource_id: 't0', kind: 'UPDATED', patch: expect.any(Array) },
        ]);
      }
    });

    it('want their action', async () => {
      const policy = {
        Version: '5.0' as const,
        Statement: [{ Effect: 'Allow' as const, Action: ['coc:event:list'] }],
      };
      const apiKey = await issueApiKey(muster, { policy });
      expect(await muster.call('GET', `${CHANGES}?limit=5`, { apiKey })).toMatchObject({
        status: 403,
        body: { error_msg: expect.stringContaining('coc:change:list') },
      });
    });
  });

  describe('as streams', () => {
    it('of a task: how far it is, its events, and the end', async () => {
      await muster.sync(A);
      const { opened, open } = gate();
      vendor.scripts['things'] = pagesOf([['t0', 't1=new', 't2'], items('u', 2)], (page) =>
        page === 0 ? undefined : opened,
      );
      const taskId = await muster.requestSync(A);
      const stream = follow(`task_id=${taskId}`);
      await eventually('it tells of the first page', () => {
        const { pages } = progressOf(stream.events.findLast(({ event }) => event === 'task.progress'));
        return pages === 1;
      });
      open();
      await stream.ended;

      expect(stream.events.map(({ event }) => event).filter((event) => event !== 'task.progress')).toEqual([
        'resources.changed',
        'resources.changed',
        'task.finished',
      ]);
      const first = stream.events.find(({ data }) => progressOf({ data }).pages === 1);
      expect(progressOf(first)).toMatchObject({
        task_id: taskId,
        state: 'RUNNING',
        units: 1,
        units_finished: 0,
        counts: { seen: 3, updated: 1 },
        estimate: { resources: 3, finish_at: expect.any(String) },
      });
      const last = stream.events.findLast(({ event }) => event === 'task.progress');
      expect(progressOf(last)).toMatchObject({
        state: 'SUCCEEDED',
        units_finished: 1,
        pages: 2,
        counts: { seen: 5, created: 2 },
        estimate: null,
      });
      expect(stream.contentType).toBe('text/event-stream');

      // Who comes again, as browsers do, is told that there is nothing to come.
      const [lastEventId = ''] = idsOf(stream.events).slice(-1);
      const again = follow(`task_id=${taskId}`, { lastEventId });
      await again.ended;
      expect([again.status, again.events]).toEqual([204, []]);
      const [firstId = ''] = idsOf(stream.events);
      const resumed = follow(`task_id=${taskId}`, { lastEventId: firstId });
      await resumed.ended;
      expect(idsOf(resumed.events)).toEqual(idsOf(stream.events).slice(1));
    });

    it('of a tenant: what comes from now on, and after a break from the last event on', async () => {
      await muster.sync(A);
      await eventsSettled(muster.sql);
      const stream = follow('');
      await eventually('it is open', () => stream.status === 200);
      vendor.scripts['things'] = pagesOf([items('v', 3)]);
      const task = await muster.sync(A);
      await eventually('the task’s end comes', () =>
        stream.events.some(({ event }) => event === 'task.finished'),
      );
      stream.close();
      const told = stream.events.filter(({ event }) => event !== 'task.progress');
      expect(told.every(({ data }) => data.includes(task.task_id))).toBe(true);
      expect(told.at(-1)?.event).toBe('task.finished');

      const missed = await muster.sync(A);
      const again = follow('', { lastEventId: told.at(-1)?.id ?? '' });
      await eventually('the end of the next one comes', () =>
        again.events.some(({ event }) => event === 'task.finished'),
      );
      const caughtUp = again.events.filter(({ event }) => event !== 'task.progress');
      expect(caughtUp.every(({ data }) => data.includes(missed.task_id))).toBe(true);
    });

    it('of another tenant: nothing', async () => {
      const apiKey = await issueApiKey(muster, { tenant: 'other' });
      const stream = follow('', { apiKey });
      const own = follow('');
      await eventually('both are open', () => stream.status === 200 && own.status === 200);
      const task = await muster.sync(A);
      await eventually('ours has come', () => own.events.some(({ event }) => event === 'task.finished'));
      expect(stream.events).toEqual([]);
      const others = follow(`task_id=${task.task_id}`, { apiKey });
      await others.ended;
      expect(others.status).toBe(404);
    });

    it('end with the process', async () => {
      const stream = follow('');
      await eventually('it is open', () => stream.status === 200);
      await muster.stopApp();
      await stream.ended;
    });

    it('refuse a Last-Event-ID that is none', async () => {
      const stream = follow('', { lastEventId: '7' });
      await stream.ended;
      expect(stream.status).toBe(400);
    });
  });
});
