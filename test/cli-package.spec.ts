import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { readPackage } from './support/read-package.js';

const ROOT = join(import.meta.dirname, '..');
const CLI = 'apps/cli';
/** What building it reads, beside itself. */
const SOURCES = ['tsconfig.json', 'libs/client/src', CLI];
/** npm and the compiler are slow on a busy machine. */
const PATIENCE_MS = 600_000;

const run = promisify(execFile);

describe('the package muster-cli', () => {
  let project: string;
  let copy: string;

  /** Runs npm without network, and with nothing that an earlier run has left. */
  const npm = async (cwd: string, ...command: string[]) =>
    run('npm', [...command, '--offline', '--no-audit', '--no-fund', '--cache', join(project, '.npm')], {
      cwd,
    });

  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), 'muster-cli-'));
    await mkdir(join(ROOT, '.muster'), { recursive: true });
    // Built in a copy, so that the clone stays as it is.
    copy = await mkdtemp(join(ROOT, '.muster/cli-'));
    for (const path of SOURCES) await cp(join(ROOT, path), join(copy, path), { recursive: true });
    await npm(join(copy, CLI), 'pack', '--pack-destination', project);
    // What stands for the registry: the packages as they are installed here, and what those need.
    const needed = [
      ...Object.keys((await readPackage(join(ROOT, CLI))).dependencies),
      'openapi-typescript-helpers',
    ];
    const folders = needed.map((name) => join(ROOT, 'node_modules', name));
    await npm(project, 'pack', '--ignore-scripts', ...folders);
    await writeFile(join(project, 'package.json'), '{ "private": true }');
    const archives = (await readdir(project)).filter((name) => name.endsWith('.tgz'));
    await npm(project, 'install', '--ignore-scripts', ...archives.map((name) => `./${name}`));
  }, PATIENCE_MS);

  afterAll(async () => {
    for (const folder of [project, copy]) await rm(folder, { recursive: true, force: true });
  });

  it("has Muster's version, and what it needs in the versions that are tested here", async () => {
    const [muster, cli] = [await readPackage(ROOT), await readPackage(join(ROOT, CLI))];
    expect(cli.version).toBe(muster.version);
    expect(muster.dependencies).toMatchObject(cli.dependencies);
  });

  it('brings compiled code and a document, and leaves nothing beside its sources', async () => {
    const files = await readdir(join(project, 'node_modules/muster-cli'), {
      recursive: true,
      withFileTypes: true,
    });
    const names = files.filter((entry) => entry.isFile()).map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['main.js', 'muster-client.js', 'README.md', 'package.json']),
    );
    expect(names.filter((name) => /[.]ts$|[.]spec[.]|nest/.test(name))).toEqual([]);
    expect(await readdir(join(copy, CLI))).not.toContain('dist');
  });

  it('runs where nothing else of Muster is, by npx too', async () => {
    const { version } = await readPackage(ROOT);
    const muster = join(project, 'node_modules/.bin/muster');
    expect((await run(muster, ['--version'])).stdout).toBe(`${version}\n`);
    const npx = await run('npx', ['--offline', '--', 'muster', 'completion', 'bash'], { cwd: project });
    expect(npx.stdout).toContain('complete -F _muster');
    const variables = { ...process.env, MUSTER_URL: 'http://127.0.0.1:9', MUSTER_API_KEY: 'mk_key' };
    const failed = run(muster, ['tasks', '-o', 'csv'], { env: variables });
    await expect(failed).rejects.toMatchObject({ code: 5, stderr: expect.stringContaining('UNREACHABLE') });
  });
});
