import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const ROOT = join(import.meta.dirname, '..');
const COPIED = [
  'libs/vendors/src/template',
  'libs/vendors/src/catalog.ts',
  'libs/vendors/src/registry.ts',
  'libs/simulators/src/template',
  'libs/simulators/src/index.ts',
  'libs/domain/src/vendor.ts',
  'docs/resource-types.md',
];
/** Not in the copy, whether it is in the clone or not. */
const VENDOR = 'HCS';

describe('npm run new:adapter', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'muster-new-adapter-'));
    for (const path of COPIED) cpSync(join(ROOT, path), join(folder, path), { recursive: true });
  });

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const run = (...words: string[]) =>
    promisify(execFile)(process.execPath, [
      join(ROOT, 'scripts/new-adapter.mjs'),
      ...words,
      '--into',
      folder,
    ]);
  const read = (path: string) => readFileSync(join(folder, path), 'utf8');
  const filesIn = (path: string) =>
    readdirSync(join(folder, path), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));

  it('makes a vendor of the template, of which no word is left, and registers it', async () => {
    const { stdout } = await run(VENDOR, 'Huawei Cloud Stack');

    expect(stdout).toContain('+ libs/vendors/src/hcs/adapter.ts');
    const made = [...filesIn('libs/vendors/src/hcs'), ...filesIn('libs/simulators/src/hcs')].concat(
      join(folder, 'docs/vendors/hcs.md'),
    );
    // All of the template's files, but for its golden resources.
    const template = [...filesIn('libs/vendors/src/template'), ...filesIn('libs/simulators/src/template')];
    expect(made).toHaveLength(template.length - 1);
    for (const file of made) {
      expect(file.slice(folder.length)).not.toMatch(/template/i);
      expect(readFileSync(file, 'utf8')).not.toMatch(/template|'OTHER'/i);
    }
    expect(read('libs/vendors/src/hcs/manifest.ts')).toMatch(/vendor: 'HCS',\n +title: 'Huawei Cloud Stack'/);
    expect(read('libs/vendors/src/catalog.ts')).toContain(
      "import { manifest as hcs } from './hcs/manifest.js'",
    );
    expect(read('libs/vendors/src/catalog.ts')).toMatch(/= \[[^\]]*\bhcs,?\s*\]/);
    expect(read('libs/vendors/src/registry.ts')).toContain(
      "HCS: async () => (await import('./hcs/adapter.js')).adapter,",
    );
    expect(read('libs/simulators/src/index.ts')).toContain("export * from './hcs/index.js'");
    expect(read('docs/resource-types.md')).toMatch(/^## HCS: Huawei Cloud Stack$/m);
  });

  it.each([
    ['a vendor that COC does not know', ['FOO', 'Foo Cloud'], /There is no vendor FOO.*RMS, AWS/],
    ['no title', [VENDOR], /npm run new:adapter -- VENDOR "Title"/],
    ['a title that would be code', [VENDOR, "it's"], /The title may be of/],
  ])('refuses %s', async (_, words, message) => {
    const before = filesIn('.').sort();
    await expect(run(...words)).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(message) });
    expect(filesIn('.').sort()).toEqual(before);
  });

  it('leaves a vendor alone that is there', async () => {
    await run(VENDOR, 'Huawei Cloud Stack');
    const catalog = read('libs/vendors/src/catalog.ts');
    await expect(run(VENDOR, 'Another')).rejects.toMatchObject({
      stderr: expect.stringContaining('is there already. Nothing was changed.'),
    });
    expect(read('libs/vendors/src/catalog.ts')).toBe(catalog);
    expect(read('libs/vendors/src/hcs/manifest.ts')).toContain('Huawei Cloud Stack');
  });
});
