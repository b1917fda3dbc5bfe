import { BullModule, getQueueToken } from '@nestjs/bullmq';
import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { Queue } from 'bullmq';

import type { Vendor } from '#domain';

import { openQueueConnection, type QueueConnection, REDIS_PREFIX } from './queue-connection.js';
import { queueName, type SyncJob } from './sync-job.js';
import { SyncQueue } from './sync-queue.js';

export interface QueueModuleOptions {
  url: string;
  vendors: readonly Vendor[];
  onError: (error: Error) => void;
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

/** The process's queues, one per vendor, on Redis or Postgres by the URL. */
@Module({})
export class QueueModule {
  static forRoot({ url, vendors, onError }: QueueModuleOptions): DynamicModule {
    const connectionModule: DynamicModule = {
      module: QueueConnectionModule,
      providers: [
        {
          provide: CONNECTION,
          useFactory: () => openQueueConnection({ url, queues: vendors.length, onError }),
        },
      ],
      exports: [CONNECTION],
    };
    return {
      module: QueueModule,
      global: true,
      imports: [
        connectionModule,
        BullModule.forRootAsync({
          imports: [connectionModule],
          inject: [CONNECTION],
          useFactory: ({ connection }: QueueConnection) => ({
            // BullMQ's types know the backend only at compile time; here the URL decides.
            connection: connection as never,
            prefix: REDIS_PREFIX,
          }),
        }),
        BullModule.registerQueue(...vendors.map((vendor) => ({ name: queueName(vendor) }))),
      ],
      providers: [
        {
          provide: SyncQueue,
          inject: [CONNECTION, ...vendors.map((vendor) => getQueueToken(queueName(vendor)))],
          useFactory: async (connection: QueueConnection, ...queues: Queue<SyncJob>[]) => {
            for (const queue of queues) {
              queue.on('error', onError);
              await queue.waitUntilReady(); // BullMQ tries it once: a queue that fails here would for ever
            }
            return new SyncQueue(
              new Map(vendors.flatMap((vendor, index) => (queues[index] ? [[vendor, queues[index]]] : []))),
              connection,
            );
          },
        },
      ],
      exports: [SyncQueue, BullModule],
    };
  }
}
