import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { VENDOR_CATALOG } from './catalog.js';

const DOCUMENT = join(import.meta.dirname, '../../../docs/resource-types.md');

/** The types that the document's tables list under a vendor's heading: first cells like `` | `hosts` | ``. */
function documentedTypes(vendor: string): string[] {
  const sections = readFileSync(DOCUMENT, 'utf8').split(/^## /m);
  const section = sections.find((text) => text.startsWith(`${vendor}:`)) ?? '';
  return [...section.matchAll(/^\| `(\w+)` +\|/gm)].map(([, type = '']) => type);
}

describe('docs/resource-types.md', () => {
  it.each(VENDOR_CATALOG.map(({ vendor, resourceTypes }) => [vendor, resourceTypes] as const))(
    'lists the types of %s, each once, and no others',
    (vendor, resourceTypes) => {
      expect(documentedTypes(vendor).sort()).toEqual([...resourceTypes].sort());
    },
  );
});
