import pg from 'pg';

/**
 * A pool to look into a test's database with. Tests restart servers and drop databases, whose last word to an
 * idle connection is an error; a connection that was just told to end still hears it. Neither fails the test:
 * a statement that cannot be run does.
 */
export function openTestPool(url: string, max = 2): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
