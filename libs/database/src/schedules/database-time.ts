import type { Querier } from '../database.js';

/** The time by the clock that says what is due: a process's own may be wrong. */
export async function databaseTime(client: Querier): Promise<Date> {
  const { rows } = await client.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  const [row] = rows;
  if (row === undefined) throw new Error('Postgres did not tell its time.');
  return row.now;
}
