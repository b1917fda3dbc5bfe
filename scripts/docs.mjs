/**
 * `npm run docs`: checks that the documents' links lead somewhere, and builds the site of them in
 * docs/.vitepress/dist. `npm run docs -- --serve` shows it while they are written. What that needs is installed here,
 * apart from Muster's own packages.
 */
import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { root, runScript, SetUpError } from './run-script.mjs';

const SITE = join(root, 'docs/.vitepress');
/** All that has links: what is read in the repository, and what is a page of the site. */
const DOCUMENTS = ['README.md', 'CHANGELOG.md', 'docs', 'libs/client/README.md', 'apps/cli/README.md'];

const program = (name) => join(SITE, 'node_modules/.bin', name);

await runScript(async () => {
  if (!isInstalled()) await run('npm', ['ci', '--no-audit', '--no-fund'], SITE);
  if (process.argv.includes('--serve')) return run(program('vitepress'), ['dev', 'docs'], root);
  await run(
    program('remark'),
    ['--rc-path', join(SITE, 'remark.json'), '--frail', '--quiet', ...DOCUMENTS],
    root,
  );
  await run(program('vitepress'), ['build', 'docs'], root);
});

function isInstalled() {
  const installed = join(SITE, 'node_modules/.package-lock.json');
  return (
    existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(SITE, 'package-lock.json')).mtimeMs
  );
}

/** @throws {SetUpError} when it fails; it has said why. */
async function run(command, words, cwd) {
  const child = spawn(command, words, { cwd, stdio: 'inherit' });
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('exit', resolve));
  if (code !== 0) throw new SetUpError(`${command.split('/').pop()} has ended with ${code}.`);
}
