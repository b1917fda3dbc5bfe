import { readdir, readFile } from 'node:fs/promises';

import type { Client } from 'pg';

const MS_PER_TICK = 10; // USER_HZ is 100 on Linux

/** The processes of a Postgres server on this machine. */
export class PostgresProcesses {
  private constructor(private readonly postmaster: number) {}

  static async find(client: Client): Promise<PostgresProcesses> {
    const { rows } = await client.query<{ file: string }>(`SELECT pg_read_file('postmaster.pid') AS file`);
    return new PostgresProcesses(Number.parseInt(rows[0]?.file ?? '', 10));
  }

  /** Processor time used so far by the server and all of its back ends, also those that ended, in milliseconds. */
  async cpuMs(): Promise<number> {
    let ticks = 0;
    for (const pid of await readdir('/proc')) {
      if (!/^\d+$/.test(pid)) continue;
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      const fields = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .map(Number);
      const [own, withChildren] = [sum(fields.slice(11, 13)), sum(fields.slice(11, 15))];
      if (Number(pid) === this.postmaster) ticks += withChildren;
      else if (fields[1] === this.postmaster) ticks += own;
    }
    return ticks * MS_PER_TICK;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
