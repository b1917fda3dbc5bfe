/** A real worker process, but for its impatience and its vendor, which is a scripted one over HTTP. */
import 'reflect-metadata';

import { NestFactory } from '@nestjs/core';

import { createLogger, loadConfiguration, NestLogger, runProcess } from '#platform';
import { backbone } from '#sync';

import { WorkerModule } from '../../apps/worker/src/worker.module.js';
import { cloudAdapters, VENDOR } from './cloud-adapter.js';
import { remoteCloud } from './cloud-server.js';
import { TIMING } from './worker-settings.js';

class WorkerProcess {}

await runProcess(async () => {
  const configuration = loadConfiguration();
  const logger = createLogger(configuration.log);
  const adapters = cloudAdapters(remoteCloud(process.env['FAULTS_CLOUD_URL'] ?? ''));
  const app = await NestFactory.createApplicationContext(
    {
      module: WorkerProcess,
      imports: [
        ...backbone({ configuration, logger, applicationName: 'worker', vendors: [VENDOR] }),
        WorkerModule.forRoot({ adapters, concurrency: configuration.worker.concurrency, timing: TIMING }),
      ],
    },
    { logger: new NestLogger(logger), abortOnError: false },
  );
  app.enableShutdownHooks();
  logger.info('worker ready');
});
