import { randomUUID } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { RetentionRepository } from '../retention/retention.repository.js';
import { resourceOf, SyncFixture } from '../testing/sync-fixture.js';
import { appendEvent } from './append-event.js';
import { FEED_BEGINNING, type FeedChange, type FeedPosition, FeedRepository } from './feed.repository.js';

describe('FeedRepository', () => {
  let sync: SyncFixture;
  let feeds: FeedRepository;

  beforeEach(async () => {
    sync = await SyncFixture.open();
    feeds = new FeedRepository(sync.database);
  });
  afterEach(() => sync.close());

  const resources = (...ids: string[]) => ids.map((id) => resourceOf(id));
  /** Until nothing is held back by others' transactions on this server. */
  const settled = () => sync.events();
  const events = async (position: FeedPosition, filter = {}, limit = 100) => {
    const page = await feeds.events(sync.tenantId, position, filter, limit);
    if (page === undefined) throw new Error('The position is gone.');
    return page;
  };
  const typesOf = ({ items }: { items: readonly { type: string }[] }) => items.map(({ type }) => type);
  /** All changes behind a position, so many at a time, and where the feed goes on. */
  const changes = async (position: FeedPosition, limit: number) => {
    await settled();
    const all: FeedChange[] = [];
    for (let next = position; ;) {
      const page = await feeds.changes(sync.tenantId, next, limit);
      if (page === undefined) throw new Error('The position is gone.');
      all.push(...page.items);
      ({ next } = page);
      if (page.items.length < limit) return { all, next };
    }
  };
  const recorded = async () =>
    (await sync.rows<{ id: string }>('SELECT id::text FROM resource_change c ORDER BY c.id')).map(
      ({ id }) => id,
    );

  it('gives events with their account, a page at a time, and says from where it goes on', async () => {
    await sync.addAccount('a');
    await sync.sync('a', [resources('x'), resources('y')]);
    await settled();

    const first = await events(FEED_BEGINNING, {}, 2);
    expect(first.items).toMatchObject([
      { type: 'resources.changed', account: 'a', tenantId: sync.tenantId, at: expect.any(Date) },
      { type: 'resources.changed', account: 'a', payload: { counts: { created: 1 } } },
    ]);
    expect(first.next).toEqual(first.items[1]?.position);
    const second = await events(first.next);
    expect(typesOf(second)).toEqual(['task.finished']);
    expect(await events(second.next)).toMatchObject({ items: [] });

    await sync.sync('a', [resources('x', 'y', 'z')]);
    await settled();
    expect(typesOf(await events(second.next))).toEqual(['resources.changed', 'task.finished']);
  });

  it('has nothing of other tenants, and is theirs', async () => {
    const other = randomUUID();
    await sync.rows('INSERT INTO tenant (id, name) VALUES ($1, $2)', [other, 'other']);
    await appendEvent(sync.database.pool, other, {
      type: 'account.cleared',
      payload: { accountId: randomUUID(), vendor: 'AWS' },
    });
    await settled();
    expect(await events(FEED_BEGINNING)).toMatchObject({ items: [] });
    expect((await feeds.events(other, FEED_BEGINNING, {}, 10))?.items).toHaveLength(1);
    expect(
      await feeds.whichHaveNews([
        { tenantId: sync.tenantId, position: FEED_BEGINNING },
        { tenantId: other, position: FEED_BEGINNING },
      ]),
    ).toEqual([1]);
    expect(await feeds.findKey(other)).toHaveLength(16);
    expect(await feeds.findKey(other)).not.toEqual(await feeds.findKey(sync.tenantId));
  });

  it('gives those of some types, and those of a task, also of a sync that it joined', async () => {
    await sync.addAccount('a');
    await sync.addAccount('b');
    const { unit: before } = await sync.sync('b', [resources('x')]);
    const unit = await sync.startUnit('a');
    const all = await sync.request(); // joins a, starts b
    await sync.commitPage(unit, { resources: resources('y') });
    await sync.inventory.completeUnit(unit);
    await sync.runs.advance(unit.runId, 1);
    await settled();

    expect(typesOf(await events(FEED_BEGINNING, { types: ['task.finished'] }))).toEqual([
      'task.finished',
      'task.finished',
    ]);
    const ofTask = async (taskId: string) =>
      (await events(FEED_BEGINNING, { taskId })).items.map(({ type, account }) => [type, account]);
    expect(await ofTask(before.taskId)).toEqual([
      ['resources.changed', 'b'],
      ['task.finished', null],
    ]);
    expect(await ofTask(unit.taskId)).toEqual([
      ['resources.changed', 'a'],
      ['task.finished', null],
    ]);
    expect(await ofTask(all.taskId)).toEqual([['resources.changed', 'a']]);
  });

  it('gives each change once, whatever is written while it is read, and however many at a time', async () => {
    const page = fc.record({
      who: fc.nat(2),
      ids: fc.subarray(['a', 'b', 'c', 'd', 'e', 'f']),
      name: fc.constantFrom('x', 'y'),
      read: fc.boolean(),
    });
    let position = FEED_BEGINNING;
    const told: string[] = [];
    let accounts = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(page, { minLength: 1, maxLength: 10 }),
        fc.integer({ min: 1, max: 5 }),
        async (pages, limit) => {
          const units = [];
          for (let index = 0; index < 3; index += 1) {
            const account = `account ${String((accounts += 1))}`;
            await sync.addAccount(account);
            units.push(await sync.startUnit(account));
          }
          const read = async () => {
            const found = await feeds.changes(sync.tenantId, position, limit);
            told.push(...(found?.items.map(({ id }) => id) ?? []));
            position = found?.next ?? position;
          };
          const write = Promise.all(
            units.map(async (unit, who) => {
              for (const { ids, name } of pages.filter((each) => each.who === who)) {
                const listed = ids.map((id) => resourceOf(id, { name }));
                await sync.commitPage(unit, { resources: listed, resumeAt: 'on' });
              }
              await sync.inventory.completeUnit(unit);
              await sync.runs.advance(unit.runId, 1);
            }),
          );
          for (const each of pages) if (each.read) await read();
          await write;
        },
      ),
      { numRuns: 20 },
    );
    const { all } = await changes(position, 3);
    told.push(...all.map(({ id }) => id));
    expect([...told].sort()).toEqual([...(await recorded())].sort());
    expect(told.length).toBeGreaterThan(50);
  });

  it('says what changed and whose it is, in the order of a transaction, also of a removed account', async () => {
    const id = await sync.addAccount('a');
    await sync.addAccount('b');
    await sync.sync('a', [resources('x', 'y', 'z')]);
    await sync.sync('b', [resources('x')]);
    const begun = await changes(FEED_BEGINNING, 2);
    expect(begun.all.map(({ account, vendor, nativeId, kind }) => [account, vendor, nativeId, kind])).toEqual(
      [
        ['a', 'VMWARE', 'x', 'CREATED'],
        ['a', 'VMWARE', 'y', 'CREATED'],
        ['a', 'VMWARE', 'z', 'CREATED'],
        ['b', 'VMWARE', 'x', 'CREATED'],
      ],
    );

    await sync.accounts.remove(sync.tenantId, id);
    await sync.accounts.clearRemoved(2);
    await sync.accounts.clearRemoved(2);
    const removed = await changes(begun.next, 2);
    expect(
      removed.all.map(({ account, nativeId, kind, taskId }) => [account, nativeId, kind, taskId]),
    ).toEqual(expect.arrayContaining(['x', 'y', 'z'].map((nativeId) => ['a', nativeId, 'DELETED', null])));
    expect(removed.all).toHaveLength(3);
  });

  it('tells who comes after events were removed, and nobody else', async () => {
    await sync.addAccount('a');
    await sync.sync('a', [resources('x')]);
    await settled();
    const { next: early } = await events(FEED_BEGINNING, {}, 1);
    const { next: middle } = await events(FEED_BEGINNING);
    await sync.rows(`UPDATE outbox_event SET at = now() - interval '8 days'`);
    await sync.sync('a', [resources('x', 'y')]);
    await settled();
    const retention = new RetentionRepository(sync.database, {
      changes: 365,
      events: 7,
      audit: 365,
      tombstones: 90,
    });
    expect(await retention.removeEvents(100)).toBe(2);
    expect(await retention.removeEvents(100)).toBe(0);

    expect(await feeds.events(sync.tenantId, early, {}, 10)).toBeUndefined();
    expect(await feeds.changes(sync.tenantId, early, 10)).toBeUndefined();
    expect(typesOf(await events(middle))).toEqual(['resources.changed', 'task.finished']);
    expect(typesOf(await events(FEED_BEGINNING))).toEqual(['resources.changed', 'task.finished']);
    const { all } = await changes(FEED_BEGINNING, 10);
    expect(all.map(({ nativeId }) => nativeId)).toEqual(['y']);
  });

  it('does not take a position of another database, ahead of all transactions, for its own', async () => {
    const ahead = { transactionId: '281474976710655', id: '0' };
    expect(await feeds.events(sync.tenantId, ahead, {}, 10)).toBeUndefined();
    expect(await feeds.changes(sync.tenantId, ahead, 10)).toBeUndefined();
  });
});
