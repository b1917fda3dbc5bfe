import { describe, expect, it } from '@jest/globals';

import { LONG_TEXT, oddDocuments } from './odd-documents.js';

describe('odd documents', () => {
  it('are a document without, with null at, and with a long text at each of its places', () => {
    const document = { id: 'i-1', tags: [{ key: 'a' }, 7] };
    expect([...oddDocuments(document)]).toEqual([
      { name: 'without /id', document: { tags: [{ key: 'a' }, 7] } },
      { name: 'null at /id', document: { id: null, tags: [{ key: 'a' }, 7] } },
      { name: 'a long text at /id', document: { id: LONG_TEXT, tags: [{ key: 'a' }, 7] } },
      { name: 'without /tags', document: { id: 'i-1' } },
      { name: 'null at /tags', document: { id: 'i-1', tags: null } },
      { name: 'without /tags/0', document: { id: 'i-1', tags: [7] } },
      { name: 'without /tags/0/key', document: { id: 'i-1', tags: [{}, 7] } },
      { name: 'null at /tags/0/key', document: { id: 'i-1', tags: [{ key: null }, 7] } },
      { name: 'a long text at /tags/0/key', document: { id: 'i-1', tags: [{ key: LONG_TEXT }, 7] } },
      { name: 'without /tags/1', document: { id: 'i-1', tags: [{ key: 'a' }] } },
    ]);
    expect(document).toEqual({ id: 'i-1', tags: [{ key: 'a' }, 7] });
  });

  it('look into nothing but plain objects and arrays', () => {
    const at = new Date(0);
    expect([...oddDocuments({ at })]).toEqual([
      { name: 'without /at', document: {} },
      { name: 'null at /at', document: { at: null } },
    ]);
    expect([...oddDocuments(at)]).toEqual([]);
  });

  it('have texts of ten kilobytes', () => {
    expect(Buffer.byteLength(LONG_TEXT)).toBeGreaterThan(10_000);
    expect(LONG_TEXT.isWellFormed()).toBe(true);
  });
});
