import { NestFactory } from '@nestjs/core';

import { migrateDatabase } from '#database';
import type { Vendor } from '#domain';
import {
  createLogger,
  limitMemory,
  loadConfiguration,
  NestLogger,
  runServer,
  yieldProcessor,
} from '#platform';
import { backbone } from '#sync';
import { VENDOR_REGISTRY } from '#vendors/registry';

import { WorkerModule } from './worker.module.js';

class WorkerProcess {}

await runServer(async () => {
  limitMemory();
  yieldProcessor();
  const configuration = loadConfiguration();
  const logger = createLogger(configuration.log);
  await migrateDatabase(configuration.database.url);
  const vendors = Object.keys(VENDOR_REGISTRY) as Vendor[];
  const workers = WorkerModule.forRoot({
    adapters: VENDOR_REGISTRY,
    ...configuration.worker,
    endpointNetworks: configuration.endpointNetworks,
    hostIdentityTenants: configuration.hostIdentityTenants,
  });
  const app = await NestFactory.createApplicationContext(
    {
      module: WorkerProcess,
      imports: [...backbone({ configuration, logger, applicationName: 'muster-worker', vendors }), workers],
    },
    { logger: new NestLogger(logger), abortOnError: false },
  );
  logger.info({ vendors }, 'worker ready');
  return () => app.close();
});
