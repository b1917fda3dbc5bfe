import type { InjectedFaults } from '../injected-faults.js';
import type { Inventory } from '../model/inventory.js';
import type { ManagedObject } from '../model/managed-object.js';
import { ManagedEntity } from '../model/managed-object.js';
import type { PropertyCatalog } from '../properties/property-catalog.js';
import type { SessionManager } from '../properties/service.js';
import { SERVICES } from '../properties/service.js';
import type { RequestElement } from './parse-request.js';
import type { CollectorContext } from './property-collector.js';
import type { Session, SessionStore } from './session.js';
import type { TaskList } from './task.js';
import type { ObjectReference } from './vim-fault.js';

/**
 * Whom the simulator takes after where vcsim and real vCenters differ:
 *
 * | | `vcsim` | `vcenter` |
 * | --- | --- | --- |
 * | unknown property | reported per object, in the `missingSet` | the call fails: `InvalidProperty` |
 * | reading without a session | objects with all properties in the `missingSet` | `NotAuthenticated` |
 * | no `maxObjects` | everything in one answer | 100 objects and a token |
 * | session cookie | `key; HttpOnly` | `"key"; Path=/; HttpOnly`, `Secure` with TLS |
 * | nothing found | an empty `returnval` | no `returnval` |
 * | distributed switches are | `DistributedVirtualSwitch` | `VmwareDistributedVirtualSwitch` |
 */
export type Dialect = 'vcsim' | 'vcenter';

/** A server's state, shared by all calls. */
export interface ServerState {
  inventory: Inventory;
  catalog: PropertyCatalog;
  sessions: SessionStore;
  tasks: TaskList;
  faults: InjectedFaults;
  dialect: Dialect;
  /** How many objects an answer holds at most, whatever the client asks for. */
  pageLimit: number;
  credentials: { username: string; password: string };
}

/** One call, being answered. */
export interface Call {
  server: ServerState;
  /** Absent: the client has not signed in. */
  session: Session | undefined;
  /** The object that the call is sent to. */
  self: ManagedObject;
  arguments: RequestElement;
  userAgent: string;
  /** Has the answer set the session cookie. */
  setSession: (session: Session) => void;
}

const SINGLETONS = new Map<string, ManagedObject>(
  Object.values(SERVICES).map((service) => [`${service.type}:${service.id}`, service]),
);

/** Finds an object, as a session sees it: views are a session's own. */
export function resolve(
  { inventory, tasks }: ServerState,
  session: Session | undefined,
  { type, id }: ObjectReference,
): ManagedObject | undefined {
  if (type === 'Task') return tasks.get(id);
  if (type === 'ContainerView') return session?.views.get(id);
  if (type === 'SessionManager' && session && id === SERVICES.sessionManager.id) {
    return { type, id, session } as SessionManager;
  }
  const singleton = SINGLETONS.get(`${type}:${id}`);
  if (singleton) return singleton;
  const object = inventory.get(id);
  return object?.type === type ? object : undefined;
}

/** Whether an object is still there, for listings that go on after a change. */
export function exists({ inventory }: ServerState, object: ManagedObject): boolean {
  return !(object instanceof ManagedEntity) || inventory.get(object.id) === object;
}

export function collectorContext({ server, session }: Pick<Call, 'server' | 'session'>): CollectorContext {
  return {
    catalog: server.catalog,
    faults: server.faults,
    resolve: (reference) => resolve(server, session, reference),
    authenticated: session !== undefined,
    strictProperties: server.dialect === 'vcenter',
  };
}
