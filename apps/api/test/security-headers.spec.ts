import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { TestMuster } from '../../../test/support/test-muster.js';
import { expectError } from './support/expect-error.js';
import { sendText } from './support/send-text.js';
import { vmwareAccount } from './support/vmware-account.js';

const ACCOUNTS = '/v1/vendor-account';
const EXPECTED = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

let muster: TestMuster;

beforeAll(async () => {
  muster = await TestMuster.start({ workers: false });
});
afterAll(() => muster.close());

function expectHeaders(headers: Headers): void {
  expect(Object.fromEntries(headers)).toMatchObject(EXPECTED);
  expect(headers.get('x-powered-by')).toBeNull();
  expect(headers.get('server')).toBeNull();
}

describe('every answer has the headers that keep browsers from harm', () => {
  it.each([
    ['a list', 'GET', `${ACCOUNTS}?limit=1`, 200],
    ['a health check', 'GET', '/healthz', 200],
    ['the description', 'GET', '/openapi.json', 200],
    ['a wrong parameter', 'GET', `${ACCOUNTS}?limit=0`, 400],
    ['no such path', 'GET', '/nope', 404],
    ['no such method', 'PATCH', ACCOUNTS, 404],
    ['a path that is no URL', 'GET', '/%', 400],
    ['an endless id', 'DELETE', `${ACCOUNTS}/${'x'.repeat(5_000)}`, 414],
    ['a body of no known type', 'POST', ACCOUNTS, 415, 'text/plain'],
  ])('%s', async (_what, method, path, status, type = 'application/json') => {
    const body = method === 'POST' ? { body: 'x', headers: { 'Content-Type': type } } : {};
    const answer = await muster.call(method, path, body);
    expect(answer.status).toBe(status);
    expectHeaders(answer.headers);
  });

  it('a caller who is not let in', async () => {
    const answer = await muster.call('GET', `${ACCOUNTS}?limit=1`, { apiKey: 'wrong' });
    expect(answer.status).toBe(401);
    expectHeaders(answer.headers);
  });

  it('what is added', async () => {
    const answer = await muster.call('POST', ACCOUNTS, { body: vmwareAccount('headers') });
    expect(answer.status).toBe(200);
    expectHeaders(answer.headers);
  });

  it('what is hardly HTTP', async () => {
    const huge = `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`;
    for (const text of ['HELO there\r\n\r\n', huge]) {
      expectHeaders((await sendText(muster.api.url, text)).headers);
    }
  });
});

describe('the page at /docs', () => {
  it('may load and run all that it is made of, and nothing else', async () => {
    const response = await fetch(`${muster.api.url}/docs`);
    const html = await response.text();
    const own = response.headers.get('content-security-policy');
    const policy = new Map(
      (own ?? '').split('; ').map((directive) => {
        const [name = '', ...sources] = directive.split(' ');
        return [name, sources];
      }),
    );
    expect(Object.fromEntries(response.headers)).toMatchObject({
      ...EXPECTED,
      'content-security-policy': own,
    });
    expect(policy.get('default-src')).toEqual(["'none'"]);
    expect(policy.get('frame-ancestors')).toEqual(["'none'"]);
    expect(policy.get('connect-src')).toEqual(["'self'"]);
    expect(policy.get('script-src')).not.toContain("'unsafe-inline'");
    const inline = [...html.matchAll(/<script>([^]*?)<\/script>/g)];
    const digests = await Promise.all(
      inline.map(async ([, script]) => {
        const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(script));
        return `'sha256-${Buffer.from(digest).toString('base64')}'`;
      }),
    );
    expect(policy.get('script-src')).toEqual(["'self'", ...digests]);
    // No script or style of another form, which the policy would stop.
    expect(html.match(/<script/g)?.length).toBe(inline.length + (html.match(/<script src="/g) ?? []).length);
    expect(html).not.toMatch(/\son\w+=|javascript:/i);
    const loaded = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address = '']) => address);
    expect(loaded.length).toBeGreaterThan(1);
    for (const address of loaded) {
      const url = new URL(address, `${muster.api.url}/docs`);
      expect(url.origin).toBe(new URL(muster.api.url).origin);
      const asset = await fetch(url);
      expect([address, asset.status]).toEqual([address, 200]);
      expect(asset.headers.get('x-content-type-options')).toBe('nosniff');
      expect(asset.headers.get('cache-control')).toMatch(/^public/);
      await asset.arrayBuffer();
    }
  });
});

describe('a bug of ours', () => {
  it('shows nothing of our inside, and is whole in the log', async () => {
    await muster.sql.query('ALTER TABLE sync_task RENAME TO sync_task_gone');
    try {
      const answer = await muster.call('GET', `/v1/multicloud-resources/sync/${randomUUID()}`);
      expectError(answer, { status: 500, code: 'COC.00010500', message: /^Internal error\. The log has/ });
      expect(JSON.stringify(answer.body)).not.toContain('sync_task');
      expectHeaders(answer.headers);
      const logged = muster.logs.find((line) => line.includes(String(answer.body['request_id'])));
      expect(logged).toMatch(/"level":"error".*sync_task/);
      expect(logged).toContain('\\n    at ');
    } finally {
      await muster.sql.query('ALTER TABLE sync_task_gone RENAME TO sync_task');
    }
  });
});
