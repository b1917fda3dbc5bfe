import { setTimeout as delay } from 'node:timers/promises';

import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

import { type Configuration, type Logger, NestLogger } from '#platform';
import { backbone } from '#sync';

import { WorkerModule } from '../../apps/worker/src/worker.module.js';
import { cloudAdapters, VENDOR } from './cloud-adapter.js';
import type { EstateWorker } from './estate-worker.js';
import { Link } from './link.js';
import { type ProcessClock, runByClock } from './process-clock.js';
import type { CloudClient, ScriptedCloud } from './scripted-cloud.js';
import { CONCURRENCY, TIMING } from './worker-settings.js';

/** How long a process may take to stop, in milliseconds. */
const MAX_STOP_MS = 30_000;
/** How long a supervisor waits before it starts a process again that could not start. */
const RESTART_MS = 50;
/** A link that is to break in the middle of something breaks after so long if nothing comes, in milliseconds. */
const MAX_FUSE_MS = 1_000;

export interface SimulatedWorkerOptions {
  configuration: Configuration;
  cloud: ScriptedCloud;
  logger: Logger;
  clock: ProcessClock;
}

/**
 * A worker that can be killed: a process as far as the database, the queue, the vendor and the clock can tell.
 * What goes on in it after its death reaches nobody.
 */
export class SimulatedWorker implements EstateWorker {
  private constructor(
    private readonly context: INestApplicationContext,
    private readonly links: readonly Link[],
    readonly clock: ProcessClock,
    readonly client: CloudClient,
  ) {}

  /** Starts it, again and again while its neighbours don't let it, as a supervisor does. */
  static async start(options: SimulatedWorkerOptions): Promise<SimulatedWorker> {
    for (;;) {
      const worker = await SimulatedWorker.tryStart(options).catch((error: unknown) => {
        options.logger.warn({ err: error }, 'a process could not start');
      });
      if (worker !== undefined) return worker;
      await delay(RESTART_MS);
    }
  }

  private static async tryStart({ configuration, cloud, logger, clock }: SimulatedWorkerOptions) {
    const { database, queue } = configuration;
    const toDatabase = await Link.open(database.url);
    const toQueue = queue.url === database.url ? toDatabase : await Link.open(queue.url);
    const links = [...new Set([toDatabase.link, toQueue.link])];
    const client: CloudClient = { open: 0, dead: false };
    const linked = {
      ...configuration,
      database: { ...database, url: toDatabase.url },
      queue: { url: toQueue.url },
    };
    class SimulatedProcess {}
    const imports = [
      ...backbone({ configuration: linked, logger, applicationName: 'worker', vendors: [VENDOR] }),
      WorkerModule.forRoot({
        adapters: cloudAdapters(cloud.apiFor(client)),
        concurrency: CONCURRENCY,
        timing: TIMING,
      }),
    ];
    try {
      const context = await runByClock(clock, () =>
        NestFactory.createApplicationContext(
          { module: SimulatedProcess, imports },
          { logger: new NestLogger(logger), abortOnError: false },
        ),
      );
      return new SimulatedWorker(context, links, clock, client);
    } catch (error) {
      await Promise.all(links.map((link) => link.close()));
      throw error;
    }
  }

  kill(): void {
    this.client.dead = true;
    for (const link of this.links) link.cut();
  }

  async killAfter(pieces: number, delivered: boolean): Promise<void> {
    const [toDatabase] = this.links;
    await Promise.race([toDatabase?.cutAfter(pieces, delivered), delay(MAX_FUSE_MS)]);
    this.kill();
  }

  async stop(): Promise<void> {
    await this.context.close();
  }

  async partition(ms: number): Promise<void> {
    for (const link of this.links) link.pause();
    await delay(ms);
    for (const link of this.links) link.resume();
  }

  resetConnections(): void {
    for (const link of this.links) link.reset();
  }

  async dispose(): Promise<void> {
    const limit = new AbortController();
    await Promise.race([
      this.context.close(),
      delay(MAX_STOP_MS, undefined, { signal: limit.signal }).then(() => {
        throw new Error(`A ${this.client.dead ? 'killed' : 'live'} worker does not stop.`);
      }),
    ]).finally(() => limit.abort());
    await Promise.all(this.links.map((link) => link.close()));
  }
}
