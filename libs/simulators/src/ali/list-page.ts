import type { JsonObject } from '#domain';

import { AliFault } from './ali-fault.js';
import { UNLISTED_TAGS } from './documents/tagged.js';
import type { AliEstate } from './estate.js';
import { type ListedPage, type ListOperation, wholeNumber } from './operations.js';

const DEFAULT_SIZE = 10;

/** What a page is made of. */
export interface ListRequest {
  operation: ListOperation;
  parameters: URLSearchParams;
  region: string;
  /** Which tokens are good. */
  tokenEpoch: number;
}

/** Makes a page of a listing; only what is in it is made. */
export function listPage(estate: AliEstate, asked: ListRequest): ListedPage {
  const { operation, parameters } = asked;
  const region = operation.isGlobal === true ? (estate.regions[0] ?? '') : asked.region;
  const request = { ...asked, region };
  for (const [name, value] of Object.entries(operation.expects ?? {})) {
    if (parameters.get(name) !== value) {
      throw new AliFault(400, `InvalidParameter.${name}`, `The simulator expects ${name}=${value}.`);
    }
  }
  const total = estate.count(operation.lists, region);
  return operation.paging.kind === 'token'
    ? tokenPage(estate, request, total)
    : numberedPage(estate, request, total);
}

function tokenPage(
  estate: AliEstate,
  { operation, parameters, region, tokenEpoch }: ListRequest,
  total: number,
): ListedPage {
  const { paging, action, lists } = operation;
  if (paging.kind !== 'token') throw new Error('the operation has no tokens');
  const { min, max, size: sizeName = 'MaxResults', token: tokenName = 'NextToken' } = paging;
  const size = Math.min(max, Math.max(min, wholeNumber(parameters, sizeName, DEFAULT_SIZE)));
  const scope = `${String(tokenEpoch)} ${action} ${region}`;
  const given = parameters.get(tokenName) ?? '';
  const first = given === '' ? 0 : firstOf(given, scope);
  const items = [];
  let token = '';
  for (const { number, document } of estate.from(lists, region, first)) {
    if (items.length === size) {
      token = Buffer.from(`${scope} ${String(number)}`).toString('base64');
      break;
    }
    items.push(listed(document));
  }
  return { items, token, number: 1, size, total };
}

function listed(document: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(document).filter(([name]) => name !== UNLISTED_TAGS));
}

function firstOf(token: string, scope: string): number {
  const [, from, number] = /^(.*) (\d+)$/.exec(Buffer.from(token, 'base64').toString()) ?? [];
  if (from === scope) return Number(number);
  throw new AliFault(400, 'InvalidParameter', 'The specified parameter NextToken is not valid.');
}

function numberedPage(
  estate: AliEstate,
  { operation, parameters, region }: ListRequest,
  total: number,
): ListedPage {
  const { paging, lists } = operation;
  if (paging.kind !== 'number') throw new Error('the operation has no page numbers');
  const { max, number: numberName = 'PageNumber', size: sizeName = 'PageSize' } = paging;
  const size = wholeNumber(parameters, sizeName, DEFAULT_SIZE);
  if (size > max) {
    throw new AliFault(400, `InvalidParameter.${sizeName}`, `${sizeName} is at most ${String(max)}.`);
  }
  const number = wholeNumber(parameters, numberName, 1);
  const items = [];
  let position = 0;
  for (const { document } of estate.from(lists, region, 0)) {
    if (position >= number * size) break;
    if (position >= (number - 1) * size) items.push(listed(document));
    position += 1;
  }
  return { items, token: '', number, size, total };
}
