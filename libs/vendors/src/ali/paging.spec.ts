import { describe, expect, it } from '@jest/globals';

import { byNumber, byToken } from './paging.js';

describe('paging by numbers', () => {
  it('asks by the names that the API has, for no more than it allows', async () => {
    const asked: object[] = [];
    const ask = (parameters: object) => {
      asked.push(parameters);
      return Promise.resolve({ items: [], total: 0 });
    };
    const listing = { ask, idOf: String, resumeAt: undefined, pageLimit: Infinity };
    for await (const { items } of byNumber(50)(listing)) expect(items).toEqual([]);
    const names = ['page_number', 'page_size'] as const;
    for await (const { items } of byNumber(50, names)({ ...listing, pageLimit: 20 }))
      expect(items).toEqual([]);
    expect(asked).toEqual([
      { PageNumber: 1, PageSize: 50 },
      { page_number: 1, page_size: 20 },
    ]);
  });
});

describe('paging by tokens', () => {
  it('asks for as much as the API allows, and goes on until there is no token', async () => {
    const asked: object[] = [];
    const tokens = ['t-1', '', undefined];
    const ask = (parameters: object) => {
      asked.push(parameters);
      return Promise.resolve({ items: [asked.length], nextToken: tokens[asked.length - 1] });
    };
    const pages = [];
    const idOfNumber = (id: number) => String(id);
    const listing = { ask, idOf: idOfNumber, resumeAt: undefined, pageLimit: Infinity };
    for await (const page of byToken(100)(listing)) pages.push(page);
    expect(asked).toEqual([{ MaxResults: 100 }, { MaxResults: 100, NextToken: 't-1' }]);
    expect(pages).toEqual([{ items: [1], resumeAt: 't-1' }, { items: [2] }]);
  });
});
