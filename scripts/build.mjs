/** Compiles apps/ and libs/ with SWC to dist/, where package.json's `imports` find them. */
import { cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';

import { transformFile } from '@swc/core';

import { listFiles, root, runScript, SetUpError } from './run-script.mjs';

const target = join(root, 'dist');

/** Built here first, so that a source which doesn't compile leaves the last good build alone. */
const draft = join(root, '.muster/build');

/** Files that only the compiler or the tests read. */
const LEFT_OUT = /\.d\.ts$|\.spec\.ts$|[/\\]fixtures[/\\]|\.md$/;

/** Cleans dist/ and compiles everything; other files than TypeScript, such as SQL, are copied. */
export async function buildAll() {
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true });
  const files = ['apps', 'libs'].flatMap((folder) => listFiles(join(root, folder)));
  const shipped = files.filter((file) => file.includes(`${join('/', 'src', '/')}`) && !LEFT_OUT.test(file));
  await Promise.all(shipped.map((file) => (file.endsWith('.ts') ? compile(file) : copy(file))));
  await rm(target, { recursive: true, force: true });
  await rename(draft, target);
}

async function compile(file) {
  const output = join(draft, relative(root, file)).replace(/ts$/, 'js');
  await mkdir(dirname(output), { recursive: true });
  try {
    const { code, map } = await transformFile(file, { cwd: root, sourceFileName: file, outputPath: output });
    await writeFile(`${output}.map`, map);
    await writeFile(output, `${code}\n//# sourceMappingURL=${basename(output)}.map\n`);
  } catch (error) {
    throw new SetUpError(`${relative(root, file)} does not compile.`, error.message);
  }
}

async function copy(file) {
  const output = join(draft, relative(root, file));
  await mkdir(dirname(output), { recursive: true });
  await cp(file, output);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await runScript(buildAll);
}
