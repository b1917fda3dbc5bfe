import pg from 'pg';

import { actingTenant } from './acting-tenant.js';

/** The role that is bound to one tenant's rows (migration 0019). It belongs to the server, not to a database. */
export const TENANT_ROLE = 'muster_tenant';

type Connected = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  done: (release?: boolean | Error) => void,
) => void;

/**
 * Connections that act for whom the work at hand is done: {@link actingTenant}. A connection is told when that
 * changes, which is one statement, and else nothing.
 */
export class TenantPool extends pg.Pool {
  /** Whom each connection acts for; absent: nobody in particular. */
  private readonly acting = new WeakMap<pg.PoolClient, string>();

  override connect(): Promise<pg.PoolClient>;
  override connect(callback: Connected): void;
  override connect(callback?: Connected): Promise<pg.PoolClient> | undefined {
    const tenantId = actingTenant(); // who waits for a connection is served in another's context
    const connected = super.connect().then((client) => this.actFor(client, tenantId));
    if (callback === undefined) return connected;
    connected.then(
      (client) => {
        callback(undefined, client, (error) => {
          client.release(error);
        });
      },
      (error: unknown) => {
        callback(error as Error, undefined, () => undefined);
      },
    );
    return undefined;
  }

  private async actFor(client: pg.PoolClient, tenantId: string | undefined): Promise<pg.PoolClient> {
    if (this.acting.get(client) === tenantId) return client;
    try {
      await client.query(
        tenantId === undefined
          ? 'RESET ROLE; RESET muster.tenant_id'
          : `SET ROLE ${TENANT_ROLE}; SET muster.tenant_id = ${pg.escapeLiteral(tenantId)}`,
      );
    } catch (error) {
      client.release(error as Error); // whose it is now is not known
      throw error;
    }
    if (tenantId === undefined) this.acting.delete(client);
    else this.acting.set(client, tenantId);
    return client;
  }
}
