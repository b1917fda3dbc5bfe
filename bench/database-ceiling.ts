import type { Client } from 'pg';

import type { Results } from './result-table.js';

/**
 * What the database can do by itself with the rows that the sync has just written: the same rows into a
 * table with the same indexes, by one server-side statement and by one COPY from a file.
 */
export async function measureDatabaseCeiling(client: Client, results: Results): Promise<void> {
  await client.query('CREATE TABLE ceiling_rows AS SELECT * FROM resource');
  const rows = Number(
    (await client.query<{ rows: string }>('SELECT count(*) AS rows FROM ceiling_rows')).rows[0]?.rows,
  );
  const rate = async (name: string, sql: string, baseline?: string): Promise<void> => {
    await client.query('CREATE TABLE ceiling (LIKE resource INCLUDING ALL)');
    const begin = performance.now();
    await client.query(sql);
    results.add(name, (rows * 1000) / (performance.now() - begin), 'rows/s', baseline);
    await client.query('DROP TABLE ceiling');
  };
  await rate('Database: INSERT … SELECT on the server', 'INSERT INTO ceiling SELECT * FROM ceiling_rows');
  const [{ path } = { path: '' }] = (
    await client.query<{ path: string }>(
      `SELECT current_setting('data_directory') || '/ceiling.copy' AS path`,
    )
  ).rows;
  await client.query(`COPY ceiling_rows TO '${path}'`);
  await rate('Database: one raw COPY', `COPY ceiling FROM '${path}'`);
  await client.query('DROP TABLE ceiling_rows');
}
