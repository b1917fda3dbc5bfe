import { setTimeout as delay } from 'node:timers/promises';

import type { FirstCredentials } from '#database';
import { Readiness } from '#metrics';
import { createLogger, loadConfiguration, runServer } from '#platform';

import { startApi } from './start-api.js';

await runServer(async () => {
  const configuration = loadConfiguration();
  const logger = createLogger(configuration.log);
  const { app, url, firstCredentials } = await startApi({
    configuration,
    logger,
    applicationName: 'muster-api',
  });
  logger.info({ url }, 'API listening');
  if (firstCredentials !== undefined) showOnce(firstCredentials);
  return async (hurry) => {
    app.get(Readiness).stop();
    const { shutdownDelayMs } = configuration;
    logger.info(
      { shutdownDelayMs },
      'stopping: not ready any more, but serving until load balancers have noticed',
    );
    await delay(shutdownDelayMs, undefined, { signal: hurry }).catch(() => undefined);
    await app.close();
    logger.info('stopped');
  };
});

/** To standard output, not into the log: they are shown this once. */
function showOnce({ apiKey, accessKey, secretKey }: FirstCredentials): void {
  process.stdout.write(
    'First credentials, shown only now.\n' +
      `API key: ${apiKey}\nAccess key (AK): ${accessKey}\nSecret key (SK): ${secretKey}\n`,
  );
}
