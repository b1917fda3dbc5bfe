import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';

import type { EventMap, NewEvent } from '#domain';

import type { Querier } from '../database.js';
import { expectRangesToMatch } from '../testing/expect-ranges.js';
import { resourceOf, SyncFixture } from '../testing/sync-fixture.js';
import { appendEvent } from './append-event.js';
import type { OutboxEvent } from './outbox.repository.js';

const UNSEEN: EventMap['account.cleared'] = { accountId: 'never', vendor: 'VMWARE' };

describe('OutboxRepository.readAfter', () => {
  let sync: SyncFixture;
  /** The last event of the tests before. */
  let last: OutboxEvent | undefined;

  beforeAll(async () => {
    sync = await SyncFixture.open();
  });
  afterAll(() => sync.close());

  const eventOf = (name: string): NewEvent => ({
    type: 'account.cleared',
    payload: { ...UNSEEN, accountId: name },
  });
  const write = (client: Querier, name: string) => appendEvent(client, sync.tenantId, eventOf(name));
  const namesOf = (events: readonly OutboxEvent[]) =>
    events.map(({ payload }) => (payload as EventMap['account.cleared']).accountId);
  /** The names of the events that have come since it was last asked. */
  const news = async (limit?: number) => {
    const events = await sync.events(last, limit);
    last = events.at(-1) ?? last;
    return namesOf(events);
  };
  /** The same while a transaction of ours is open. */
  const newsMeanwhile = async () => namesOf(await sync.outbox.readAfter(last?.position, 100));
  /** A connection of its own, in a transaction. */
  const begin = async () => {
    const client = await sync.database.pool.connect();
    await client.query('BEGIN');
    return {
      client,
      end: async (how: 'COMMIT' | 'ROLLBACK') => {
        await client.query(how);
        client.release();
      },
    };
  };

  it('gives each event as it was written, with where and when', async () => {
    const before = new Date();
    await write(sync.database.pool, 'a');

    const [event, ...others] = await sync.events();

    expect(others).toEqual([]);
    expect(event).toEqual({
      ...eventOf('a'),
      tenantId: sync.tenantId,
      position: { transactionId: expect.stringMatching(/^\d+$/), id: expect.stringMatching(/^\d+$/) },
      at: expect.any(Date),
    });
    expect(event?.at.getTime()).toBeGreaterThanOrEqual(before.getTime() - 1);
    expect(await news()).toEqual(['a']);
    expect(await news()).toEqual([]);
  });

  it('holds back what an open transaction may still precede, and then gives all in order', async () => {
    const early = await begin();
    await write(early.client, 'first, late to commit');
    await write(sync.database.pool, 'second');
    const other = await begin();
    await write(other.client, 'third');
    await other.end('COMMIT');

    expect(await newsMeanwhile()).toEqual([]);
    await write(early.client, 'first, too');
    expect(await newsMeanwhile()).toEqual([]);
    await early.end('COMMIT');

    expect(await news()).toEqual(['first, late to commit', 'first, too', 'second', 'third']);
  });

  it('waits for a transaction that has written something else, and not for one that only reads', async () => {
    const reader = await begin();
    await reader.client.query('SELECT count(*) FROM outbox_event');
    await write(sync.database.pool, 'beside a reader');
    expect(await news()).toEqual(['beside a reader']);

    const writer = await begin();
    await writer.client.query(`UPDATE tenant SET name = 'renamed' WHERE id = $1`, [sync.tenantId]);
    await write(sync.database.pool, 'beside a writer');
    expect(await newsMeanwhile()).toEqual([]);
    await writer.end('ROLLBACK');
    expect(await news()).toEqual(['beside a writer']);
    await reader.end('COMMIT');
  });

  it('never gives what was rolled back', async () => {
    const undone = await begin();
    await write(undone.client, 'undone');
    await write(sync.database.pool, 'done');
    await undone.end('ROLLBACK');
    expect(await news()).toEqual(['done']);
  });

  it('gives a page at a time, also within a transaction', async () => {
    await sync.database.transaction(async (client) => {
      for (const name of ['1', '2', '3', '4', '5']) await write(client, name);
    });
    expect(await news(2)).toEqual(['1', '2', '3', '4', '5']);
  });

  it('gives each committed event once, whoever writes, commits and reads when', async () => {
    const WRITERS = 4;
    const step = fc.oneof(
      fc.record({ do: fc.constant('read' as const), limit: fc.integer({ min: 1, max: 4 }) }),
      fc.record({
        do: fc.constantFrom('write' as const, 'write' as const, 'COMMIT' as const, 'ROLLBACK' as const),
        writer: fc.nat(WRITERS - 1),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const open = new Map<number, { transaction: Awaited<ReturnType<typeof begin>>; names: string[] }>();
        const committed: string[] = [];
        const read: string[] = [];
        const end = async (writer: number, how: 'COMMIT' | 'ROLLBACK') => {
          const found = open.get(writer);
          if (found === undefined) return;
          open.delete(writer);
          await found.transaction.end(how);
          if (how === 'COMMIT') committed.push(...found.names);
        };
        for (const next of steps) {
          if (next.do === 'read') {
            const page = await sync.outbox.readAfter(last?.position, next.limit);
            last = page.at(-1) ?? last;
            read.push(...namesOf(page));
          } else if (next.do === 'write') {
            const found = open.get(next.writer) ?? { transaction: await begin(), names: [] };
            open.set(next.writer, found);
            const name = randomUUID();
            await write(found.transaction.client, name);
            found.names.push(name);
          } else {
            await end(next.writer, next.do);
          }
        }
        for (const writer of [...open.keys()].reverse()) await end(writer, 'COMMIT');
        read.push(...(await news()));
        expect([...read].sort()).toEqual([...committed].sort());
      }),
      { numRuns: 60 },
    );
  });
});

describe('what is written into the outbox', () => {
  let sync: SyncFixture;
  let account: string;
  let accountId: string;
  let accounts = 0;
  let last: OutboxEvent | undefined;

  beforeAll(async () => {
    sync = await SyncFixture.open();
  });
  afterAll(() => sync.close());

  const newAccount = async () => {
    account = `account ${String(++accounts)}`;
    accountId = await sync.addAccount(account);
  };
  const news = async () => {
    const events = await sync.events(last);
    last = events.at(-1) ?? last;
    return events;
  };
  const resourcesOf = (...ids: string[]) => ids.map((id) => resourceOf(id));

  it('is one event for a page that changes something, and none for one that does not', async () => {
    await newAccount();
    await sync.sync(account, [resourcesOf('a', 'b', 'c')]);
    await news();
    const unit = await sync.startUnit(account);
    await sync.commitPage(unit, { resources: resourcesOf('a', 'b'), resumeAt: '1' });
    await sync.commitPage(unit, {
      resources: [resourceOf('b', { name: 'B' }), ...resourcesOf('d', 'e')],
    });

    const { id: unitId, taskId } = unit;
    const [event, ...others] = await news();
    expect(others).toEqual([]);
    const rows = await sync.rows<{ id: string }>(
      'SELECT id::text FROM resource_change c WHERE unit_id = $1 ORDER BY c.id',
      [unitId],
    );
    expect(event).toMatchObject({
      tenantId: sync.tenantId,
      type: 'resources.changed',
      payload: {
        taskId,
        unitId,
        accountId,
        vendor: 'VMWARE',
        resourceType: 'things',
        counts: { created: 2, updated: 1, restored: 0, deleted: 0 },
        firstChangeId: rows[0]?.id,
        lastChangeId: rows[2]?.id,
      },
    });
    expect(rows).toHaveLength(3);
  });

  it('is not there when the transaction is not', async () => {
    await newAccount();
    const unit = await sync.startUnit(account);
    await news();
    const [first = resourceOf('a')] = resourcesOf('a');
    const broken = { ...first, status: null as unknown as 'running' }; // refused by the table
    await expect(sync.commitPage(unit, { resources: [broken] })).rejects.toBeInstanceOf(pg.DatabaseError);
    expect(await news()).toEqual([]);
  });

  it('has each change in just one range of its own transaction, whatever is listed beside each other', async () => {
    const ids = fc.subarray(['a', 'b', 'c', 'd', 'e', 'f']);
    const page = fc.record({ who: fc.nat(2), ids, name: fc.constantFrom('x', 'y') });
    await fc.assert(
      fc.asyncProperty(fc.array(page, { minLength: 1, maxLength: 10 }), async (pages) => {
        await news();
        const units = [];
        for (let index = 0; index < 3; index += 1) {
          await newAccount();
          units.push(await sync.startUnit(account));
        }
        await Promise.all(
          units.map(async (unit, who) => {
            for (const { ids: listed, name } of pages.filter((candidate) => candidate.who === who)) {
              const resources = listed.map((id) => resourceOf(id, { name }));
              await sync.commitPage(unit, { resources, resumeAt: 'on' });
            }
            await sync.inventory.completeUnit(unit);
            await sync.runs.advance(unit.runId, 1);
          }),
        );
        await expectRangesToMatch(sync, await news());
      }),
      { numRuns: 30 },
    );
  });
});
