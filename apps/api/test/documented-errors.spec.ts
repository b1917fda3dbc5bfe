import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { SYNC_ERROR_KINDS } from '#domain';

import { API_ERRORS } from '../src/http/api-error.js';
import { REASON_CODES } from '../src/sync-tasks/dto/sync-reason.dto.js';

const DOCUMENT = readFileSync(join(import.meta.dirname, '../../../docs/errors.md'), 'utf8');

/** The table's rows by code: `| 400 | `COC.00010002` | …`. */
const statuses = new Map(
  [...DOCUMENT.matchAll(/^\| (\d{3})[^|]*\| `([A-Z]+\.\d+)` +\|/gm)].map(([, status, code = '']) => [
    code,
    Number(status),
  ]),
);

describe('docs/errors.md', () => {
  it('has every code of the API, with its status, and no other', () => {
    const codes = Object.values(API_ERRORS).map(({ code, status }): [string, number] => [code, status]);
    expect([...statuses].sort()).toEqual(codes.sort());
  });

  /** The first column of the section's table. */
  const listedUnder = (heading: string) => {
    const section = DOCUMENT.split(/^## /m).find((text) => text.startsWith(heading)) ?? '';
    return [...section.matchAll(/^\| `([a-z_]+)` +\|/gm)].map(([, name]) => name);
  };

  it('has every kind of sync error', () => {
    expect(listedUnder('Errors of a sync').sort()).toEqual([...SYNC_ERROR_KINDS].sort());
  });

  it('has every reason why a task is not the whole truth', () => {
    expect(listedUnder('Why a task is not the whole truth')).toEqual(REASON_CODES);
  });
});
