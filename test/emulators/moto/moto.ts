import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { preparePython } from '../prepared.js';

/** Its first start compiles some megabytes of Python. */
const START_TIMEOUT_MS = 5 * 60 * 1000;
const STOP_TIMEOUT_MS = 5_000;
const READY = /Running on (http:\S+)/;

/** A running moto: AWS, as its authors have rebuilt it. Every key is good; the account is its default one. */
export interface Moto {
  url: string;
  stop(): Promise<void>;
}

/** The account of every key that no role has given. */
export const MOTO_ACCOUNT = '123456789012';

/** Starts moto's server, installing it first where needed. */
export async function startMoto(): Promise<Moto> {
  const python = await preparePython('moto', join(import.meta.dirname, 'requirements.txt'));
  const server = join(python, '..', 'moto_server');
  const child = spawn(server, ['-H', '127.0.0.1', '-p', '0'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const log: string[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    const fail = (why: string): void => {
      child.kill('SIGKILL');
      reject(new Error(`moto ${why}:\n${log.join('\n')}`));
    };
    const timer = setTimeout(() => fail('did not start in time'), START_TIMEOUT_MS);
    child.once('exit', () => fail('ended'));
    child.once('error', ({ message }) => fail(message));
    for (const output of [child.stdout, child.stderr]) {
      createInterface({ input: output }).on('line', (line) => {
        if (log.length < 50) log.push(line);
        const address = READY.exec(line)?.[1];
        if (address === undefined) return;
        clearTimeout(timer);
        resolve(address);
      });
    }
  });
  return {
    url,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      const killer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      await exited;
      clearTimeout(killer);
    },
  };
}
