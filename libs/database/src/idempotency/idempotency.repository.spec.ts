import { randomUUID } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { KeyLostError } from '../errors.js';
import { RetentionRepository } from '../retention/retention.repository.js';
import { SyncFixture } from '../testing/sync-fixture.js';
import { IdempotencyRepository, type KeyedRequest, type KeyOutcome } from './idempotency.repository.js';
import type { KeyClaim } from './keep-task.js';

const SECRET = 'hunter2';
const ANOTHER = Buffer.from('another');

describe('IdempotencyRepository', () => {
  let sync: SyncFixture;
  let keys: IdempotencyRepository;
  let request: KeyedRequest;

  beforeEach(async () => {
    sync = await SyncFixture.open();
    keys = new IdempotencyRepository(sync.database);
    request = {
      caller: { credentialId: randomUUID(), tenantId: sync.tenantId },
      key: randomUUID(),
      content: Buffer.from(`POST /x\n{"sk":"${SECRET}"}`),
    };
  });
  afterEach(() => sync.close());

  const claimOf = (outcome: KeyOutcome): KeyClaim => {
    if (typeof outcome === 'string' || !('claim' in outcome)) throw new Error('The key was not claimed.');
    return outcome.claim;
  };
  const claim = async () => claimOf(await keys.claim(request));
  /** As if the process that holds the key had died a while ago. */
  const forsake = () => sync.rows(`UPDATE idempotency_key SET claimed_until = now() - interval '1 second'`);
  const syncRequest = (keyClaim: KeyClaim) =>
    sync.tasks.request({ tenantId: sync.tenantId, vendor: 'VMWARE', trigger: 'api', keyClaim });

  it('gives a key to one of many that ask, and again when it was released', async () => {
    const outcomes = await Promise.all(Array.from({ length: 30 }, () => keys.claim(request)));
    const [won, ...more] = outcomes.filter((outcome) => outcome !== 'busy');
    expect(more).toEqual([]);

    await keys.release(claimOf(won!));

    expect(claimOf(await keys.claim(request)).token).not.toBe(claimOf(won!).token);
  });

  it('gives the stored answer to the same request, and none to another', async () => {
    await keys.answer(await claim(), 200, { b: 1, a: ['ü', null] });

    const outcome = await keys.claim(request);
    expect(outcome).toEqual({ answer: { status: 200, body: { b: 1, a: ['ü', null] } } });
    expect(JSON.stringify(outcome)).toContain('{"b":1,"a":["ü",null]}');
    expect(await keys.claim({ ...request, content: Buffer.from('POST /x') })).toBe('different');
    await keys.release(await claimAnother());
    expect(await keys.claim(request)).toEqual(outcome);
  });

  /** A claim under the same key of another credential. */
  async function claimAnother(): Promise<KeyClaim> {
    const caller = { ...request.caller, credentialId: randomUUID() };
    return claimOf(await keys.claim({ ...request, caller, content: ANOTHER }));
  }

  it('keeps credentials apart', async () => {
    await keys.answer(await claim(), 200, 'mine');
    await keys.answer(await claimAnother(), 200, 'theirs');
    expect(await keys.claim(request)).toEqual({ answer: { status: 200, body: 'mine' } });
  });

  it('takes over from who has died, whose late answer and release then change nothing', async () => {
    const dead = await claim();
    expect(
      await sync.rows(`SELECT claimed_until <= now() + interval '1 minute' AS soon FROM idempotency_key`),
    ).toEqual([{ soon: true }]);
    await forsake();

    const heir = claimOf(await keys.claim({ ...request, content: ANOTHER }));
    await keys.answer(dead, 200, 'late');
    await keys.release(dead);
    expect(await keys.claim(request)).toBe('different');

    await keys.release(heir);
    expect(await claim()).toMatchObject({ credentialId: request.caller.credentialId });
  });

  it('finds the task that a request came to, though it was neither answered nor alive', async () => {
    await sync.addAccount('a');
    const requested = await syncRequest(await claim());
    await forsake();

    expect(await keys.claim(request)).toEqual({ taskId: requested?.taskId });
    expect(await keys.claim({ ...request, content: ANOTHER })).toBe('different');
  });

  it('keeps the key of a request that came to a task from being released', async () => {
    await sync.addAccount('a');
    const held = await claim();
    const requested = await syncRequest(held);

    await keys.release(held);

    expect(await keys.claim(request)).toEqual({ taskId: requested?.taskId });
  });

  it('lets nothing be committed for who has lost the key', async () => {
    await sync.addAccount('a');
    const slow = await claim();
    await forsake();
    const heir = await claim();

    await expect(syncRequest(slow)).rejects.toThrow(KeyLostError);
    expect(await sync.rows('SELECT id FROM sync_task')).toEqual([]);

    const requested = await syncRequest(heir);
    expect(await sync.rows('SELECT id FROM sync_task')).toEqual([{ id: requested?.taskId }]);
    const key = { tenantId: sync.tenantId, taskId: requested?.taskId ?? '' };
    await expect(sync.tasks.cancel(key, slow)).rejects.toThrow(KeyLostError);
    expect(await sync.rows('SELECT state FROM sync_task')).toEqual([{ state: 'QUEUED' }]);
  });

  it('knows cancels and retries by their task, too', async () => {
    await sync.addAccount('a');
    const { taskId } = await sync.request('a');
    await sync.tasks.cancel({ tenantId: sync.tenantId, taskId }, await claim());
    expect(await keys.claim(request)).toEqual({ taskId });
    // What had no effect has no task.
    request = { ...request, key: randomUUID() };
    await sync.tasks.retry({ tenantId: sync.tenantId, taskId }, await claim());
    expect(await keys.claim(request)).toBe('busy');
  });

  it('stores neither a key nor anything of a request', async () => {
    await keys.answer(await claim(), 200, {});
    const [row] = await sync.rows<{ text: string }>('SELECT k::text AS text FROM idempotency_key k');
    for (const part of [request.key, SECRET, '/x']) {
      expect(row?.text).not.toContain(part);
      expect(row?.text).not.toContain(Buffer.from(part).toString('hex'));
    }
  });

  it('takes a key for new after a day, and removes what is older, so many at a time', async () => {
    const retention = new RetentionRepository(sync.database, {
      changes: 1,
      events: 1,
      audit: 1,
      tombstones: 1,
    });
    for (let count = 0; count < 5; count += 1) await claimAnother();
    await keys.answer(await claim(), 200, 'old');
    expect(await retention.removeIdempotencyKeys(10)).toBe(0);
    await sync.rows(`UPDATE idempotency_key SET created_at = now() - interval '23 hours 59 minutes'`);
    expect(await retention.removeIdempotencyKeys(10)).toBe(0);
    expect(await keys.claim(request)).toEqual({ answer: { status: 200, body: 'old' } });
    await sync.rows(`UPDATE idempotency_key SET created_at = now() - interval '24 hours 1 second'`);

    await keys.answer(claimOf(await keys.claim({ ...request, content: ANOTHER })), 200, 'new');

    expect([await retention.removeIdempotencyKeys(3), await retention.removeIdempotencyKeys(3)]).toEqual([
      3, 2,
    ]);
    expect(await sync.rows('SELECT body FROM idempotency_key')).toEqual([{ body: 'new' }]);
  });
});
