import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';

import { describe, expect, it } from '@jest/globals';

import { projectRoot } from './project-root.js';

const MODULE = pathToFileURL(`${projectRoot}/libs/platform/src/run-server.ts`).href;

/** A server of a few lines, once it has said its first word. */
async function serve(start: string): Promise<ChildProcess> {
  const source = `import { runServer } from '${MODULE}';
    const say = (word) => console.log(word);
    setTimeout(() => undefined, 60_000);
    await runServer(async () => { ${start} });`;
  const words = ['--import=./scripts/run-typescript.mjs', '--input-type=module', '--eval', source];
  const child = spawn(process.execPath, words, { cwd: projectRoot, stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

const endOf = async (child: ChildProcess) => ((await once(child, 'exit')) as [number | null])[0];

describe('runServer', () => {
  it('stops what was started at SIGTERM, in a hurry at the second, and ends with 0', async () => {
    const child = await serve(`say('up'); return (hurry) => new Promise((resolve) => {
      say('stopping');
      hurry.addEventListener('abort', resolve);
    })`);
    child.kill('SIGTERM');
    const [word] = (await once(child.stdout ?? child, 'data')) as [Buffer];
    expect(word.toString()).toBe('stopping\n');
    child.kill('SIGTERM');
    expect(await endOf(child)).toBe(0);
  });

  it('is in a hurry at once when somebody presses Ctrl-C', async () => {
    const child = await serve(`say('up'); return async (hurry) => process.exit(hurry.aborted ? 42 : 0)`);
    child.kill('SIGINT');
    expect(await endOf(child)).toBe(42);
  });

  it('ends on the spot while it is not up', async () => {
    const child = await serve(`say('starting'); await new Promise(() => undefined)`);
    child.kill('SIGTERM');
    expect(await endOf(child)).toBe(143);
  });

  it('ends with 1 when it cannot stop', async () => {
    const child = await serve(`say('up'); return () => Promise.reject(new Error('cannot stop'))`);
    child.kill('SIGTERM');
    expect(await endOf(child)).toBe(1);
  });
});
