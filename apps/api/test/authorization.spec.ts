import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { ACTIONS, type Policy, READ_ONLY } from '#domain';

import { eventually } from '../../../test/support/eventually.js';
import { type Answer, TestMuster } from '../../../test/support/test-muster.js';
import { expectError } from './support/expect-error.js';
import { administrationOf, issueAccessKey, issueApiKey, tenantId } from './support/issue-credential.js';
import { send, sign } from './support/signed-request.js';
import { vmwareAccount } from './support/vmware-account.js';

const LIST = '/v1/vendor-account?limit=1';

interface Operation {
  method: string;
  path: string;
  action: string;
}

let muster: TestMuster;
let operations: Operation[];

beforeAll(async () => {
  muster = await TestMuster.start({ workers: false });
  const { body } = await muster.call<{
    paths: Record<string, Record<string, { security?: object; 'x-required-action'?: string }>>;
  }>('GET', '/openapi.json');
  operations = Object.entries(body.paths).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, { 'x-required-action': action }]) =>
      action === undefined ? [] : { method: method.toUpperCase(), path, action },
    ),
  );
});

afterAll(async () => {
  expect(muster.logs.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
  await muster.close();
});

const policy = (...statements: [effect: 'Allow' | 'Deny', ...actions: string[]][]): Policy => ({
  Version: '5.0',
  Statement: statements.map(([Effect, ...Action]) => ({ Effect, Action })),
});

const call = (apiKey: string, { method, path }: Operation): Promise<Answer> =>
  muster.call(
    method,
    path.replaceAll(/\{\w+\}/g, () => randomUUID()),
    { apiKey },
  );

function expectForbidden(answer: Answer, action: string, reason: string): void {
  expectError(answer, {
    status: 403,
    code: 'COC.00010403',
    message: `This credential may not ${action}: ${reason}.`,
  });
}

describe('every operation', () => {
  it('needs an action, and every action is needed by one', () => {
    expect(operations.length).toBeGreaterThanOrEqual(16);
    expect([...new Set(operations.map(({ action }) => action))].sort()).toEqual([...ACTIONS].sort());
  });

  it('is let through by its action alone, and not by all others', async () => {
    for (const operation of operations) {
      const { action } = operation;
      const others = ACTIONS.filter((other) => other !== action);
      const only = await issueApiKey(muster, { policy: policy(['Allow', action]) });
      const without = await issueApiKey(muster, { policy: policy(['Allow', ...others]) });
      const allowed = await call(only, operation);
      expect([operation, allowed.status < 500 && ![401, 403].includes(allowed.status)]).toEqual([
        operation,
        true,
      ]);
      expectForbidden(await call(without, operation), action, 'no statement of its policy allows it');
    }
  });

  it('is refused when its policy denies it, whatever it allows', async () => {
    for (const operation of operations) {
      const { action } = operation;
      for (const denied of [
        policy(['Allow', '*'], ['Deny', action]),
        policy(['Deny', action.toUpperCase()], ['Allow', action, 'coc:*:*']),
        policy(['Deny', `coc:${action.split(':')[1] ?? ''}:*`], ['Allow', '*']),
      ]) {
        const answer = await call(await issueApiKey(muster, { policy: denied }), operation);
        expectForbidden(answer, action, 'its policy denies it');
      }
    }
  });
});

describe('a credential that may only read', () => {
  it('reads, and changes nothing', async () => {
    const apiKey = await issueApiKey(muster, { policy: READ_ONLY });
    const statuses = await Promise.all(
      operations.map(async (operation) => ({ operation, status: (await call(apiKey, operation)).status })),
    );
    for (const { operation, status } of statuses) {
      const isReading = operation.method === 'GET' && operation.action !== 'coc:webhook:revealSecret';
      expect([operation.action, status === 403]).toEqual([operation.action, !isReading]);
    }
    const add = { apiKey, body: vmwareAccount('a') };
    expect((await muster.call('POST', '/v1/vendor-account', add)).status).toBe(403);
    expect((await muster.call('GET', LIST)).body).toEqual({ data: [], total: 0 });
  });

  it('learns nothing of what else would be wrong with its request', async () => {
    const apiKey = await issueApiKey(muster, { policy: READ_ONLY });
    for (const body of ['{', { nope: 1 }, 'x']) {
      const answer = await muster.call('POST', '/v1/vendor-account', { apiKey, body });
      expectForbidden(answer, 'coc:vendorAccount:create', 'no statement of its policy allows it');
    }
  });
});

describe('a refusal', () => {
  it('is in the log, with credential and action', async () => {
    const apiKey = await issueApiKey(muster, { name: 'refused', policy: policy(['Allow', 'ecs:*:*']) });
    const { body } = await muster.call('GET', LIST, { apiKey });
    const line = muster.logs.find((candidate) => candidate.includes(body['request_id'] as string));
    const { id } = (await administrationOf(muster).list()).find(({ name }) => name === 'refused')!;
    expect(JSON.parse(line ?? '{}')).toMatchObject({
      level: 'warn',
      credential: id,
      action: 'coc:vendorAccount:list',
      verdict: 'unmentioned',
      path: '/v1/vendor-account',
    });
  });
});

describe('a changed policy', () => {
  it('counts at once for an API key, and within seconds for a key pair and what is made from it', async () => {
    const named = { tenantId: await tenantId(muster), name: 'pair' };
    const pair = await issueAccessKey(muster, { name: 'pair' });
    const { id } = (await administrationOf(muster).list()).find(({ name }) => name === 'pair')!;
    const temporary = await administrationOf(muster).createTemporary(id, new Date(Date.now() + 600_000));
    if (temporary?.kind !== 'temporary') throw new Error('It was not made.');
    const status = async (by: typeof pair) =>
      (
        await send(
          muster.api.url,
          sign(muster.api.url, by, { method: 'GET', path: '/v1/vendor-account', query: { limit: '1' } }),
        )
      ).status;
    const apiKey = await issueApiKey(muster, { name: 'key' });
    expect([await status(pair), await status(temporary)]).toEqual([200, 200]);
    expect((await muster.call('GET', LIST, { apiKey })).status).toBe(200);

    const nothing = policy(['Deny', '*']);
    await administrationOf(muster).setPolicy(named, nothing);
    await administrationOf(muster).setPolicy({ ...named, name: 'key' }, nothing);
    expect((await muster.call('GET', LIST, { apiKey })).status).toBe(403);
    for (const by of [pair, temporary]) {
      await eventually('it is not allowed any more', async () => (await status(by)) === 403);
    }
  });
});
