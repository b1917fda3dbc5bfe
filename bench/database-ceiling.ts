import type { Stage } from './stage.js';

/** What the database does by itself with the rows that are in `resource`. */
export interface DatabaseCeiling {
  /** One server-side `INSERT … SELECT`, which has nothing to read or to parse, in rows a second. */
  insertSelect: number;
  /** One COPY from a file on the server, in rows a second. */
  copy: number;
  /** What a row of COPY costs Postgres, in microseconds of processor time. */
  copyUs: number;
}

/** The same rows into an empty table with the same indexes, on one connection. */
export async function measureDatabaseCeiling({
  sql,
  postgresProcesses,
}: Pick<Stage, 'sql' | 'postgresProcesses'>): Promise<DatabaseCeiling> {
  const { rowCount } = await sql.query('CREATE TABLE ceiling_rows AS SELECT * FROM resource');
  const rows = rowCount ?? 0;
  const rate = async (statement: string): Promise<{ rate: number; us: number }> => {
    await sql.query('CREATE TABLE ceiling (LIKE resource INCLUDING ALL)');
    await sql.query('CHECKPOINT'); // or one of the two pays for what the other has written
    const [cpuMs, begin] = [await postgresProcesses.cpuMs(), performance.now()];
    await sql.query(statement);
    const seconds = (performance.now() - begin) / 1_000;
    const us = (((await postgresProcesses.cpuMs()) - cpuMs) * 1_000) / rows;
    await sql.query('DROP TABLE ceiling');
    return { rate: rows / seconds, us };
  };
  try {
    const insertSelect = await rate('INSERT INTO ceiling SELECT * FROM ceiling_rows');
    const { rows: settings } = await sql.query<{ path: string }>(
      `SELECT current_setting('data_directory') || '/ceiling.copy' AS path`,
    );
    const path = settings[0]?.path ?? '';
    await sql.query(`COPY ceiling_rows TO '${path}'`);
    const copy = await rate(`COPY ceiling FROM '${path}'`);
    return { insertSelect: insertSelect.rate, copy: copy.rate, copyUs: copy.us };
  } finally {
    await sql.query('DROP TABLE ceiling_rows');
  }
}
