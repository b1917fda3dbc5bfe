import { Database, migrateDatabase } from '#database';
import {
  type Configuration,
  embeddedDatabaseFolder,
  loadConfiguration,
  visitEmbeddedPostgres,
} from '#platform';

/** The name of Muster's database in the embedded PostgreSQL. */
export const EMBEDDED_DATABASE = 'muster';

/** A command needs few connections, and a database has few to spare. */
const POOL_SIZE = 2;

/** The database that the configuration names, opened for a command. */
export interface ConfiguredDatabase {
  database: Database;
  configuration: Configuration;
  close(): Promise<void>;
}

/**
 * Opens the database of DATABASE_URL, or else the embedded one of `npm start`: that of the Muster that runs, or
 * one started for the command. Migrates it, as every process does when it starts.
 * @param command shown in pg_stat_activity
 */
export async function openConfiguredDatabase(command: string): Promise<ConfiguredDatabase> {
  const dataDirectory = embeddedDatabaseFolder();
  const visit =
    dataDirectory === undefined
      ? undefined
      : await visitEmbeddedPostgres({
          dataDirectory,
          log: (line) => process.stderr.write(`  ${line}\n`),
        });
  try {
    await visit?.ensureDatabase(EMBEDDED_DATABASE);
    const configuration = loadConfiguration(
      visit === undefined ? {} : { databaseUrl: visit.url(EMBEDDED_DATABASE) },
    );
    await migrateDatabase(configuration.database.url);
    const database = new Database({
      url: configuration.database.url,
      poolSize: POOL_SIZE,
      applicationName: `muster-${command}`,
    });
    const close = async (): Promise<void> => {
      await database.close();
      await visit?.leave();
    };
    return { database, configuration, close };
  } catch (error) {
    await visit?.leave();
    throw error;
  }
}
