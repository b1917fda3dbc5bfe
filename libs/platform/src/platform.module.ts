import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';

import type { Configuration } from './config/configuration.js';
import { Vault } from './crypto/vault.js';
import type { Logger } from './logging/logger.js';
import { startTracing } from './tracing/start-tracing.js';

/** Injects the process's structured log. */
export const LOGGER = Symbol('logger');

/** Ends tracing, if it was begun. */
type StopTracing = (() => Promise<void>) | undefined;

const STOP_TRACING = Symbol('stop tracing');

export interface PlatformModuleOptions {
  configuration: Pick<Configuration, 'keyring' | 'tracing'>;
  logger: Logger;
  /** What the process is called. */
  applicationName: string;
}

/** What every part of a process has: its log, the vault for secrets at rest, and its traces. */
@Module({})
export class PlatformModule implements OnApplicationShutdown {
  constructor(@Inject(STOP_TRACING) private readonly stopTracing: StopTracing) {}

  static forRoot({ configuration, logger, applicationName }: PlatformModuleOptions): DynamicModule {
    const { keyring, tracing } = configuration;
    return {
      module: PlatformModule,
      global: true,
      providers: [
        { provide: LOGGER, useValue: logger },
        { provide: Vault, useValue: new Vault(keyring) },
        {
          provide: STOP_TRACING,
          useFactory: (): Promise<StopTracing> | undefined =>
            tracing && startTracing({ ...tracing, applicationName, log: logger }),
        },
      ],
      exports: [LOGGER, Vault],
    };
  }

  /** By now requests have been answered and jobs given back. */
  async onApplicationShutdown(): Promise<void> {
    await this.stopTracing?.();
  }
}
