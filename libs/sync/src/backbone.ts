import type { DynamicModule } from '@nestjs/common';

import { DatabaseModule } from '#database';
import type { Vendor } from '#domain';
import { MetricsModule } from '#metrics';
import { type Configuration, logApart, type Logger, PlatformModule } from '#platform';
import { QueueModule } from '#queue';

export interface BackboneOptions {
  configuration: Configuration;
  logger: Logger;
  /** Shown in pg_stat_activity. */
  applicationName: string;
  vendors: readonly Vendor[];
}

/** What every Muster process stands on: log and vault, database, queues, and what it tells operators. */
export function backbone({
  configuration,
  logger,
  applicationName,
  vendors,
}: BackboneOptions): DynamicModule[] {
  return [
    PlatformModule.forRoot({ configuration, logger, applicationName }),
    DatabaseModule.forRoot({
      ...configuration.database,
      retention: configuration.retention,
      pruneLimits: configuration.pruneLimits,
      applicationName,
      onIdleError: (error) => {
        logApart(() => {
          logger.warn({ err: error }, 'a database connection broke');
        });
      },
    }),
    QueueModule.forRoot({
      ...configuration.queue,
      vendors,
      onError: (error) => {
        logApart(() => {
          logger.warn({ err: error }, 'the queue reported an error');
        });
      },
      onWarning: (message) => {
        logger.warn(message);
      },
    }),
    MetricsModule.forRoot({ ...configuration, applicationName }),
  ];
}
