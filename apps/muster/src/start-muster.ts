import { CredentialAdministration, DEFAULT_TENANT } from '#database';
import { FULL_ACCESS } from '#domain';
import {
  createLogger,
  embeddedDatabaseFolder,
  type EmbeddedPostgres,
  loadConfiguration,
  startEmbeddedPostgres,
} from '#platform';
import { VENDOR_REGISTRY } from '#vendors/registry';

import { startApi, type StartedApi } from '../../api/src/start-api.js';
import { WorkerModule } from '../../worker/src/worker.module.js';
import type { CommandLine } from './command-line.js';
import { startDemoClouds } from './demo/demo-clouds.js';
import { runDemo } from './demo/run-demo.js';
import { renderGreeting } from './greeting.js';
import { EMBEDDED_DATABASE } from './open-configured-database.js';

const DEMO_CREDENTIAL = 'demo';
/** Where the demo's clouds and most vCenters are. Who tries Muster is also who adds accounts to it. */
const LOCAL_NETWORKS = ['127.0.0.0/8', '::1', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'];

/** Everything that was started, to be stopped in reverse order. */
export class Shutdown {
  private readonly steps: (() => Promise<void>)[] = [];
  private running: Promise<void> | undefined;
  private readonly begun = new AbortController();

  /** Aborts when the shutdown begins. */
  get signal(): AbortSignal {
    return this.begun.signal;
  }

  add(step: () => Promise<void>): void {
    this.steps.push(step);
  }

  run(): Promise<void> {
    this.running ??= this.runSteps();
    return this.running;
  }

  private async runSteps(): Promise<void> {
    this.begun.abort();
    for (const step of this.steps.reverse()) await step();
  }
}

/** Starts all of Muster in this process, and the demo if wanted. `shutdown` learns how to stop it. */
export async function startMuster(
  { demo }: CommandLine,
  shutdown: Shutdown,
  output: NodeJS.WriteStream,
): Promise<void> {
  const folder = embeddedDatabaseFolder();
  const postgres = folder === undefined ? undefined : await openPostgres(folder, shutdown, output);
  const configuration = loadConfiguration({
    logLevel: 'warn',
    logFormat: 'pretty',
    endpointNetworks: LOCAL_NETWORKS,
    ...(postgres === undefined ? {} : { databaseUrl: postgres.url(EMBEDDED_DATABASE) }),
  });
  const started = await startApi({
    configuration,
    logger: createLogger(configuration.log),
    applicationName: 'muster',
    alongside: [
      WorkerModule.forRoot({
        adapters: VENDOR_REGISTRY,
        ...configuration.worker,
        endpointNetworks: configuration.endpointNetworks,
        hostIdentityTenants: configuration.hostIdentityTenants,
      }),
    ],
  });
  shutdown.add(() => started.app.close());
  const taskId = demo ? await demonstrate(started, shutdown, output) : undefined;
  output.write(
    renderGreeting({
      url: started.url,
      keyIsChosen: configuration.apiKey !== undefined,
      ...(started.firstCredentials === undefined ? {} : { firstCredentials: started.firstCredentials }),
      ...(taskId === undefined ? {} : { taskId }),
    }),
  );
}

async function openPostgres(
  dataDirectory: string,
  shutdown: Shutdown,
  output: NodeJS.WriteStream,
): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({
    dataDirectory,
    log: (line) => output.write(`  ${line}\n`),
  });
  shutdown.add(() => postgres.stop());
  await postgres.ensureDatabase(EMBEDDED_DATABASE);
  return postgres;
}

/** Runs the demo with a key of its own, which nobody sees and which ends with it. Returns its task. */
async function demonstrate(
  { app, url }: StartedApi,
  shutdown: Shutdown,
  output: NodeJS.WriteStream,
): Promise<string | undefined> {
  const clouds = await startDemoClouds();
  for (const cloud of clouds) shutdown.add(() => cloud.close());
  const credentials = app.get(CredentialAdministration);
  const named = { tenantId: (await credentials.ensureTenant(DEFAULT_TENANT)).id, name: DEMO_CREDENTIAL };
  await credentials.revoke(named); // that of a start which was killed
  const issued = await credentials.create({ ...named, kind: 'api-key', policy: FULL_ACCESS });
  const apiKey = issued?.kind === 'api-key' ? issued.apiKey : '';
  try {
    return await runDemo({ url, apiKey, clouds, output, signal: shutdown.signal });
  } finally {
    await credentials.revoke(named);
  }
}
