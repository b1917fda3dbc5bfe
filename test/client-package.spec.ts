import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { startVsphereSimulator, type VsphereSimulator } from '#simulators';

import { readPackage } from './support/read-package.js';
import { TestMuster } from './support/test-muster.js';
import { vcenterAccount } from './support/vcenter-account.js';

const ROOT = join(import.meta.dirname, '..');
const CLIENT = join(ROOT, 'libs/client');
const TYPESCRIPT = join(ROOT, 'node_modules/typescript/bin/tsc');

/** What stands for the registry, which a test does without: the packages as they are installed here. */
const DEPENDENCIES = ['openapi-fetch', 'openapi-typescript-helpers'];

/** The documents that show how the client is used, in one example each. */
const DOCUMENTS = ['docs/api.md', 'libs/client/README.md'];

/** npm and the compiler are slow on a busy machine. */
const PATIENCE_MS = 600_000;

const run = promisify(execFile);

/** Runs npm without network, and with nothing that an earlier run has left. */
async function npm(cwd: string, cache: string, ...command: string[]): Promise<string> {
  const { stdout } = await run(
    'npm',
    [...command, '--offline', '--no-audit', '--no-fund', '--cache', cache],
    {
      cwd,
    },
  );
  return stdout.trim();
}

/** The client's folder, copied beside its `tsconfig.json`'s base: building it there leaves the clone as it was. */
async function copyClient(): Promise<string> {
  await mkdir(join(ROOT, '.muster'), { recursive: true });
  const copy = await mkdtemp(join(ROOT, '.muster/client-'));
  for (const name of ['package.json', 'tsconfig.json', 'README.md', 'src']) {
    await cp(join(CLIENT, name), join(copy, name), { recursive: true });
  }
  return copy;
}

/** The TypeScript in a document that uses the client. */
async function examplesIn(document: string): Promise<string[]> {
  const blocks = (await readFile(join(ROOT, document), 'utf8')).matchAll(/^```ts\n(.*?)^```$/gms);
  return [...blocks].map(([, code]) => code ?? '').filter((code) => code.includes(`'muster-client'`));
}

/** Compiles files strictly, the package's own types included; returns what is wrong. */
async function compile(project: string, files: string[]): Promise<string> {
  const compilerOptions = {
    ...{ strict: true, module: 'nodenext', target: 'es2023', noEmitOnError: true },
    ...{ types: ['node'], typeRoots: [join(ROOT, 'node_modules/@types')] },
  };
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  const compiler = run(process.execPath, [TYPESCRIPT, '--pretty', 'false'], { cwd: project });
  return (await compiler.catch((error: unknown) => error as { stdout: string })).stdout;
}

describe('the package muster-client', () => {
  let project: string;
  let copy: string;

  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), 'muster-client-'));
    const cache = join(project, '.npm');
    copy = await copyClient();
    await npm(copy, cache, 'pack', '--pack-destination', project);
    const dependencies = DEPENDENCIES.map((name) => join(ROOT, 'node_modules', name));
    await npm(project, cache, 'pack', '--ignore-scripts', ...dependencies);
    await writeFile(join(project, 'package.json'), '{ "private": true, "type": "module" }');
    const archives = (await readdir(project)).filter((name) => name.endsWith('.tgz'));
    await npm(project, cache, 'install', '--ignore-scripts', ...archives.map((name) => `./${name}`));
  }, PATIENCE_MS);

  afterAll(async () => {
    for (const folder of [project, copy]) await rm(folder, { recursive: true, force: true });
  });

  it('brings compiled code with types, a document, and openapi-fetch', async () => {
    const installed = join(project, 'node_modules');
    expect((await readdir(installed)).filter((name) => !name.startsWith('.')).sort()).toEqual([
      'muster-client',
      ...DEPENDENCIES,
    ]);
    const modules = ['index', 'muster-client', 'muster-error', 'operation-types', 'schema'].concat(
      ['index', 'muster-rpc', 'muster-rpc.module'].map((name) => `nest/${name}`),
    );
    const expected = modules.flatMap((name) => [`dist/${name}.d.ts`, `dist/${name}.js`]);
    expect((await readdir(join(installed, 'muster-client'), { recursive: true })).sort()).toEqual(
      ['README.md', 'dist', 'dist/nest', ...expected, 'package.json'].sort(),
    );
  });

  it("has Muster's version, and the one dependency in the version that is tested here", async () => {
    const [muster, client] = [await readPackage(ROOT), await readPackage(CLIENT)];
    expect(client.version).toBe(muster.version);
    expect(client.dependencies).toEqual({ 'openapi-fetch': muster.dependencies['openapi-fetch'] });
  });

  describe('in the examples of its documents', () => {
    let muster: TestMuster;
    let vcenter: VsphereSimulator;

    beforeAll(async () => {
      muster = await TestMuster.start();
      vcenter = await startVsphereSimulator({ preset: 'demo', tls: true });
      const settings = { tls_fingerprint_sha256: vcenter.fingerprintSha256 };
      await muster.addAccount(vcenterAccount(vcenter, 'vc-1', settings));
    });

    afterAll(async () => {
      await muster.close();
      await vcenter.close();
    });

    it(
      'is used as its types say, and works',
      async () => {
        const examples = (await Promise.all(DOCUMENTS.map(examplesIn))).flat();
        expect(examples).toHaveLength(DOCUMENTS.length);
        const files = examples.map((_, index) => `example-${String(index)}.ts`);
        for (const [index, file] of files.entries())
          await writeFile(join(project, file), examples[index] ?? '');
        expect(await compile(project, files)).toBe('');
        for (const file of files) {
          const { stdout } = await run(process.execPath, [file.replace(/ts$/, 'js')], {
            cwd: project,
            env: { ...process.env, MUSTER: muster.api.url, MUSTER_API_KEY: muster.apiKey },
          });
          for (const text of ['SUCCEEDED', '210 virtual machines', 'COC.00101301'])
            expect(stdout).toContain(text);
        }
      },
      PATIENCE_MS,
    );
  });
});
