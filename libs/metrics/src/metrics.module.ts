import { type DynamicModule, Module } from '@nestjs/common';

import { Database, FleetRepository } from '#database';
import { type Configuration, LOGGER, type Logger } from '#platform';
import { QueueBoard, SyncQueue } from '#queue';

import { FleetMetrics } from './fleet-metrics.js';
import { Metrics } from './metrics.js';
import { OperatorPort } from './operator-port.js';
import { addProcessMetrics } from './process-metrics.js';
import { QueuePage } from './queue-page.js';
import { Readiness } from './readiness.js';

export interface MetricsModuleOptions extends Pick<Configuration, 'metrics'> {
  /** What the process is called. */
  applicationName: string;
}

/** What every process tells its operators: metrics, and whether it lives and is ready. */
@Module({})
export class MetricsModule {
  static forRoot({ metrics: place, applicationName }: MetricsModuleOptions): DynamicModule {
    return {
      module: MetricsModule,
      global: true,
      providers: [
        Metrics,
        {
          provide: Readiness,
          inject: [Database, SyncQueue, LOGGER],
          useFactory: (database: Database, queue: SyncQueue, log: Logger) =>
            new Readiness(database, queue, log),
        },
        {
          provide: FleetMetrics,
          inject: [Metrics, FleetRepository, SyncQueue, LOGGER],
          useFactory: (...[metrics, fleet, queue, log]: [Metrics, FleetRepository, SyncQueue, Logger]) =>
            new FleetMetrics(metrics, { fleet, queue, log }, place?.accounts ?? 0),
        },
        {
          provide: OperatorPort,
          inject: [Metrics, FleetMetrics, Readiness, QueueBoard, Database, LOGGER],
          useFactory: (
            ...[metrics, fleet, readiness, board, database, log]: [
              Metrics,
              FleetMetrics,
              Readiness,
              QueueBoard,
              Database,
              Logger,
            ]
          ) => {
            if (place !== undefined) addProcessMetrics(metrics, database, applicationName);
            const password = place?.queuesPassword;
            const queues = password === undefined ? {} : { queues: new QueuePage(board, password) };
            return new OperatorPort({ metrics, fleet, readiness, log, ...queues }, place);
          },
        },
      ],
      exports: [Metrics, OperatorPort, Readiness],
    };
  }
}
