import { NestFactory } from '@nestjs/core';

import { createLogger, NestLogger } from '#platform';
import { type AdapterLoaders, backbone } from '#sync';
import { VENDOR_CATALOG } from '#vendors/catalog';

import { WorkerModule } from '../../apps/worker/src/worker.module.js';
import { TEST_TIMING, type TestMuster } from './test-muster.js';

export interface TestWorkerOptions {
  adapters: AdapterLoaders;
  concurrency: number;
  vendorConcurrency?: number;
}

class WorkerContext {}

/**
 * Starts a worker beside a Muster: with connections, engine and reconciler of its own, as another process
 * would be, but on this one's clock. Returns how to stop it.
 */
export async function startTestWorker(
  { settings: { configuration } }: TestMuster,
  options: TestWorkerOptions,
): Promise<() => Promise<void>> {
  const logger = createLogger({ level: 'silent', format: 'json' });
  const vendors = VENDOR_CATALOG.map(({ vendor }) => vendor);
  const app = await NestFactory.createApplicationContext(
    {
      module: WorkerContext,
      imports: [
        ...backbone({ configuration, logger, applicationName: 'muster-test-worker', vendors }),
        WorkerModule.forRoot({
          ...options,
          endpointNetworks: configuration.endpointNetworks,
          hostIdentityTenants: configuration.hostIdentityTenants,
          timing: TEST_TIMING,
        }),
      ],
    },
    { logger: new NestLogger(logger), abortOnError: false },
  );
  return () => app.close();
}
