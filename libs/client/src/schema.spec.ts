import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { expect, it } from '@jest/globals';

const ROOT = join(import.meta.dirname, '../../..');
const GENERATED = join(import.meta.dirname, 'schema.ts');
/** Types of the whole API, in bytes. */
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

it('schema.ts is what the generator makes of docs/openapi.json', async () => {
  const generator = join(ROOT, 'node_modules/openapi-typescript/bin/cli.js');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [generator, join(ROOT, 'docs/openapi.json')],
    { cwd: ROOT, maxBuffer: MAX_OUTPUT_BYTES },
  );
  expect(stdout).toContain('export interface paths');
  if (process.env['UPDATE_GOLDEN'] === '1') await writeFile(GENERATED, stdout);
  // Not toBe: of four thousand lines, the first that differs says enough.
  const [now, before] = [stdout, await readFile(GENERATED, 'utf8')].map((text) => text.split(/\r?\n/));
  const at = now?.findIndex((line, index) => line !== before?.[index]) ?? 0;
  if (at === -1 && now?.length === before?.length) return;
  throw new Error(
    `line ${String(at + 1)} is "${before?.[at] ?? ''}" and would become "${now?.[at] ?? ''}".
      If the API is meant to have changed: UPDATE_GOLDEN=1 npm test -- libs/client`,
  );
});
