import { inspect } from 'node:util';

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { type JsonValue, SyncError } from '#domain';

import { createRedactor, createSecretHider, hideInDocument } from './create-redactor.js';

const secrets = fc
  .string({ minLength: 8, maxLength: 40, unit: 'binary' })
  .filter((text) => !/^\p{L}+$/u.test(text));
const words = fc.constantFrom('', 'The vendor says: ', ' is refused.', 'password=');

describe('createRedactor', () => {
  it('takes the secret out of message, code and cause, wherever it stands there', () => {
    fc.assert(
      fc.property(secrets, words, words, (sk, before, after) => {
        const cause = Object.assign(new TypeError(before + sk), {
          config: { auth: { password: sk }, headers: [{ authorization: `Basic ${basic('user', sk)}` }] },
          request: JSON.stringify({ sk }),
          url: `https://vendor/?sk=${encodeURIComponent(sk)}`,
          cause: new Error(sk + after),
        });
        const error = new SyncError('permission', before + sk + after, { vendorCode: sk, cause });

        const redacted = createRedactor(createSecretHider({ ak: 'user', sk }))(error);

        expect(redacted.kind).toBe('permission');
        const text = inspect(redacted, { depth: 20, maxStringLength: null });
        for (const form of [sk, JSON.stringify(sk).slice(1, -1), basic('user', sk), encodeURIComponent(sk)]) {
          expect(text.includes(form)).toBe(false);
        }
        expect(text).toContain('TypeError');
      }),
    );
  });

  it('takes secret and token of a temporary key out, together and apart', () => {
    const [secret, token] = ['wJalrXUtnFEMI/K7MDENG+bPxRfi', 'IQoJb3JpZ2luX2VjE/+w=='];
    const redact = createRedactor(createSecretHider({ ak: 'ASIA', sk: `${secret}:${token}` }));
    for (const form of [secret, token, `${secret}:${token}`, encodeURIComponent(token)]) {
      const error = redact(new SyncError('bug', `sent ${form} twice`, { cause: new Error(form) }));
      expect(error.message).toBe('sent [secret] twice');
      expect(inspect(error)).not.toContain(form);
    }
  });

  it('takes every line of a private key out', () => {
    const lines = ['MIIEvgIBADANBgkqhkiG9w0BAQEFAASC', '8RtkQ1vWm3yZs0pXbN5cGh2dUe7fLaJo'];
    const sk = ['-----BEGIN PRIVATE KEY-----', ...lines, ''].join('\n');
    const cause = Object.assign(new Error('no'), { options: { key: sk, lines } });
    const text = inspect(
      createRedactor(createSecretHider({ ak: 'user', sk }))(new SyncError('bug', 'No.', { cause })),
      {
        depth: 9,
      },
    );
    for (const line of lines) expect(text).not.toContain(line);
  });

  it('leaves alone what holds nothing of it, to the very object', () => {
    const redact = createRedactor(createSecretHider({ ak: 'user', sk: 'hunter22' }));
    const cause = new Error('connect ECONNREFUSED');
    const error = new SyncError('throttled', 'Too fast.', { vendorCode: 'SLOW', retryAfterMs: 5, cause });
    expect(redact(error)).toBe(error);
  });

  it('keeps what the engine goes by', () => {
    const redact = createRedactor(createSecretHider({ ak: 'user', sk: 'hunter22' }));
    const details = { vendorCode: 'SLOW', retryAfterMs: 5, cursorExpired: true };
    expect(redact(new SyncError('throttled', 'hunter22 is too fast.', details))).toMatchObject({
      kind: 'throttled',
      message: '[secret] is too fast.',
      ...details,
    });
  });

  it('does not take every other word for a secret that is next to none', () => {
    const error = new SyncError('bug', 'a abc');
    for (const sk of ['', 'a', 'abc'])
      expect(createRedactor(createSecretHider({ ak: 'user', sk }))(error)).toBe(error);
  });

  it('does not tell which word a secret is', () => {
    const redact = createRedactor(createSecretHider({ ak: 'user', sk: 'password' }));
    const error = new SyncError('credentials', 'Wrong user name or password.');
    expect(redact(error)).toBe(error);
    const cause = new Error(`Authorization: Basic ${basic('user', 'password')}`);
    expect(redact(new SyncError('bug', 'No.', { cause })).cause).toMatchObject({
      message: 'Authorization: Basic [secret]',
    });
  });

  it('finds its way through causes that go round', () => {
    const cause: Error & { self?: unknown } = new Error('hunter22');
    cause.self = cause;
    const redacted = createRedactor(createSecretHider({ ak: 'user', sk: 'hunter22' }))(
      new SyncError('bug', 'No.', { cause }),
    );
    expect(inspect(redacted, { depth: 20 })).not.toContain('hunter22');
  });
});

function basic(user: string, password: string): string {
  return Buffer.from(`${user}:${password}`).toString('base64');
}

describe('hideInDocument', () => {
  it('leaves nothing of the secret in any text of a document, and the rest as it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), secrets, words, (value, sk, before) => {
        const document = { value: value as JsonValue, [before + sk]: [{ deep: [before + sk, null, 7] }] };

        const shown = hideInDocument(document, createSecretHider({ ak: 'user', sk }));

        expect(JSON.stringify(shown).includes(JSON.stringify(sk).slice(1, -1))).toBe(false);
        expect(Object.values(shown as object).at(-1)).toEqual([{ deep: [`${before}[secret]`, null, 7] }]);
      }),
    );
  });

  it('does not mistake what is no text for the secret', () => {
    const hide = createSecretHider({ ak: 'user', sk: '1234' });
    expect(hideInDocument({ count: 12345, is: true, none: null }, hide)).toEqual({
      count: 12345,
      is: true,
      none: null,
    });
  });
});
