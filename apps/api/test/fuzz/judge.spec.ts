import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { ApiDocument, type Schema, type WireAnswer } from './api-document.js';
import { judge } from './judge.js';
import type { FuzzedRequest } from './requests.js';

const DOCUMENT = join(import.meta.dirname, '../../../../docs/openapi.json');
const document = new ApiDocument(JSON.parse(readFileSync(DOCUMENT, 'utf8')) as Schema);

const ID = '0198f5de-7d3a-7c1e-8f7a-0123456789ab';
const REQUEST_ID = 'ecd52a1565de4b9a8f9977774d8a3aa4';

const operationOf = (name: string) => {
  const found = document.operations.find(({ operationId }) => operationId === name);
  if (found === undefined) throw new Error(`There is no ${name}.`);
  return found;
};

const request = (parts: Partial<FuzzedRequest>): FuzzedRequest => ({
  path: {},
  query: [],
  junk: '',
  headers: { 'Content-Type': 'application/json' },
  body: undefined,
  tail: [],
  ...parts,
});

const answer = (status: number, body: unknown, headers: Record<string, string> = {}): WireAnswer => ({
  status,
  body,
  headers: new Headers({ 'Content-Type': 'application/json', 'X-Request-Id': REQUEST_ID, ...headers }),
});
const refusal = (status: number, code: string, message = 'because', id = REQUEST_ID) =>
  answer(status, { error_code: code, error_msg: message, request_id: id });

const verdict = (name: string, sent: Partial<FuzzedRequest>, received: WireAnswer) =>
  judge(document, operationOf(name), request(sent), received);

describe('judge', () => {
  const sync = (body: string, received: WireAnswer) => verdict('SyncMultiCloudResource', { body }, received);
  const GOOD = '{"vendor":"VMWARE"}';

  it('finds nothing wrong with what is as documented', () => {
    expect(sync(GOOD, answer(200, { data: ID }))).toBeUndefined();
    expect(sync('{"vendor":1}', refusal(400, 'COC.00010002'))).toBeUndefined();
    expect(sync(GOOD, refusal(400, 'COC.00101104'))).toBeUndefined();
    expect(
      verdict('CountMultiCloudResources', { query: [['vendor', 'AWS']] }, answer(200, { data: 1 })),
    ).toBe(undefined);
  });

  it.each([
    ['a fault of ours', refusal(500, 'COC.00010500'), 'a fault of ours'],
    ['a status that is not documented', refusal(418, 'COC.00010002'), 'is not documented'],
    ['a code that this operation does not answer', refusal(400, 'COC.00101206'), 'error_code'],
    ['an answer without an id', answer(200, { data: ID }, { 'X-Request-Id': '' }), 'no X-Request-Id'],
    ['an answer that is no JSON', answer(200, { data: ID }, { 'Content-Type': 'text/html' }), 'no JSON'],
    [
      'another request_id than the header has',
      refusal(409, 'COC.00010409', 'x…', ID.replaceAll('-', '')),
      'another',
    ],
    ['data of another type', answer(200, { data: 5 }), 'must be string'],
    ['a field that is not documented', answer(200, { data: ID, more: 1 }), 'additional properties'],
    ['our inside', refusal(400, 'COC.00010002', 'TypeError: x at /app/dist/main.js:5'), 'our inside'],
    ['a refusal of what is right', refusal(400, 'COC.00010002', 'vendor is missing'), 'although right'],
  ])('notices %s', (_what, received, problem) => {
    expect(sync(GOOD, received)).toContain(problem);
  });

  it.each([
    ['SyncMultiCloudResource', { body: '{"vendor":"VMWARE","more":1}' }, 'the body'],
    ['SyncMultiCloudResource', { body: `{"vendor":"VMWARE","account_id":"${'x'.repeat(65)}"}` }, 'the body'],
    ['SyncMultiCloudResource', {}, 'the body'],
    ['CancelSyncTask', { path: { task_id: ID }, body: '{' }, 'the body'],
    ['CancelSyncTask', { path: { task_id: 'x' } }, 'task_id'],
    ['ListVendorAccount', { query: [['limit', '501']] }, 'limit'],
    ['ListVendorAccount', { query: [['limit', '']] }, 'limit'],
    [
      'ListVendorAccount',
      {
        query: [
          ['limit', '5'],
          ['limit', '5'],
        ],
      },
      'limit',
    ],
    [
      'ListVendorAccount',
      {
        query: [
          ['limit', '5'],
          ['limits', '5'],
        ],
      },
      '?limits',
    ],
    ['CountMultiCloudResources', { query: [['vendor', 'vmware']] }, 'vendor'],
  ] as [string, Partial<FuzzedRequest>, string][])('notices that %s takes %j', (name, sent, part) => {
    const taken = { ListVendorAccount: { data: [], total: 0 }, CountMultiCloudResources: { data: 1 } };
    const body = (taken as Record<string, object>)[name] ?? { data: ID };
    expect(verdict(name, sent, answer(200, body))).toBe(`taken, although wrong: ${part}`);
  });
});
