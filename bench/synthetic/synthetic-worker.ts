import { NestFactory } from '@nestjs/core';

import {
  createLogger,
  limitMemory,
  loadConfiguration,
  NestLogger,
  runProcess,
  yieldProcessor,
} from '#platform';
import { backbone } from '#sync';

import { WorkerModule } from '../../apps/worker/src/worker.module.js';
import { syntheticVendor } from './synthetic-vendor.js';

class SyntheticWorkerProcess {}

/** `apps/worker` with the synthetic vendor in the place of the registry's. */
await runProcess(async () => {
  limitMemory();
  yieldProcessor();
  const configuration = loadConfiguration();
  const logger = createLogger(configuration.log);
  const workers = WorkerModule.forRoot({
    adapters: { VMWARE: () => Promise.resolve(syntheticVendor) },
    concurrency: configuration.worker.concurrency,
  });
  const app = await NestFactory.createApplicationContext(
    {
      module: SyntheticWorkerProcess,
      imports: [
        ...backbone({ configuration, logger, applicationName: 'muster-worker', vendors: ['VMWARE'] }),
        workers,
      ],
    },
    { logger: new NestLogger(logger), abortOnError: false },
  );
  app.enableShutdownHooks();
  logger.info('worker ready');
});
