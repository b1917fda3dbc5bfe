import { BullModule, getQueueToken } from '@nestjs/bullmq';
import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { Queue } from 'bullmq';

import type { Vendor } from '#domain';

import { REDIS_PREFIX } from './open-redis.js';
import { QueueBoard } from './queue-board.js';
import {
  openQueueConnection,
  type QueueConnection,
  type QueueConnectionOptions,
} from './queue-connection.js';
import { CHECKS, type QueueJob, type QueueKey, queueName } from './sync-job.js';
import { SyncQueue } from './sync-queue.js';

export interface QueueModuleOptions extends Omit<QueueConnectionOptions, 'queues'> {
  vendors: readonly Vendor[];
}

const CONNECTION = Symbol('queue connection');

@Module({})
class QueueConnectionModule implements OnApplicationShutdown {
  constructor(@Inject(CONNECTION) private readonly connection: QueueConnection) {}

  /** After the workers: Nest shuts importing modules down before the ones they import. */
  async onApplicationShutdown(): Promise<void> {
    await this.connection.close();
  }
}

/** The process's queues, one per vendor and that of checks, on Redis or Postgres by the URL. */
@Module({})
export class QueueModule {
  static forRoot({ vendors, ...options }: QueueModuleOptions): DynamicModule {
    const keys: QueueKey[] = [...vendors, CHECKS];
    const connectionModule: DynamicModule = {
      module: QueueConnectionModule,
      providers: [
        {
          provide: CONNECTION,
          useFactory: () => openQueueConnection({ ...options, queues: keys.length }),
        },
      ],
      exports: [CONNECTION],
    };
    return {
      module: QueueModule,
      global: true,
      imports: [
        connectionModule,
        // Not `forRootAsync`: Nest takes what that gives for optional, so a connection that cannot be had would
        // be replaced by BullMQ's default, a Redis on this machine.
        BullModule.registerQueueAsync(
          ...keys.map((key) => ({
            name: queueName(key),
            imports: [connectionModule],
            inject: [CONNECTION],
            useFactory: ({ connection }: QueueConnection) => ({
              // BullMQ's types know the backend only at compile time; here the URL decides.
              connection: connection as never,
              prefix: REDIS_PREFIX,
            }),
          })),
        ),
      ],
      providers: [
        {
          provide: QueueBoard,
          inject: keys.map((key) => getQueueToken(queueName(key))),
          useFactory: (...queues: Queue<QueueJob>[]) => new QueueBoard(queues),
        },
        {
          provide: SyncQueue,
          inject: [CONNECTION, ...keys.map((key) => getQueueToken(queueName(key)))],
          useFactory: async (connection: QueueConnection, ...queues: Queue<QueueJob>[]) => {
            for (const queue of queues) {
              queue.on('error', options.onError);
              await queue.waitUntilReady(); // BullMQ tries it once: a queue that fails here would for ever
            }
            return new SyncQueue(
              new Map(keys.flatMap((key, index) => (queues[index] ? [[key, queues[index]]] : []))),
              connection,
            );
          },
        },
      ],
      exports: [SyncQueue, QueueBoard, BullModule],
    };
  }
}
