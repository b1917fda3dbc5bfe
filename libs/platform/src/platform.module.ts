import { type DynamicModule, Module } from '@nestjs/common';

import type { Configuration } from './config/configuration.js';
import { Vault } from './crypto/vault.js';
import type { Logger } from './logging/logger.js';

/** Injects the process's structured log. */
export const LOGGER = Symbol('logger');

/** What every part of a process has: its log, and the vault for secrets at rest. */
@Module({})
export class PlatformModule {
  static forRoot(configuration: Pick<Configuration, 'keyring'>, logger: Logger): DynamicModule {
    return {
      module: PlatformModule,
      global: true,
      providers: [
        { provide: LOGGER, useValue: logger },
        { provide: Vault, useValue: new Vault(configuration.keyring) },
      ],
      exports: [LOGGER, Vault],
    };
  }
}
