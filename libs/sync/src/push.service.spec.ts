import { createHash } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { PushRepository } from '#database';
import { DEFAULT_PRUNE_LIMITS, mayPrune } from '#domain';
import { Metrics } from '#metrics';
import { createLogger } from '#platform';
import type { SyncQueue } from '#queue';

import { resourceOf, SyncFixture } from '../../database/src/testing/sync-fixture.js';
import { PushService } from './push.service.js';

const SCOPES = ['a', 'b'] as const;
type ScopeName = (typeof SCOPES)[number];
const NAMES = Array.from({ length: 8 }, (_, number) => `r${String(number)}`);

/** What a source, or time, does. */
type Step =
  | { does: 'page'; scope: ScopeName; number: number; ids: string[] }
  | { does: 'close'; scope: ScopeName; how: 'rightly' | 'wrongly' | 'failed' }
  | { does: 'complete' | 'vanish' | 'cancel' | 'retry' };

const scope = fc.constantFrom(...SCOPES);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constant('page' as const),
      scope,
      number: fc.nat(3),
      ids: fc.uniqueArray(fc.constantFrom(...NAMES), { maxLength: 6 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant('close' as const),
      scope,
      how: fc.constantFrom('rightly' as const, 'rightly' as const, 'wrongly' as const, 'failed' as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('complete' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ does: fc.constantFrom('vanish' as const, 'cancel' as const, 'retry' as const) }),
  },
);

interface ModelUnit {
  pages: Map<number, string>;
  seen: Set<string>;
  created: Set<string>;
  state: 'open' | 'complete' | 'held' | 'failed' | 'cancelled';
}

/** What there should be: the inventory of each scope, and of the open task what was posted. */
class Model {
  readonly live: Record<ScopeName, Set<string>> = { a: new Set(), b: new Set() };
  units = new Map<ScopeName, ModelUnit>();
  isOpen = true;

  unit(name: ScopeName): ModelUnit {
    const unit = this.units.get(name) ?? {
      ...{ pages: new Map<number, string>(), seen: new Set<string>(), created: new Set<string>() },
      state: 'open' as const,
    };
    this.units.set(name, unit);
    return unit;
  }

  /** Whether the page is taken. */
  page(name: ScopeName, number: number, ids: readonly string[]): boolean {
    if (!this.isOpen || (this.units.get(name)?.state ?? 'open') !== 'open') return false;
    const unit = this.unit(name);
    const content = JSON.stringify(ids);
    if (unit.pages.has(number)) return unit.pages.get(number) === content;
    unit.pages.set(number, content);
    for (const id of ids) {
      if (!this.live[name].has(id)) unit.created.add(id);
      this.live[name].add(id);
      unit.seen.add(id);
    }
    return true;
  }

  /** All that was complete, or not. */
  end(left: 'failed' | 'cancelled'): void {
    this.isOpen = false;
    for (const unit of this.units.values()) if (unit.state === 'open') unit.state = left;
  }

  complete(name: ScopeName): void {
    const unit = this.unit(name);
    const live = this.live[name];
    const missing = [...live].filter((id) => !unit.seen.has(id));
    const isAllowed = mayPrune(live.size - unit.created.size, missing.length, DEFAULT_PRUNE_LIMITS);
    unit.state = isAllowed ? 'complete' : 'held';
    if (isAllowed) for (const id of missing) live.delete(id);
  }
}

describe('PushService', () => {
  let sync: SyncFixture;
  let service: PushService;
  let accounts = 0;

  beforeAll(async () => {
    sync = await SyncFixture.open();
    service = new PushService(
      { pushes: new PushRepository(sync.database), inventory: sync.inventory, units: sync.units },
      { add: () => Promise.resolve() } as unknown as SyncQueue,
      createLogger({ level: 'fatal', format: 'json' }),
      new Metrics(),
    );
  });

  afterAll(() => sync.close());

  const cellOf = (name: ScopeName) => ({ scope: { key: `things/${name}`, name }, resourceType: 'things' });
  const pageOf = (number: number, ids: readonly string[]) => ({
    resources: ids.map((id) => resourceOf(id)),
    named: { number, digest: createHash('sha256').update(JSON.stringify(ids)).digest() },
  });

  /** An account whose source posts its pages. */
  async function addAccount(): Promise<string> {
    accounts += 1;
    const name = `account ${String(accounts)}`;
    const id = await sync.addAccount(name);
    await sync.rows('UPDATE vendor_account SET push_timeout_seconds = 600 WHERE id = $1', [id]);
    return name;
  }

  async function liveIn(account: string, name: ScopeName): Promise<string[]> {
    const rows = await sync.rows<{ id: string }>(
      `SELECT native_id AS id FROM resource r JOIN vendor_account a ON a.id = r.account_id
       WHERE a.account_id = $1 AND scope_key = $2 AND deleted_at IS NULL ORDER BY 1`,
      [account, cellOf(name).scope.key],
    );
    return rows.map(({ id }) => id);
  }

  const key = (taskId: string) => ({ tenantId: sync.tenantId, taskId });

  async function take(model: Model, taskId: string, did: Step): Promise<void> {
    switch (did.does) {
      case 'page': {
        const was = model.units.get(did.scope)?.pages.has(did.number) === true;
        const answer = await service.takePage(key(taskId), cellOf(did.scope), pageOf(did.number, did.ids));
        const isTaken = typeof answer === 'object' && 'unit' in answer;
        expect(isTaken).toBe(model.page(did.scope, did.number, did.ids));
        if (isTaken) expect(answer.isRepeated).toBe(was);
        return;
      }
      case 'close': {
        const unit = model.units.get(did.scope);
        const pages = unit?.pages.size ?? 0;
        const end =
          did.how === 'failed' ? { failure: 'x' } : { pages: did.how === 'rightly' ? pages : pages + 1 };
        const answer = await service.closeScope(key(taskId), cellOf(did.scope), end);
        const isClosed = typeof answer === 'object' && 'id' in answer;
        const isOpen = model.isOpen && (unit?.state ?? 'open') === 'open';
        if (isOpen && did.how === 'rightly') model.complete(did.scope);
        if (isOpen && did.how === 'failed') model.unit(did.scope).state = 'failed';
        const state = model.units.get(did.scope)?.state;
        const isSame =
          did.how === 'failed'
            ? state === 'failed'
            : did.how === 'rightly' && /complete|held/.test(state ?? '');
        expect(isClosed).toBe(model.isOpen && isSame);
        return;
      }
      case 'complete': {
        const answer = await service.completeTask(key(taskId));
        const states = [...model.units.values()].map(({ state }) => state);
        if (model.isOpen && states.length > 0 && !states.includes('open')) {
          model.isOpen = false;
          const all = states.every((state) => state === 'complete') ? 'SUCCEEDED' : 'PARTIAL';
          expect(answer).toMatchObject({
            state: states.every((state) => state === 'failed') ? 'FAILED' : all,
          });
        } else if (model.isOpen) expect(answer).not.toHaveProperty('state');
        return;
      }
      case 'vanish': {
        const late = `UPDATE sync_run SET pages_until = now() - interval '1 second' WHERE task_id = $1
          AND pages_until IS NOT NULL RETURNING id`;
        const [run] = await sync.rows<{ id: string }>(late, [taskId]);
        expect(run !== undefined).toBe(model.isOpen);
        if (run === undefined) return;
        const given = await sync.runs.giveUp(run.id);
        expect(given?.ended).not.toBe('SUCCEEDED');
        expect(await sync.runs.giveUp(run.id)).toBeUndefined();
        model.end('failed');
        return;
      }
      case 'cancel':
        await sync.tasks.cancel(key(taskId));
        if (model.isOpen) model.end('cancelled');
        return;
      case 'retry': {
        const answer = await sync.tasks.retry(key(taskId));
        const failed = [...model.units.values()].filter(({ state }) => state === 'failed');
        expect(typeof answer === 'object' && 'runIds' in answer).toBe(!model.isOpen && failed.length > 0);
        if (model.isOpen || failed.length === 0) return;
        model.isOpen = true;
        for (const unit of failed) {
          unit.pages.clear();
          unit.seen.clear();
          unit.state = 'open';
        }
      }
    }
  }

  it('has just what was posted and not said to be gone, whatever a source does', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { maxLength: 12 }), { minLength: 1, maxLength: 3 }),
        async (syncs) => {
          const account = await addAccount();
          const model = new Model();
          for (const steps of syncs) {
            const { taskId, runIds } = await sync.request(account);
            expect(runIds).toEqual([]);
            model.units = new Map();
            model.isOpen = true;
            for (const one of steps) {
              await take(model, taskId, one);
              for (const name of SCOPES)
                expect(await liveIn(account, name)).toEqual([...model.live[name]].sort());
            }
            await sync.tasks.cancel(key(taskId));
          }
          const open = await sync.rows(
            `SELECT FROM sync_run r JOIN vendor_account a ON a.id = r.account_id
             WHERE a.account_id = $1 AND (r.state = 'RUNNING' OR r.pages_until IS NOT NULL)`,
            [account],
          );
          expect(open).toEqual([]);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('takes pages from everybody at once, each once, while others end the scope', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(4), { minLength: 8, maxLength: 16 }), async (numbers) => {
        const account = await addAccount();
        const { taskId } = await sync.request(account);
        const cell = cellOf('a');
        const posts = numbers.map((number) =>
          service.takePage(key(taskId), cell, pageOf(number, [`r${String(number)}`])),
        );
        const closings = [1, 2, 3].map((pages) => service.closeScope(key(taskId), cell, { pages }));
        const answers = await Promise.all(posts);
        await Promise.all(closings);
        const taken = answers.flatMap((answer, index) =>
          typeof answer === 'object' && 'unit' in answer ? [{ number: numbers[index] ?? 0, ...answer }] : [],
        );
        const fresh = taken.filter(({ isRepeated }) => !isRepeated).map(({ number }) => `r${String(number)}`);
        expect(new Set(fresh).size).toBe(fresh.length);
        expect(await liveIn(account, 'a')).toEqual([...fresh].sort());
        const [unit] = await sync.rows<{ pages: number; state: string }>(
          'SELECT pages, state FROM sync_unit WHERE task_id = $1',
          [taskId],
        );
        expect(unit?.pages).toBe(fresh.length);
        await sync.tasks.cancel(key(taskId));
      }),
      { numRuns: 15 },
    );
  });

  it('leaves a run that takes pages to its source: no worker plans, lists or ends it', async () => {
    const account = await addAccount();
    const { taskId } = await sync.request(account);
    await service.takePage(key(taskId), cellOf('a'), pageOf(1, ['r1']));
    const [run] = await sync.rows<{ id: string }>('SELECT id FROM sync_run WHERE task_id = $1', [taskId]);
    const [unit] = await sync.rows<{ id: string }>('SELECT id FROM sync_unit WHERE task_id = $1', [taskId]);
    const [runId = '', unitId = ''] = [run?.id, unit?.id];
    expect(await sync.runs.claim(runId, 1_000)).toEqual({ planned: 'VMWARE' });
    expect(await sync.runs.advance(runId, 8)).toEqual({ unitIds: [] });
    expect(await sync.units.claim(unitId, 1_000)).not.toHaveProperty('unit');
    expect(await sync.runs.giveUp(runId)).toBeUndefined();
    const forgotten = [
      ...(await sync.runs.findPlanned(100, -1_000)),
      ...(await sync.runs.findAbandoned(100)),
      ...(await sync.runs.takeForgotten(100, 0)),
      ...(await sync.units.takeForgotten(100, 0)),
    ].map(({ id }) => id);
    expect(forgotten).not.toContain(runId);
    expect(forgotten).not.toContain(unitId);
    await sync.tasks.cancel(key(taskId));
  });
});
