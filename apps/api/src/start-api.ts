import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

import { CredentialAdministration, type FirstCredentials, migrateDatabase } from '#database';
import { type Configuration, type Logger, NestLogger, toListenError } from '#platform';
import { backbone, SyncModule } from '#sync';
import { VENDOR_CATALOG } from '#vendors/catalog';

import { ApiModule } from './api.module.js';
import { configureHttp, createHttpAdapter } from './http/configure-http.js';
import { listenRpc } from './rpc/listen-rpc.js';

export interface StartedApi {
  app: NestFastifyApplication;
  /** Where it listens, as clients on this machine reach it. */
  url: string;
  /** Where it takes messages, if it does. */
  rpcUrl?: string;
  /** The first credentials, when this start made them. They cannot be shown again. */
  firstCredentials?: FirstCredentials;
}

export interface StartApiOptions {
  configuration: Configuration;
  logger: Logger;
  applicationName: string;
  /** Modules to run in the same process: the workers, for `apps/muster`. */
  alongside?: DynamicModule[];
}

class ApiProcess {}

/**
 * Migrates the database and serves the API.
 * @throws {StartError} when it cannot listen.
 */
export async function startApi(options: StartApiOptions): Promise<StartedApi> {
  const { configuration, logger, applicationName, alongside = [] } = options;
  const applied = await migrateDatabase(configuration.database.url);
  if (applied.length > 0) logger.info({ migrations: applied }, 'database migrated');
  const vendors = VENDOR_CATALOG.map(({ vendor }) => vendor);
  const imports = [
    ...backbone({ configuration, logger, applicationName, vendors }),
    SyncModule.forRoot(configuration),
    ApiModule.forRoot(configuration),
    ...alongside,
  ];
  const app = await NestFactory.create<NestFastifyApplication>(
    { module: ApiProcess, imports },
    createHttpAdapter(configuration),
    { logger: new NestLogger(logger), bodyParser: false, abortOnError: false },
  );
  configureHttp(app);
  const firstCredentials = await app.get(CredentialAdministration).ensureFirst(configuration.apiKey);
  try {
    await app.init();
    // Fastify's own listen: Nest's writes a failure into the log, stack and all, before it throws it.
    const url = await app.getHttpAdapter().getInstance().listen(configuration.http);
    const rpcUrl =
      configuration.rpcUrl === undefined ? undefined : await listenRpc(app, configuration.rpcUrl);
    if (rpcUrl !== undefined) logger.info({ rpc: new URL(rpcUrl).host }, 'taking messages');
    return {
      app,
      url,
      ...(rpcUrl === undefined ? {} : { rpcUrl }),
      ...(firstCredentials === undefined ? {} : { firstCredentials }),
    };
  } catch (error) {
    await app.close();
    throw toListenError(error, configuration.http);
  }
}
