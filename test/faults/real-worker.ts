import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

import { type Configuration, projectRoot } from '#platform';

import type { CloudServer } from './cloud-server.js';
import type { EstateWorker } from './estate-worker.js';
import type { ProcessClock } from './process-clock.js';
import type { CloudClient } from './scripted-cloud.js';
import { CONCURRENCY, KEYRING_TEXT } from './worker-settings.js';

/** About how long a worker takes for a piece of its conversation with the database, in milliseconds. */
const PIECE_MS = 3;
const MAX_STOP_MS = 30_000;

/** A worker in a process of its own. Its clock is the machine's. */
export class RealWorker implements EstateWorker {
  readonly clock: ProcessClock = { offsetMs: 0 };

  private constructor(
    private readonly child: ChildProcess,
    readonly client: CloudClient,
  ) {}

  /** Starts it, again and again while its neighbours don't let it, as a supervisor does. */
  static async start(
    { database, queue }: Configuration,
    cloud: CloudServer,
    hear: (line: string) => void,
  ): Promise<RealWorker> {
    for (;;) {
      const client: CloudClient = { open: 0, dead: false };
      const child = spawn(
        process.execPath,
        [
          '--disable-warning=ExperimentalWarning',
          '--import=./scripts/run-on-build.mjs',
          'test/faults/worker-process.ts',
        ],
        {
          cwd: projectRoot,
          stdio: ['ignore', 'inherit', 'pipe'],
          env: {
            ...process.env,
            DATABASE_URL: database.url,
            QUEUE_URL: queue.url,
            MUSTER_KEYRING: KEYRING_TEXT,
            WORKER_CONCURRENCY: String(CONCURRENCY),
            LOG_FORMAT: 'json',
            LOG_LEVEL: 'info',
            FAULTS_CLOUD_URL: cloud.urlFor(client),
          },
        },
      );
      const ready = new Promise<boolean>((resolve) => {
        createInterface(child.stderr).on('line', (line) => {
          hear(line);
          if (line.includes('worker ready')) resolve(true);
        });
        child.once('exit', () => resolve(false));
      });
      if (await ready) return new RealWorker(child, client);
    }
  }

  kill(): void {
    this.client.dead = true;
    this.child.kill('SIGKILL');
  }

  async killAfter(pieces: number): Promise<void> {
    await delay(pieces * PIECE_MS);
    this.kill();
  }

  async stop(): Promise<void> {
    if (this.hasEnded()) return;
    const exit = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    const limit = new AbortController();
    await Promise.race([
      exit,
      delay(MAX_STOP_MS, undefined, { signal: limit.signal }).then(() => {
        this.kill();
        throw new Error('A real worker does not stop.');
      }),
    ]).finally(() => limit.abort());
  }

  async partition(ms: number): Promise<void> {
    this.child.kill('SIGSTOP');
    await delay(ms);
    this.child.kill('SIGCONT');
  }

  resetConnections(): void {
    // Nothing is between it and its neighbours. What terminates backends does the same.
  }

  async dispose(): Promise<void> {
    if (this.client.dead) {
      this.client.open = 0; // of a process that is gone the vendor hears no more
      if (!this.hasEnded()) await once(this.child, 'exit');
    }
    await this.stop();
  }

  private hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }
}
