import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { findFreePort } from './free-port.js';

/** A Redis server for one suite. */
export interface TestRedis {
  url: string;
  port: number;
  stop(): Promise<void>;
  /** It takes what is asked of it, and answers nothing. */
  freeze(): void;
  /** It goes on, with what was asked of it meanwhile. */
  thaw(): void;
  /** On the spot, in whatever it was doing. */
  kill(): Promise<void>;
}

/** What the end-to-end suites put their queues on. */
export type QueueBackend = 'postgres' | 'redis';

const BACKENDS: readonly string[] = ['postgres', 'redis'] satisfies QueueBackend[];

/** What a server, and what a sentinel says when it is up. */
const READY = /[Rr]eady to accept connections|\+monitor master/;

/** Another program may take the free port that we found before Redis does. */
const MAX_START_TRIES = 5;

/** The backends to test, from `TEST_QUEUE_BACKENDS=postgres,redis`; only Postgres, which npm brings, by default. */
export function queueBackends(): QueueBackend[] {
  const names = (process.env['TEST_QUEUE_BACKENDS'] ?? 'postgres').split(',').map((name) => name.trim());
  for (const name of names) {
    if (!BACKENDS.includes(name)) throw new Error(`TEST_QUEUE_BACKENDS: unknown backend "${name}".`);
  }
  return names as QueueBackend[];
}

/** The arguments that are a server's own. */
export type RedisArguments = (port: number) => Promise<string[]>;

/** Starts the system's `redis-server` in memory only, on a loopback port: a free one, if not the given one. */
export async function startRedis(
  wanted?: number,
  argumentsFor: RedisArguments = (port) => Promise.resolve(['--port', String(port)]),
): Promise<TestRedis> {
  const directory = await mkdtemp(join(tmpdir(), 'muster-redis-'));
  try {
    for (let tries = 1; ; tries += 1) {
      const port = wanted ?? (await findFreePort());
      const server = await startOn(directory, await argumentsFor(port));
      if (server !== undefined) return handleOf(server, port, directory);
      if (tries === MAX_START_TRIES) throw new Error('redis-server found no free port.');
    }
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

/** The server once it takes connections, or `undefined` when the port was taken. */
async function startOn(directory: string, own: readonly string[]): Promise<ChildProcess | undefined> {
  const usual = ['--bind', '127.0.0.1', '--dir', directory, '--databases', '64'];
  const server = spawn('redis-server', [...own, ...usual, '--save', '', '--appendonly', 'no'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return await new Promise((resolve, reject) => {
    let output = '';
    server.once('error', (cause) => {
      reject(new Error('Tests on Redis need redis-server: apt-get install redis-server', { cause }));
    });
    createInterface(server.stdout).on('line', (line) => {
      output += `${line}\n`;
      if (READY.test(line)) resolve(server);
    });
    server.once('close', () => {
      if (output.includes('Address already in use')) resolve(undefined);
      else reject(new Error(`redis-server ended at once:\n${output}`));
    });
  });
}

function handleOf(server: ChildProcess, port: number, directory: string): TestRedis {
  const end = async (signal: NodeJS.Signals) => {
    if (server.exitCode === null && server.signalCode === null) {
      const exit = once(server, 'exit');
      server.kill(signal);
      await exit;
    }
    await rm(directory, { recursive: true, force: true });
  };
  return {
    url: `redis://127.0.0.1:${String(port)}`,
    port,
    stop: () => end('SIGTERM'),
    freeze: () => {
      server.kill('SIGSTOP');
    },
    thaw: () => {
      server.kill('SIGCONT');
    },
    kill: () => end('SIGKILL'),
  };
}
