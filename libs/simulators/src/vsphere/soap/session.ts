import { randomUUID } from 'node:crypto';

import type { Inventory } from '../model/inventory.js';
import type { ManagedEntity, ManagedObject } from '../model/managed-object.js';
import { isKindOf } from '../model/managed-types.js';
import type { ObjectSelection } from './property-collector.js';

/** A live list of the inventory below a container, as a session's client has asked for. */
export class ContainerView implements ManagedObject {
  readonly type = 'ContainerView';

  constructor(
    readonly id: string,
    readonly container: ManagedEntity,
    /** What it lists; empty: everything. */
    readonly types: readonly string[],
    readonly recursive: boolean,
  ) {}

  /** What is in view now, each object once. The container itself is not. */
  *list(inventory: Inventory): Generator<ManagedEntity> {
    yield* this.below(inventory, this.container, new Set());
  }

  private *below(
    inventory: Inventory,
    parent: ManagedEntity,
    seen: Set<ManagedEntity>,
  ): Generator<ManagedEntity> {
    for (const child of inventory.children(parent)) {
      if (seen.has(child)) continue;
      seen.add(child);
      if (this.includes(child)) yield child;
      if (this.recursive) yield* this.below(inventory, child, seen);
    }
  }

  private includes(entity: ManagedEntity): boolean {
    return this.types.length === 0 || this.types.some((type) => isKindOf(entity.type, type));
  }
}

/** A signed-in client's state. All of it goes when the session does. */
export class Session {
  readonly key = randomUUID();
  readonly views = new Map<string, ContainerView>();
  /** What is left of unfinished listings, by the token that fetches it. */
  readonly listings = new Map<string, ObjectSelection>();
  calls = 1;

  constructor(
    readonly userName: string,
    readonly userAgent: string,
    /** Milliseconds since the epoch, as the next one. */
    readonly loggedInAt: number,
    public lastActiveAt: number = loggedInAt,
  ) {}
}

/** The sessions of a server. */
export class SessionStore {
  private readonly sessions = new Map<string, Session>();

  constructor(
    /** How long a session may idle, in milliseconds. */
    private readonly idleTimeoutMs: number,
    private readonly now: () => number,
  ) {}

  open(userName: string, userAgent: string): Session {
    const session = new Session(userName, userAgent, this.now());
    this.sessions.set(session.key, session);
    return session;
  }

  /** The live session of a cookie; counts as activity. */
  use(key: string): Session | undefined {
    const session = this.sessions.get(key);
    if (!session) return undefined;
    if (this.now() - session.lastActiveAt > this.idleTimeoutMs) {
      this.sessions.delete(key);
      return undefined;
    }
    session.lastActiveAt = this.now();
    session.calls += 1;
    return session;
  }

  /** A session, without counting as activity of it. */
  find(key: string): Session | undefined {
    return this.sessions.get(key);
  }

  close(session: Session): void {
    this.sessions.delete(session.key);
  }

  expireAll(): void {
    this.sessions.clear();
  }

  get size(): number {
    return this.sessions.size;
  }

  get views(): number {
    return this.total((session) => session.views.size);
  }

  get listings(): number {
    return this.total((session) => session.listings.size);
  }

  private total(of: (session: Session) => number): number {
    let total = 0;
    for (const session of this.sessions.values()) total += of(session);
    return total;
  }
}
