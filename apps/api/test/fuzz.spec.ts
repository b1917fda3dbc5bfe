import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { TestMuster } from '../../../test/support/test-muster.js';
import { ApiDocument, type DocumentedOperation, type Schema, type WireAnswer } from './fuzz/api-document.js';
import { fillEstate } from './fuzz/estate.js';
import { judge } from './fuzz/judge.js';
import { sendBytes } from './fuzz/raw-connection.js';
import { type Estate, type FuzzedRequest, requestsFor } from './fuzz/requests.js';
import { WireClient, type WireRequest } from './fuzz/wire-client.js';

/** The same cases each time; another seed tries others: FUZZ_SEED=42 npm test -- apps/api/test/fuzz.spec.ts */
const SEED = Number(process.env['FUZZ_SEED'] ?? 1);
/** How many requests each operation gets. */
const CASES = Number(process.env['FUZZ_CASES'] ?? 2_000);
/** How many garbled requests, byte by byte. */
const BYTE_CASES = Math.ceil(CASES / 4);
/** After so many milliseconds on one operation the rest is left out: a slow machine tries fewer, unless told otherwise. */
const ENOUGH_MS = Number(process.env['FUZZ_ENOUGH_MS'] ?? 4_000);
/** So many at once. */
const BATCH = 20;

/** What the API serves, as openapi.spec.ts holds it to. */
const DOCUMENT = join(import.meta.dirname, '../../../docs/openapi.json');
const document = new ApiDocument(JSON.parse(readFileSync(DOCUMENT, 'utf8')) as Schema);

/** What makes other operations refuse from then on comes last: an account that is being synced is left alone. */
const LAST = ['SyncMultiCloudResource', 'DeleteVendorAccount'];
const isLast = ({ operationId }: DocumentedOperation) => LAST.includes(operationId);
const OPERATIONS = [
  ...document.operations.filter((operation) => !isLast(operation)),
  ...document.operations.filter(isLast),
];

let muster: TestMuster;
let estate: Estate;
let client: WireClient;
/** How often each operation answered what. */
const seen: Record<string, Record<string, number>> = {};

beforeAll(async () => {
  muster = await TestMuster.start({ workers: false, accountCheckMs: 1 });
  estate = await fillEstate(muster);
  client = new WireClient(muster.api.url);
});

afterAll(async () => {
  // Before it ends: a request whose client has gone may outlast the database.
  const faults = muster.logs.filter((line) => /"level":"(error|fatal)"|could not be/.test(line));
  client.close();
  await muster.close();
  const outcomes = Object.values(seen).flatMap((counts) => Object.values(counts));
  const sent = outcomes.reduce((sum, count) => sum + count, 0);
  process.stdout.write(`fuzz: ${String(sent)} requests from seed ${String(SEED)}\n`);
  if (process.env['FUZZ_REPORT'] === '1') process.stdout.write(`${JSON.stringify(seen, null, 2)}\n`);
  expect(faults).toEqual([]);
});

function toWire({ method, path }: DocumentedOperation, request: FuzzedRequest): WireRequest {
  const encode = (text: string) => encodeURIComponent(text.toWellFormed());
  const query = request.query.map(([name, value]) => `${encode(name)}=${encode(value)}`);
  if (request.junk !== '') query.push(request.junk);
  const filled = path.replace(/\{(\w+)\}/g, (_match, name: string) => encode(request.path[name] ?? ''));
  const { Authorization: authorization, ...headers } = request.headers;
  const { body, tail } = request;
  return {
    method,
    target: query.length === 0 ? filled : `${filled}?${query.join('&')}`,
    headers: {
      ...headers,
      ...(authorization === undefined
        ? {}
        : { Authorization: authorization === 'mine' ? `Bearer ${muster.apiKey}` : authorization }),
    },
    body: body === undefined ? undefined : Buffer.concat([Buffer.from(body), Buffer.from(tail)]),
  };
}

async function tryOut(operation: DocumentedOperation, request: FuzzedRequest): Promise<void> {
  const wire = toWire(operation, request);
  const answer: WireAnswer = await client.send(wire);
  const counts = (seen[operation.name] ??= {});
  const { error_code: code = '' } = (answer.body ?? {}) as { error_code?: string };
  const outcome = `${String(answer.status)} ${code}`.trim();
  counts[outcome] = (counts[outcome] ?? 0) + 1;
  const problem = judge(document, operation, request, answer);
  if (problem === undefined) return;
  throw new Error(`${wire.method} ${wire.target}\n${outcome} ${JSON.stringify(answer.body)}\n${problem}`);
}

describe(`whatever is sent, the answer is as documented (FUZZ_SEED=${String(SEED)})`, () => {
  const batchFor = (operation: DocumentedOperation) =>
    fc.array(requestsFor(document, operation, estate), { minLength: BATCH, maxLength: BATCH });

  it.each(OPERATIONS.map((operation) => [operation.name, operation] as const))(
    '%s',
    async (name, operation) => {
      const began = performance.now();
      let leftOut = 0;
      await fc.assert(
        fc.asyncProperty(batchFor(operation), async (requests) => {
          if (performance.now() - began > ENOUGH_MS) {
            leftOut += 1;
            return;
          }
          await Promise.all(requests.map((request) => tryOut(operation, request)));
        }),
        { seed: SEED, numRuns: Math.ceil(CASES / BATCH) },
      );
      const successes = Object.keys(seen[name] ?? {}).filter((outcome) => outcome < '4');
      // Else it would only be known how the operation refuses.
      if (leftOut === 0) expect(successes).not.toEqual([]);
    },
  );
});

describe(`whatever bytes arrive (FUZZ_SEED=${String(SEED)})`, () => {
  const request = () =>
    Buffer.from(
      [
        'POST /v1/multicloud-resources/sync?plan=true HTTP/1.1',
        'Host: muster.example',
        `Authorization: Bearer ${muster.apiKey}`,
        'Content-Type: application/json',
        'Content-Length: 19',
        'Connection: close',
        '',
        '{"vendor":"VMWARE"}',
      ].join('\r\n'),
    );
  const odd = fc.oneof(
    fc.uint8Array({ maxLength: 4 }),
    fc
      .constantFrom(
        '\r\n',
        '\n',
        '\0',
        ' ',
        ':',
        'Transfer-Encoding: chunked\r\n',
        'Expect: 100-continue\r\n',
      )
      .map((text) => Buffer.from(text)),
  );
  /** Where, how many bytes less, and what instead. */
  const edits = fc.array(fc.tuple(fc.nat(400), fc.nat(3), odd), { minLength: 1, maxLength: 3 });

  it('answers what is documented, or closes the connection', async () => {
    await fc.assert(
      fc.asyncProperty(edits, async (changes) => {
        let bytes = request();
        for (const [at, less, instead] of changes) {
          bytes = Buffer.concat([bytes.subarray(0, at), instead, bytes.subarray(at + less)]);
        }
        const answer = await sendBytes(muster.api.url, bytes);
        if (answer === undefined || answer.status === 100) return;
        expect(answer.status).toBeLessThan(500);
        expect(answer.headers.get('x-request-id')).toMatch(/^[\w.:-]{8,64}$/);
        expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
        const body = JSON.parse(answer.body) as Schema;
        if (answer.status === 200) expect(body).toEqual({ data: expect.any(String) });
        else expect(Object.keys(body).sort()).toEqual(['error_code', 'error_msg', 'request_id']);
      }),
      { seed: SEED, numRuns: BYTE_CASES },
    );
  });
});
