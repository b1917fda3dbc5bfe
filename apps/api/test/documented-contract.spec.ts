import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { projectRoot } from '#platform';

import { TestMuster } from '../../../test/support/test-muster.js';
import { vmwareAccount } from './support/vmware-account.js';

const DOCUMENT = readFileSync(join(projectRoot, 'docs/coc-contract.md'), 'utf8');

/** A test file, and the titles of tests behind it: `…/errors.spec.ts` “a title” “another”. */
const references = [...DOCUMENT.matchAll(/`([^`\s]+\/[^`\s]+\.spec\.ts)`((?: “[^”]+”)*)/g)].map(
  ([, path = '', titles = '']) => ({
    path: path.replace(/^…/, 'apps/api/test'),
    titles: [...titles.matchAll(/“([^”]+)”/g)].map(([, title = '']) => title),
  }),
);

describe('docs/coc-contract.md', () => {
  it('names tests that there are', () => {
    expect(references.length).toBeGreaterThan(30);
    const missing = references.flatMap(({ path, titles }) => {
      const file = join(projectRoot, path);
      const text = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
      if (text === undefined) return [path];
      return titles.filter((title) => !text.includes(title)).map((title) => `${path}: ${title}`);
    });
    expect(missing).toEqual([]);
  });
});

describe('an answer', () => {
  let muster: TestMuster;
  beforeAll(async () => {
    muster = await TestMuster.start({ workers: false });
  });
  afterAll(() => muster.close());

  const sync = (body: object) => muster.call('POST', '/v1/multicloud-resources/sync', { body });

  it('has a request id of its own, and is JSON', async () => {
    const id = await muster.addAccount(vmwareAccount('a'));
    const answers = [
      await muster.call('GET', '/v1/vendor-account?limit=1'),
      await muster.call('PUT', `/v1/vendor-account/${id}`, { body: { account_name: 'b' } }),
      await muster.call('GET', '/v1/multicloud-resources?limit=1&vendor=HCS'),
      await muster.call('GET', '/v1/multicloud-resources/count?vendor=HCS'),
      await sync({ vendor: 'VMWARE', account_id: 'a' }),
      await muster.call('DELETE', `/v1/vendor-account/${id}`),
    ];
    for (const { status, headers } of answers) {
      expect([status, headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/);
    }
    expect(new Set(answers.map(({ headers }) => headers.get('x-request-id'))).size).toBe(answers.length);
  });

  it('takes null for no account, as it takes an empty one and none', async () => {
    await muster.addAccount(vmwareAccount('b'));
    const tasks = [];
    for (const body of [{}, { account_id: null }, { account_id: '' }]) {
      const { status, body: answer } = await sync({ vendor: 'VMWARE', ...body });
      expect(status).toBe(200);
      tasks.push(answer['data']);
    }
    expect(new Set(tasks).size).toBe(1);
  });
});
