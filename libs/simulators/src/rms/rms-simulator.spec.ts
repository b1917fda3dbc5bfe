import { createHash, createHmac } from 'node:crypto';
import { request } from 'node:https';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { type RmsSimulator, startRmsSimulator } from './rms-simulator.js';

const PATH = '/v3/auth/domains';

/** What is changed of a right call makes it wrong. */
interface Changes {
  accessKey?: string;
  secretKey?: string;
  securityToken?: string | undefined;
  at?: Date;
  /** Of the headers that are to be signed, what is left out. */
  unsigned?: string;
}

let simulator: RmsSimulator;

beforeEach(async () => {
  simulator = await startRmsSimulator();
});

afterEach(async () => {
  await simulator.close();
});

/** Calls IAM, signed by SDK-HMAC-SHA256, as anybody would, without the adapter. */
async function call(changes: Changes = {}): Promise<string> {
  const { accessKey = simulator.accessKey, secretKey = simulator.secretKey, at = new Date() } = changes;
  const { securityToken, unsigned } = changes;
  const url = new URL(PATH, simulator.url);
  const date = at.toISOString().replace(/[-:]|\.\d+/g, '');
  const headers: Record<string, string> = {
    host: url.host,
    'x-sdk-date': date,
    ...(securityToken === undefined ? {} : { 'x-security-token': securityToken }),
  };
  const names = Object.keys(headers).filter((name) => name !== unsigned);
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const signed = names.map((name) => `${name}:${headers[name] ?? ''}\n`).join('');
  const canonical = ['GET', `${PATH}/`, '', signed, names.join(';'), sha256('')].join('\n');
  const text = `SDK-HMAC-SHA256\n${date}\n${sha256(canonical)}`;
  const signature = createHmac('sha256', secretKey).update(text).digest('hex');
  const authorization = `SDK-HMAC-SHA256 Access=${accessKey}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return await new Promise((resolve, reject) => {
    const sent = request(url, { headers: { ...headers, authorization }, ca: simulator.caPem }, (answer) => {
      let body = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => (body += part));
      answer.on('end', () => {
        const { error_msg: message = 'taken' } = JSON.parse(body) as { error_msg?: string };
        resolve(
          `${String(answer.statusCode)} ${message.replace('Incorrect IAM authentication information: ', '')}`,
        );
      });
      answer.on('error', reject);
    });
    sent.on('error', reject);
    sent.end();
  });
}

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);

describe('the simulated Huawei Cloud', () => {
  it('answers what is signed right', async () => {
    expect(await call()).toBe('200 taken');
  });

  it.each([
    ['another secret', { secretKey: 'wrong' }, /^401 verify aksk signature fail/],
    [
      'a key that nobody has',
      { accessKey: 'HPUANOBODY' },
      /^401 Get secretKey failed,ak:HPUANOBODY,err:ak not exist/,
    ],
    ['a date of 20 minutes ago', { at: minutesAgo(20) }, /^401 calc ak sk signature fail:signature expired/],
    ['a date that is not signed', { unsigned: 'x-sdk-date' }, /^401 x-sdk-date is not signed/],
    ['a token, by a key that has none', { securityToken: 'dG9rZW4=' }, /^401 decrypt token fail/],
  ] as const)('refuses a call with %s', async (_, changes, answer) => {
    expect(await call(changes)).toMatch(answer);
  });

  it('takes a temporary key with its token, signed, until it ends', async () => {
    const key = simulator.issueTemporaryKey();
    expect(await call(key)).toBe('200 taken');
    expect(await call({ ...key, securityToken: undefined })).toMatch(/^401 Get secretKey failed/);
    expect(await call({ ...key, securityToken: `${key.securityToken}x` })).toBe('401 decrypt token fail');
    expect(await call({ ...key, unsigned: 'x-security-token' })).toMatch(
      /^401 x-security-token is not signed/,
    );
    simulator.endTemporaryKeys();
    expect(await call(key)).toBe('401 the security token has expired');
    expect(await call()).toBe('200 taken');
  });

  it('ends a temporary key after as many calls as it was given', async () => {
    const key = simulator.issueTemporaryKey(2);
    expect([await call(key), await call(key)]).toEqual(['200 taken', '200 taken']);
    expect(await call(key)).toMatch(/^401/);
  });

  it('locks a key, and no other, that was refused five times in a row', async () => {
    for (let tries = 0; tries < 5; tries++) await call({ secretKey: 'wrong' });
    expect(await call()).toBe('401 AK access failed to reach the limit,forbidden: 5m');
    expect(await call(simulator.issueTemporaryKey())).toBe('200 taken');
  });
});
