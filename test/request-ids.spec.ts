import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { SyncError } from '#domain';

import { eventually } from './support/eventually.js';
import { queueBackends } from './support/redis.js';
import { pagesOf, scriptedAccount, ScriptedVendor } from './support/scripted-vendor.js';
import { TEST_TIMING, TestMuster } from './support/test-muster.js';

const SYNC = '/v1/multicloud-resources/sync';
const MADE = /^[0-9a-f]{32}$/;

/** What is enqueued by nobody's request, for having waited long on a busy machine, has the id of none. */
const TIMING = { ...TEST_TIMING, forgottenAfterMs: 60_000 };

describe.each(queueBackends())('ids in the log, with the queue on %s', (backend) => {
  let muster: TestMuster;
  let vendor: ScriptedVendor;
  const accounts = new Map<string, string>();

  beforeAll(async () => {
    vendor = new ScriptedVendor();
    muster = await TestMuster.start({ backend, adapters: vendor.adapters, timing: TIMING });
    for (const name of ['a', 'b', 'c']) accounts.set(name, await muster.addAccount(scriptedAccount(name)));
  });
  afterAll(() => muster.close());

  const lines = () => muster.logs.map((line) => JSON.parse(line) as Record<string, unknown>);
  const linesOf = (task: string) => lines().filter((line) => line['task'] === task);
  const sync = async (account_id: string, id: string) => {
    const { body, headers } = await muster.call<{ data: string }>('POST', SYNC, {
      body: { vendor: 'VMWARE', account_id },
      headers: { 'X-Request-Id': id },
    });
    await muster.finishedTask(body.data);
    return { task: body.data, answered: headers.get('x-request-id') };
  };

  it('has the id of a request in every line of its sync, with task, run, unit and account', async () => {
    vendor.scripts['things'] = pagesOf([['x']]);
    const ids = ['request-of-a', '6f1c:b.c_d', '0af7651916cd43dd8448eb211c80319c'];
    const syncs = await Promise.all(['a', 'b', 'c'].map((name, index) => sync(name, ids[index] ?? '')));
    for (const [index, { task, answered }] of syncs.entries()) {
      expect(answered).toBe(ids[index]);
      const own = await eventually('the unit has ended', () => {
        const written = linesOf(task);
        return written.some(({ msg }) => msg === 'unit ended') ? written : undefined;
      });
      expect(own.map(({ request }) => request)).toEqual(own.map(() => ids[index]));
      expect(own.map(({ msg }) => msg)).toEqual(
        expect.arrayContaining(['a sync was asked for', 'unit ended']),
      );
      const account = accounts.get(['a', 'b', 'c'][index] ?? '');
      expect(own.find(({ msg }) => msg === 'unit ended')).toMatchObject({
        account,
        vendor: 'VMWARE',
        type: 'things',
        scope: 'scope',
        run: expect.stringMatching(/^[\w-]{36}$/),
        unit: expect.stringMatching(/^[\w-]{36}$/),
      });
    }
  });

  it('has them in what goes wrong, each once', async () => {
    vendor.scripts['things'] = pagesOf([['x']], () => {
      throw new SyncError('permission', 'you may not');
    });
    const { task } = await sync('a', 'request-that-fails');
    const failed = muster.logs.filter((line) => line.includes('you may not') && line.includes(task));
    expect(failed).toHaveLength(1);
    expect(failed[0]?.match(/"(request|task|run|unit|account|vendor)":/g)?.sort()).toEqual(
      ['account', 'request', 'run', 'task', 'unit', 'vendor'].map((field) => `"${field}":`),
    );
    expect(failed[0]).toContain('"request":"request-that-fails"');
  });

  it.each(['short', 'x'.repeat(65), 'with a space', 'quote"quote', '{"json":1}', 'ümlauts-everywhere'])(
    'makes an id of its own instead of %s',
    async (sent) => {
      const { headers, body } = await muster.call('GET', '/nowhere', {
        headers: { 'X-Request-Id': encode(sent) },
      });
      expect(headers.get('x-request-id')).toMatch(MADE);
      expect(body['request_id']).toBe(headers.get('x-request-id'));
      expect(muster.logs.some((line) => line.includes(sent))).toBe(false);
    },
  );

  it('says of nothing that it came of a request which did not ask for it', async () => {
    expect(lines()[0]).not.toHaveProperty('request'); // of its start
    const { headers } = await muster.call('GET', '/nowhere');
    const [line] = lines().filter(
      ({ msg, request }) => msg === 'no such path or method' && request === headers.get('x-request-id'),
    );
    expect(line).not.toHaveProperty('task');
  });
});

/** As bytes go over the wire. */
const encode = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
