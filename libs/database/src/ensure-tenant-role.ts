import type pg from 'pg';

import { StartError } from '#platform';

import { TENANT_ROLE } from './tenant-pool.js';

/** Postgres' codes of what somebody else did in the same moment. */
const DUPLICATE = new Set(['42710', '23505']);

/**
 * Makes the role that is bound to one tenant's rows, and lets us act as it. It can't be logged in as.
 * @throws {StartError} when our role may not do that; the message says what an administrator has to.
 */
export async function ensureTenantRole(client: pg.Client): Promise<void> {
  if (!(await exists(client))) {
    try {
      await client.query(`CREATE ROLE ${TENANT_ROLE} NOLOGIN`);
    } catch (error) {
      if (!DUPLICATE.has(codeOf(error))) throw refused(client, error);
    }
  }
  try {
    if (!(await mayAct(client))) await client.query(`GRANT ${TENANT_ROLE} TO CURRENT_USER`);
  } catch (error) {
    throw refused(client, error);
  }
}

async function exists(client: pg.Client): Promise<boolean> {
  const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [TENANT_ROLE]);
  return rowCount === 1;
}

async function mayAct(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ may: boolean }>(
    `SELECT pg_has_role($1, CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET'
       ELSE 'MEMBER' END) AS may`,
    [TENANT_ROLE],
  );
  return rows[0]?.may === true;
}

function refused(client: pg.Client, error: unknown): StartError {
  return new StartError(
    `DATABASE_URL: the role ${client.user ?? ''} may not make the role ${TENANT_ROLE}, which keeps tenants apart ` +
      `(${error instanceof Error ? error.message : String(error)}). Have an administrator run, once: ` +
      `CREATE ROLE ${TENANT_ROLE} NOLOGIN; GRANT ${TENANT_ROLE} TO "${client.user ?? ''}";`,
  );
}

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? '';
}
