import { afterEach, describe, expect, it } from '@jest/globals';

import { type Answer, type CallOptions, TestMuster } from '../../../test/support/test-muster.js';
import { expectError } from './support/expect-error.js';
import { issueAccessKey, issueApiKey } from './support/issue-credential.js';
import { send, sign } from './support/signed-request.js';
import { vmwareAccount } from './support/vmware-account.js';

const LIST = '/v1/vendor-account?limit=1';
/** So few that none comes back while a slow machine makes the next call. */
const LIMIT = 2;
/** How long a request takes to come back. */
const EVERY_MS = 60_000 / LIMIT;
/** Far more than pass, however slow the machine is. */
const MAX_CALLS = 100;
const FIELDS = ['ratelimit-policy', 'ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset'] as const;

let muster: TestMuster;
afterEach(() => muster.close());

const fieldsOf = ({ headers }: Answer) => FIELDS.map((name) => headers.get(name));

function expectRefused(answer: Answer, policy: string): void {
  expectError(answer, {
    status: 429,
    code: 'APIGW.0308',
    message: `${policy} over ratelimit, limit:${String(LIMIT)},`,
  });
  const [quota, limit, remaining, reset] = fieldsOf(answer);
  expect([quota, limit, remaining]).toEqual(['2;w=60', '2', '0']);
  expect(Number(reset)).toBeGreaterThan(EVERY_MS / 1_000);
  const retryAfter = Number(answer.headers.get('retry-after'));
  expect(retryAfter).toBeGreaterThanOrEqual(1);
  expect(retryAfter).toBeLessThanOrEqual(EVERY_MS / 1_000);
}

/** Calls until it is refused, and returns all answers: as many as there may be, but what comes back meanwhile. */
async function untilRefused(call: () => Promise<Answer>): Promise<{ passed: Answer[]; refused: Answer }> {
  const passed: Answer[] = [];
  const began = performance.now();
  for (;;) {
    const answer = await call();
    const cameBack = (performance.now() - began) / EVERY_MS;
    if (answer.status === 429) {
      expect(passed.length).toBeGreaterThanOrEqual(LIMIT);
      return { passed, refused: answer };
    }
    passed.push(answer);
    expect(passed.length).toBeLessThanOrEqual(LIMIT + cameBack);
    expect(passed.length).toBeLessThan(MAX_CALLS);
  }
}

describe('the limit of a credential', () => {
  const start = async () => {
    muster = await TestMuster.start({ workers: false, rateLimits: { caller: LIMIT } });
  };

  it('lets so many requests a minute pass, and says how many are left', async () => {
    await start();
    const { passed, refused } = await untilRefused(() => muster.call('GET', LIST));
    expect(passed.map(({ status }) => status)).toEqual(passed.map(() => 200));
    const [quota, limit, remaining, reset] = fieldsOf(passed[0]!);
    expect([quota, limit, remaining]).toEqual(['2;w=60', '2', '1']);
    expect(Number(reset)).toBe(EVERY_MS / 1_000);
    expect(passed[0]!.headers.get('retry-after')).toBeNull();
    expectRefused(refused, 'policy user');
    const notices = muster.logs.filter((line) => line.includes('too many requests'));
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatch(/"level":"warn".*"from":"127\.0\.0\.1".*"credential":"[0-9a-f-]{36}"/);
  });

  it('counts each credential by itself, however it is sent, and requests that go wrong, too', async () => {
    await start();
    const pair = await issueAccessKey(muster, { name: 'signer' });
    const list = { method: 'GET', path: '/v1/vendor-account', query: { limit: '0' } };
    const { passed, refused } = await untilRefused(() =>
      send(muster.api.url, sign(muster.api.url, pair, list)),
    );
    expect(passed.every(({ status }) => status === 400)).toBe(true);
    expectRefused(refused, 'policy user');
    expect((await muster.call('GET', LIST)).status).toBe(200);
    const other = await issueApiKey(muster, { tenant: 'another' });
    const answer = await muster.call('GET', LIST, { apiKey: other });
    expect([answer.status, ...fieldsOf(answer).slice(0, 3)]).toEqual([200, '2;w=60', '2', '1']);
  });

  it('refuses a write before it has any effect', async () => {
    await start();
    await untilRefused(() => muster.call('GET', LIST));
    const write = { body: vmwareAccount('refused'), headers: { 'Idempotency-Key': 'once' } };
    const answer = await muster.call('POST', '/v1/vendor-account', write);
    expectRefused(answer, 'policy user');
    expect((await muster.sql.query('SELECT FROM vendor_account')).rowCount).toBe(0);
    expect((await muster.sql.query('SELECT FROM idempotency_key')).rowCount).toBe(0);
  });

  it('counts nobody who is not known', async () => {
    await start();
    for (let made = 0; made < 2 * LIMIT; made += 1) {
      const answer = await muster.call('GET', LIST, { apiKey: 'wrong' });
      expect([answer.status, ...fieldsOf(answer)]).toEqual([401, null, null, null, null]);
    }
  });
});

describe('the limit of an address', () => {
  const start = async (trustedProxies: string[] = []) => {
    muster = await TestMuster.start({ workers: false, trustedProxies, rateLimits: { stranger: LIMIT } });
  };
  const guess = (options: CallOptions = {}) => muster.call('GET', LIST, { apiKey: 'guessed', ...options });

  it('ends guessing: then even the right key is turned away, though probes are answered', async () => {
    await start();
    const { passed, refused } = await untilRefused(() => guess());
    expect(passed.map(({ status }) => status)).toEqual(passed.map(() => 401));
    expect(fieldsOf(passed[0]!)).toEqual(['2;w=60', '2', '1', '30']);
    expectRefused(refused, 'policy ip');
    // Also under another address that nobody vouches for.
    expectRefused(await guess({ headers: { 'X-Forwarded-For': '192.0.2.1' } }), 'policy ip');
    expectRefused(await muster.call('GET', LIST), 'policy ip');
    for (const probe of ['/healthz', '/readyz', '/healthz?x']) {
      expect((await muster.call('GET', probe, { apiKey: '' })).status).toBe(200);
    }
    // What was turned away counts for nothing, or the address would never be let in again.
    const reset = Number(fieldsOf(await guess())[3]);
    expect(reset).toBeLessThanOrEqual(60);
  });

  it('ends guessing passwords, and asking for what is not there', async () => {
    await start(['127.0.0.1']);
    const user = { name: 'first', password: 'guessed', domain: { name: 'default' } };
    const body = { auth: { identity: { methods: ['password'], password: { user } } } };
    const from = (address: string) => ({ apiKey: '', headers: { 'X-Forwarded-For': address } });
    const signIn = await untilRefused(() =>
      muster.call('POST', '/v3/auth/tokens', { body, ...from('192.0.2.1') }),
    );
    expect(signIn.passed.every(({ status }) => status === 401)).toBe(true);
    expectRefused(signIn.refused, 'policy ip');
    const missing = await untilRefused(() => muster.call('GET', '/nope', from('192.0.2.2')));
    expect(missing.passed.every(({ status }) => status === 404)).toBe(true);
    // All of an IPv6 network is one.
    let host = 0;
    const network = await untilRefused(() => {
      host += 1;
      return muster.call('GET', '/openapi.json', from(`2001:db8:1:2::${host.toString(16)}`));
    });
    expect(network.passed.every(({ status }) => status === 200)).toBe(true);
    expect((await muster.call('GET', '/openapi.json', from('2001:db8:1:3::1'))).status).toBe(200);
    const log = muster.logs.filter((line) => line.includes('too many requests'));
    expect(log.map((line) => (JSON.parse(line) as { from: string }).from)).toEqual([
      '192.0.2.1',
      '192.0.2.2',
      expect.stringContaining('2001:db8:1:2::'),
    ]);
  });

  it('never counts who is known', async () => {
    await start();
    for (let made = 0; made < 2 * LIMIT; made += 1) {
      const answer = await muster.call('GET', LIST);
      expect([answer.status, ...fieldsOf(answer)]).toEqual([200, null, null, null, null]);
    }
    expect(fieldsOf(await guess())[2]).toBe('1');
  });
});
