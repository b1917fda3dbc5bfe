import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';

import { createTestDatabase, type TestDatabase } from '../../../test/support/test-database.js';
import { storableText, toJsonPayload } from './storable-text.js';

/** Text with all that Postgres refuses, more often than chance has it. */
const text = fc.string({
  unit: fc.oneof(
    fc.string({ unit: 'binary', maxLength: 3 }),
    fc.constantFrom('\0', '\ud800', '\udfff', '\\', '"'),
  ),
});
const json = fc.jsonValue({ stringUnit: 'binary' });

describe('what is stored', () => {
  let test: TestDatabase;
  let client: pg.Client;

  beforeAll(async () => {
    test = await createTestDatabase();
    client = new pg.Client({ connectionString: test.url });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await test.drop();
  });

  it('comes back from a text column as storableText made it', async () => {
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        const stored = storableText(value);
        const { rows } = await client.query<{ value: string }>('SELECT $1::text AS value', [stored]);
        expect(rows).toEqual([{ value: stored }]);
        expect(storableText(stored)).toBe(stored);
      }),
    );
  });

  it('comes back from a jsonb column as it was, but for the characters that cannot be stored', async () => {
    await fc.assert(
      fc.asyncProperty(json, fc.dictionary(text, text), async (value, texts) => {
        const payload = toJsonPayload({ value, texts });
        const { rows } = await client.query<{ stored: unknown }>('SELECT $1::jsonb AS stored', [payload]);
        const expected = Object.entries(texts).map(([key, item]) => [storableText(key), storableText(item)]);
        expect(rows[0]?.stored).toEqual({
          value: JSON.parse(toJsonPayload(value)) as unknown,
          texts: Object.fromEntries(expected) as unknown,
        });
      }),
    );
  });
});

describe('storableText', () => {
  it('changes nothing that Postgres can hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        fc.pre(!value.includes('\0'));
        expect(storableText(value)).toBe(value);
      }),
    );
  });

  it('puts a replacement character for each that it cannot', () => {
    expect(storableText('nul\0 high\ud800 low\udc00 pair\ud83d\ude00')).toBe(
      'nul\ufffd high\ufffd low\ufffd pair\ud83d\ude00',
    );
  });
});
