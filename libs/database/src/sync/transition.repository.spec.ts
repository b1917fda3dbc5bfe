import { randomUUID } from 'node:crypto';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import {
  RUN_STATES,
  RUN_TRANSITIONS,
  SyncError,
  TASK_STATES,
  TASK_TRANSITIONS,
  type Transitions,
  UNIT_STATES,
  UNIT_TRANSITIONS,
} from '#domain';

import { resourceOf, SyncFixture } from '../testing/sync-fixture.js';
import { TransitionRepository } from './transition.repository.js';

const LEASE_MS = 60_000;

const MACHINES: [entity: string, machine: Transitions<string>, states: readonly string[]][] = [
  ['task', TASK_TRANSITIONS, TASK_STATES],
  ['run', RUN_TRANSITIONS, RUN_STATES],
  ['unit', UNIT_TRANSITIONS, UNIT_STATES],
];

describe('the state machines', () => {
  let sync: SyncFixture;

  beforeAll(async () => {
    sync = await SyncFixture.open();
    await sync.addAccount('a');
    await sync.sync('a', [[resourceOf('x')]]);
  });
  afterAll(() => sync.close());

  it.each(MACHINES)('have the same arrows in the database as in the domain: %s', async (entity, machine) => {
    const rules = await sync.rows<{ from: string; to: string }>(
      'SELECT from_state AS "from", to_state AS "to" FROM sync_transition_rule WHERE entity = $1',
      [entity],
    );
    const arrows = Object.entries(machine).flatMap(([from, tos]) => tos.map((to) => `${from} → ${to}`));
    expect(rules.map(({ from, to }) => `${from} → ${to}`).sort()).toEqual(arrows.sort());
  });

  it.each(MACHINES)(
    'refuse whatever is no arrow, and record whatever is: %s',
    async (entity, machine, states) => {
      const table = `sync_${entity}`;
      const [row] = await sync.rows<{ id: string }>(`SELECT id FROM ${table}`);
      for (const from of states) {
        for (const to of states.filter((state) => state !== from)) {
          const outcome = await sync.database
            .transaction(async (client) => {
              await client.query('SET LOCAL session_replication_role = replica'); // without triggers
              await client.query(`UPDATE ${table} SET state = $1`, [from]);
              await client.query('SET LOCAL session_replication_role = origin');
              await client.query(`UPDATE ${table} SET state = $1`, [to]);
              const { rows } = await client.query(
                `SELECT entity_id, from_state, to_state FROM sync_transition WHERE entity = $1
                 ORDER BY id DESC LIMIT 1`,
                [entity],
              );
              expect(rows).toEqual([{ entity_id: row?.id, from_state: from, to_state: to }]);
              throw new Error('allowed'); // and undone
            })
            .catch(String);
          const refusal = `A ${entity} may not go from ${from} to ${to} (id ${row?.id ?? ''}).`;
          const isArrow = machine[from]?.includes(to) === true;
          expect(outcome).toBe(isArrow ? 'Error: allowed' : `error: ${refusal}`);
        }
      }
    },
  );

  it.each(MACHINES)(
    'let nothing be made in a state that is no start: %s',
    async (entity, machine, states) => {
      const table = `sync_${entity}`;
      const columns = (
        await sync.rows<{ name: string }>(
          `SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0
           AND NOT attisdropped AND attname NOT IN ('id', 'state')`,
          [table],
        )
      ).map(({ name }) => name);
      const copy = (state: string) =>
        sync.database
          .transaction(async (client) => {
            await client.query(`CREATE TEMP TABLE original ON COMMIT DROP AS SELECT * FROM ${table}`);
            await client.query(
              `UPDATE original SET ${entity === 'unit' ? 'scope_key' : 'vendor'} = 'another'`,
            );
            await client.query(
              `INSERT INTO ${table} (id, state, ${columns.join()})
             SELECT gen_random_uuid(), $1, ${columns.join()} FROM original`,
              [state],
            );
            throw new Error('allowed');
          })
          .catch(String);
      for (const state of states) {
        const isStart = machine['START']?.includes(state) === true;
        const expected = isStart ? /^Error: allowed$/ : `may not go from START to ${state}`;
        expect(await copy(state)).toEqual(expect.stringMatching(expected));
      }
    },
  );
});

describe('TransitionRepository', () => {
  let sync: SyncFixture;
  let transitions: TransitionRepository;

  beforeEach(async () => {
    sync = await SyncFixture.open();
    transitions = new TransitionRepository(sync.database);
    await sync.addAccount('a');
  });
  afterEach(() => sync.close());

  const list = async (taskId: string) =>
    (await transitions.ofTask({ tenantId: sync.tenantId, taskId }, { limit: 500 })) ?? [];
  /** `entity: from → to`, and what else is said. */
  const story = async (taskId: string) =>
    (await list(taskId)).map(({ entity, from, to, reason, errorKind, errorCode }) =>
      [`${entity}: ${from} → ${to}`, reason, errorKind, errorCode].filter((part) => part !== null).join(', '),
    );

  it('tells the whole story of a sync, with the errors that moved it', async () => {
    const { taskId, runIds } = await sync.request('a');
    const [runId = ''] = runIds;
    await sync.plan(runId, ['good', 'bad']);
    const { unitIds } = await sync.runs.advance(runId, 2);
    const claimed = await Promise.all(unitIds.map((id) => sync.claimUnit(id)));
    const [good, bad] = ['good', 'bad'].map((type) => claimed.find((unit) => unit.resourceType === type));
    const throttled = new SyncError('throttled', 'Slow down.', { vendorCode: 'HTTP 429' });
    await sync.units.wait(good!, { delayMs: 60_000, counted: false, error: throttled });
    await sync.units.fail(bad!, new SyncError('permission', 'No.', { vendorCode: 'Denied' }), false);
    await sync.rows(`UPDATE sync_unit SET next_attempt_at = now() - interval '1 second' WHERE id = $1`, [
      good?.id,
    ]);
    const again = await sync.claimUnit(good!.id);
    await sync.commitPage(again, { resources: [resourceOf('x')], resumeAt: '1' });
    await sync.commitPage(again, { resources: [resourceOf('y')] });
    await sync.inventory.completeUnit(again);
    await sync.runs.advance(runId, 2);

    expect(await story(taskId)).toEqual([
      'task: START → QUEUED',
      'run: START → QUEUED',
      'run: QUEUED → RUNNING',
      'task: QUEUED → RUNNING',
      'unit: START → QUEUED',
      'unit: START → QUEUED',
      'unit: QUEUED → RUNNING',
      'unit: QUEUED → RUNNING',
      'unit: RUNNING → WAITING, throttled, HTTP 429',
      'unit: RUNNING → FAILED, permission, Denied',
      'unit: WAITING → RUNNING',
      'unit: RUNNING → SUCCEEDED',
      'run: RUNNING → PARTIAL',
      'task: RUNNING → PARTIAL',
    ]);
    const [task, run] = await list(taskId);
    expect(task).toMatchObject({
      entityId: taskId,
      taskId,
      accountId: null,
      scope: null,
      resourceType: null,
    });
    expect(run).toMatchObject({ entityId: runId, taskId, accountId: 'a', scope: null, resourceType: null });
    expect((await list(taskId)).filter(({ errorKind }) => errorKind === 'permission')).toMatchObject([
      { entityId: bad?.id, accountId: 'a', scope: 'The scope', resourceType: 'bad', at: expect.any(Date) },
    ]);
  });

  it('records who takes over, and neither pages nor signs of life', async () => {
    const unit = await sync.startUnit('a');
    const before = await story(unit.taskId);
    await sync.commitPage(unit, { resources: [resourceOf('x')], resumeAt: '1' });
    expect(await sync.units.renew(unit, LEASE_MS)).toBe(true);
    expect(await story(unit.taskId)).toEqual(before);

    await sync.rows(`UPDATE sync_unit SET lease_until = now() - interval '1 second'`);
    await sync.claimUnit(unit.id);

    expect(await story(unit.taskId)).toEqual([...before, 'unit: RUNNING → RUNNING, taken_over']);
  });

  it('records a run that is taken over while it is planned, but not its next attempt', async () => {
    const { taskId, runIds } = await sync.request('a');
    const [runId = ''] = runIds;
    const claim = async () => {
      const claimed = await sync.runs.claim(runId, LEASE_MS);
      if (typeof claimed === 'string' || !('run' in claimed)) throw new Error('The run cannot be claimed.');
      return claimed.run;
    };
    const error = new SyncError('unavailable', 'Away.', { vendorCode: 'ECONNREFUSED' });
    await sync.runs.wait(await claim(), { delayMs: 60_000, counted: true, error });
    await sync.rows(`UPDATE sync_run SET next_attempt_at = now() - interval '1 second'`); // the wait is over
    await claim();
    expect(await story(taskId)).toHaveLength(4);
    await sync.rows(`UPDATE sync_run SET lease_until = now() - interval '1 second'`);

    await sync.runs.fail(await claim(), error);

    expect((await story(taskId)).slice(4)).toEqual([
      'run: RUNNING → RUNNING, taken_over',
      'run: RUNNING → FAILED, unavailable, ECONNREFUSED',
      'task: RUNNING → FAILED',
    ]);
  });

  it('blames no cancelled unit on the error of an attempt before', async () => {
    const unit = await sync.startUnit('a');
    const error = new SyncError('unavailable', 'Away.');
    await sync.units.wait(unit, { delayMs: 60_000, counted: true, error });
    await sync.tasks.cancel({ tenantId: sync.tenantId, taskId: unit.taskId });

    expect((await story(unit.taskId)).slice(-4).sort()).toEqual([
      'run: RUNNING → CANCELLED',
      'task: RUNNING → CANCELLED',
      'unit: RUNNING → WAITING, unavailable',
      'unit: WAITING → CANCELLED',
    ]);
  });

  it('has the runs that a task only waited for, and of their task nothing else', async () => {
    await sync.addAccount('b');
    const first = await sync.request('a');
    const all = await sync.request();
    for (const runId of [...first.runIds, ...all.runIds]) {
      await sync.plan(runId, []);
      await sync.runs.advance(runId, 1);
    }

    const seen = (await list(all.taskId)).map(({ entity, taskId, to }) => [entity, taskId, to]);
    expect(seen.filter(([, taskId]) => taskId === first.taskId)).toEqual(
      ['QUEUED', 'RUNNING', 'SUCCEEDED'].map((to) => ['run', first.taskId, to]),
    );
    expect(seen.filter(([, taskId]) => taskId === all.taskId)).toHaveLength(6);
    expect(await story(first.taskId)).toHaveLength(6);
  });

  it('pages by the marker, each once and in order', async () => {
    const { unit } = await sync.sync('a', [[resourceOf('x')]]);
    const all = await list(unit.taskId);
    const key = { tenantId: sync.tenantId, taskId: unit.taskId };
    const paged = [];
    for (let marker = '0'; ;) {
      const page = (await transitions.ofTask(key, { limit: 2, marker })) ?? [];
      paged.push(...page);
      if (page.length < 2) break;
      marker = page[1]!.id;
    }
    expect(all).toHaveLength(9);
    expect(paged).toEqual(all);
    expect(all.map(({ id }) => Number(id))).toEqual(all.map(({ id }) => Number(id)).sort((a, b) => a - b));
  });

  it('knows nothing of another tenant’s task, or of none', async () => {
    const { taskId } = await sync.request('a');
    expect(await transitions.ofTask({ tenantId: randomUUID(), taskId }, { limit: 5 })).toBeUndefined();
    const none = { tenantId: sync.tenantId, taskId: randomUUID() };
    expect(await transitions.ofTask(none, { limit: 5 })).toBeUndefined();
  });

  it('goes with the task', async () => {
    const { unit } = await sync.sync('a', [[resourceOf('x')]]);
    const kept = await sync.request('a');
    await sync.rows('DELETE FROM sync_unit WHERE task_id = $1', [unit.taskId]);
    await sync.rows('DELETE FROM sync_task_run WHERE task_id = $1', [unit.taskId]);
    await sync.rows('DELETE FROM sync_run WHERE task_id = $1', [unit.taskId]);
    await sync.rows('DELETE FROM sync_task WHERE id = $1', [unit.taskId]);

    expect(await sync.rows('SELECT DISTINCT task_id AS "taskId" FROM sync_transition')).toEqual([
      { taskId: kept.taskId },
    ]);
  });
});
