import { migrateDatabase } from '#database';
import { loadConfiguration, runProcess } from '#platform';

/** Brings the database up to date and ends: for deployments that do so before they start anything. */
await runProcess(async () => {
  const applied = await migrateDatabase(loadConfiguration().database.url);
  process.stdout.write(applied.length === 0 ? 'Nothing to migrate.\n' : `Applied ${applied.join(', ')}.\n`);
});
