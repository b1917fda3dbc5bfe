import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';

import { createTestDatabase, type TestDatabase } from '../../../test/support/test-database.js';
import {
  bigintArray,
  byteaArray,
  jsonArray,
  jsonbArray,
  textArray,
  timestampArray,
  uuidArray,
} from './postgres-array.js';

describe('arrays in binary format', () => {
  let database: TestDatabase;
  let client: pg.Client;

  beforeAll(async () => {
    database = await createTestDatabase();
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  /** What Postgres takes an array for, element by element. */
  const read = async (type: string, array: Buffer): Promise<unknown[]> => {
    const { rows } = await client.query<{ item: unknown }>(
      `SELECT item FROM unnest($1::${type}[]) WITH ORDINALITY AS element (item, place) ORDER BY place`,
      [array],
    );
    return rows.map(({ item }) => item);
  };
  const text = fc.string({ unit: 'binary' }).map((value) => value.replaceAll('\0', '').toWellFormed());

  it.each([
    ['text', textArray, fc.array(fc.option(text)), (value: string) => value],
    [
      'json',
      jsonArray,
      fc.array(fc.option(text.map((value) => JSON.stringify({ value })))),
      (value: string) => JSON.parse(value) as unknown,
    ],
    [
      'jsonb',
      jsonbArray,
      fc.array(fc.option(text.map((value) => JSON.stringify({ value })))),
      (value: string) => JSON.parse(value) as unknown,
    ],
    [
      'bytea',
      byteaArray,
      fc.array(fc.option(fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('latin1')))),
      (value: string) => Buffer.from(value, 'latin1'),
    ],
    ['uuid', uuidArray, fc.array(fc.uuid()), (value: string) => value],
    [
      'bigint',
      bigintArray,
      fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
      (value: bigint) => value.toString(),
    ],
    [
      'timestamptz',
      timestampArray,
      fc.array(
        fc.option(
          fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z') }),
        ),
      ),
      (value: Date) => value,
    ],
  ] as [string, (values: unknown[]) => Buffer, fc.Arbitrary<unknown[]>, (value: unknown) => unknown][])(
    'of %s are what was written',
    async (type, encode, values, toRead) => {
      await fc.assert(
        fc.asyncProperty(values, async (all) => {
          expect(await read(type, encode(all))).toEqual(
            all.map((value) => (value === null ? null : toRead(value))),
          );
        }),
        { numRuns: 30 },
      );
    },
  );

  it('hold U+FFFD for half of a surrogate pair, as all text does', async () => {
    expect(await read('text', textArray(['a\ud800b', '\udc00']))).toEqual(['a\ufffdb', '\ufffd']);
  });
});
