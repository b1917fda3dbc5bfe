import { createLogger, loadConfiguration, runProcess } from '#platform';

import { startApi } from './start-api.js';

await runProcess(async () => {
  const configuration = loadConfiguration();
  const logger = createLogger(configuration.log);
  const { app, url, firstCredentials } = await startApi({
    configuration,
    logger,
    applicationName: 'muster-api',
  });
  app.enableShutdownHooks();
  logger.info({ url }, 'API listening');
  // To standard output, not into the log: they are shown this once.
  if (firstCredentials === undefined) return;
  const { apiKey, accessKey, secretKey } = firstCredentials;
  process.stdout.write(
    'First credentials, shown only now.\n' +
      `API key: ${apiKey}\nAccess key (AK): ${accessKey}\nSecret key (SK): ${secretKey}\n`,
  );
});
