import { createLogger, loadConfiguration, runProcess } from '#platform';

import { startApi } from './start-api.js';

await runProcess(async () => {
  const configuration = loadConfiguration();
  const logger = createLogger(configuration.log);
  const { app, url, newApiKey } = await startApi({ configuration, logger, applicationName: 'muster-api' });
  app.enableShutdownHooks();
  logger.info({ url }, 'API listening');
  // To standard output, not into the log: it is shown this once.
  if (newApiKey !== undefined) process.stdout.write(`First API key, shown only now: ${newApiKey}\n`);
});
