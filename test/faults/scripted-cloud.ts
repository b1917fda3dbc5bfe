import { setTimeout as delay } from 'node:timers/promises';

import { type Resource, type Scope, SyncError, type Vendor } from '#domain';
import type { AdapterLoaders } from '#sync';
import {
  type Listing,
  required,
  type ResourceTable,
  type VendorAccess,
  type VendorAdapter,
} from '#vendor-kit';

import type { Dice } from './dice.js';

/** Passes for VMWARE, the one vendor whose accounts can be added. */
export const VENDOR = 'VMWARE' satisfies Vendor;
export const TYPES = ['servers', 'disks', 'networks'] as const;

/** Where resources are: account, scope and type, as `a/east/servers`. */
export type CellKey = string;
/** What there is in a cell: native ids and their versions. */
export type Cell = ReadonlyMap<string, number>;

export function cellKey(account: string, scope: string, type: string): CellKey {
  return `${account}/${scope}/${type}`;
}

/** What the vendor lists; a malformed item has no id. */
export interface Item {
  id?: string;
  version: number;
}

/** What the engine's view of a process at the vendor is. */
export interface CloudClient {
  /** How many connections it has open. */
  open: number;
  /** Whether it was killed: a dead process makes no calls. */
  dead: boolean;
}

/** What goes wrong at a page, and how often in 1,000 pages. */
const PAGE_FAULTS = [
  ['none', 790],
  ['slow', 40],
  ['unavailable', 40],
  ['timeout', 15],
  ['deaf', 10],
  ['throttled', 25],
  ['throttled, no Retry-After', 3],
  ['page twice', 20],
  ['items twice', 25],
  ['cursor expired', 12],
  ['truncated', 6],
  ['malformed', 5],
  ['permission', 4],
  ['absent', 2],
  ['credentials', 3],
] as const;

const CONNECT_FAULTS = [
  ['none', 930],
  ['slow', 30],
  ['unavailable', 30],
  ['timeout', 10],
] as const;

export type CloudFault = (typeof PAGE_FAULTS | typeof CONNECT_FAULTS)[number][0] | 'wrong secret';

/** From this visit on the same place works, so that everything ends. */
const CALM_FROM_VISIT = 3;
/** How long a call that is not answered takes until the adapter gives it up, at most. */
const MAX_HANG_MS = 400;
const UNITS_AT_ONCE = 3;

/** A cloud that has what it is told, and fails as the dice fall. */
export class ScriptedCloud {
  readonly cells = new Map<CellKey, Map<string, number>>();
  /** Accounts whose secret no longer works until Muster is given the new one. */
  readonly secrets = new Map<string, string>();
  /** Cells whose last page a listing of this round was given. */
  readonly delivered = new Set<CellKey>();
  /** Whether nothing goes wrong. */
  calm = true;
  private round = 0;
  private epoch = 0;
  private readonly visits = new Map<string, number>();

  private readonly scopes = new Map<string, readonly string[]>();

  constructor(
    accounts: Readonly<Record<string, readonly string[]>>,
    private readonly dice: Dice,
    private readonly noticeFault: (fault: CloudFault) => void,
  ) {
    for (const [account, scopes] of Object.entries(accounts)) this.addAccount(account, scopes);
  }

  addAccount(account: string, scopes: readonly string[]): void {
    this.scopes.set(account, scopes);
    this.secrets.set(account, 'first');
    for (const scope of scopes) {
      for (const type of TYPES) this.cells.set(cellKey(account, scope, type), new Map());
    }
  }

  get accounts(): string[] {
    return [...this.scopes.keys()];
  }

  /** Begins a round: what the cloud has stays as it is until the next. */
  beginRound(): void {
    this.round += 1;
    this.delivered.clear();
  }

  /** Makes every cursor that was given out worthless. */
  expireCursors(): void {
    this.epoch += 1;
  }

  adapters(client: CloudClient): AdapterLoaders {
    const adapter = this.adapter(client);
    return { [VENDOR]: () => Promise.resolve(adapter) };
  }

  private adapter(client: CloudClient): VendorAdapter {
    return {
      vendor: VENDOR,
      unitsAtOnce: UNITS_AT_ONCE,
      connect: (access, signal) => this.connect(client, access, signal),
      disconnect: () => {
        client.open -= 1;
        return Promise.resolve();
      },
      scopes: (connection, signal) => this.listScopes(client, connection as Session, signal),
      tables: TYPES.map((type) => this.table(client, type)),
      classify: () => undefined,
    };
  }

  private async connect(client: CloudClient, access: VendorAccess, signal: AbortSignal): Promise<Session> {
    const { accountId, sk } = access;
    await this.mayFail(client, `connect ${accountId}`, CONNECT_FAULTS, signal);
    const session = { accountId, sk };
    this.checkSecret(session);
    client.open += 1;
    return session;
  }

  private checkSecret({ accountId, sk }: Session): void {
    if (this.secrets.get(accountId) === sk) return;
    this.noticeFault('wrong secret');
    throw new SyncError('credentials', 'The secret is not valid.', { vendorCode: 'InvalidSecret' });
  }

  private async listScopes(
    client: CloudClient,
    session: Session,
    signal: AbortSignal,
  ): Promise<readonly Scope[]> {
    await this.mayFail(client, `scopes ${session.accountId}`, CONNECT_FAULTS, signal);
    this.checkSecret(session);
    return (this.scopes.get(session.accountId) ?? []).map((key) => ({ key, name: `Scope ${key}` }));
  }

  private table(client: CloudClient, type: string): ResourceTable<unknown, Item> {
    return {
      type,
      permissions: [`list:${type}`],
      volatile: ['/usage'],
      pages: (listing) => this.pages(client, type, listing),
      toResource: (item, scope) => toResource(item, type, scope),
    };
  }

  private async *pages(client: CloudClient, type: string, listing: Listing<unknown>) {
    const session = listing.connection as Session;
    const { signal, scope } = listing;
    const cell = cellKey(session.accountId, scope.key, type);
    const items = [...(this.cells.get(cell) ?? [])].map(([id, version]): Item => ({ id, version }));
    const size = this.dice.between(`page size ${cell}`, 3, 8);
    const begun = this.epoch;
    let [epoch, place] = listing.resumeAt === undefined ? [begun, 0] : parseCursor(listing.resumeAt);
    for (;;) {
      if (epoch !== this.epoch) {
        this.noticeFault('cursor expired');
        throw new SyncError('unavailable', 'The cursor has expired.', { cursorExpired: true });
      }
      const fault = await this.mayFail(client, `${cell} ${String(place)}`, PAGE_FAULTS, signal);
      this.checkSecret(session);
      const page = damaged(items.slice(place, place + size), fault);
      place += size;
      if (fault === 'truncated') {
        yield { items: page.slice(1), resumeAt: `${String(epoch)}:${String(place)}` };
        return;
      }
      if (place >= items.length) {
        this.delivered.add(cell);
        yield { items: page };
        return;
      }
      const resumeAt = `${String(epoch)}:${String(place)}`;
      yield { items: page, resumeAt };
      if (fault === 'page twice') yield { items: page, resumeAt };
      if (fault === 'cursor expired') epoch = -1;
    }
  }

  /** Waits or throws as the dice fall for this place and visit; returns what the caller has to do itself. */
  private async mayFail(
    client: CloudClient,
    place: string,
    faults: readonly (readonly [CloudFault, number])[],
    signal: AbortSignal,
  ): Promise<CloudFault> {
    if (client.dead) throw new Error('A dead process makes no calls.');
    signal.throwIfAborted();
    if (this.calm) return 'none';
    const where = `${String(this.round)} ${place}`;
    const visit = (this.visits.get(where) ?? 0) + 1;
    this.visits.set(where, visit);
    if (visit >= CALM_FROM_VISIT) return 'none';
    const question = `${where} ${String(visit)}`;
    const fault = this.dice.weighted(question, faults);
    if (fault === 'none') return fault;
    this.noticeFault(fault);
    await this.suffer(fault, this.dice.between(`${question} ms`, 1, MAX_HANG_MS), signal);
    return fault;
  }

  private async suffer(fault: CloudFault, ms: number, signal: AbortSignal): Promise<void> {
    const code = { vendorCode: fault };
    switch (fault) {
      case 'slow':
        await delay(ms, undefined, { signal });
        return;
      case 'timeout':
        await delay(ms, undefined, { signal });
        throw new SyncError('unavailable', 'The vendor does not answer.', code);
      case 'deaf': // an adapter that does not notice that it should stop
        await delay(ms);
        throw new SyncError('unavailable', 'The vendor does not answer.', code);
      case 'unavailable':
        throw new SyncError('unavailable', 'HTTP 500.', code);
      case 'throttled':
        throw new SyncError('throttled', 'Slow down.', { ...code, retryAfterMs: ms });
      case 'throttled, no Retry-After':
        throw new SyncError('throttled', 'Slow down.', code);
      case 'permission':
      case 'absent':
      case 'credentials':
        throw new SyncError(fault, `Refused: ${fault}.`, code);
      default:
        return;
    }
  }
}

/** A signed-in account. */
interface Session {
  accountId: string;
  sk: string;
}

function parseCursor(cursor: string): [epoch: number, place: number] {
  const [epoch, place] = cursor.split(':').map(Number);
  return [epoch ?? NaN, place ?? NaN];
}

/** A page as a vendor in trouble sends it. Of two items with one id the last counts. */
function damaged(items: readonly Item[], fault: CloudFault): readonly Item[] {
  const [first] = items;
  if (first === undefined) return items;
  if (fault === 'items twice') return [{ ...first, version: first.version - 1 }, ...items, first];
  return fault === 'malformed' ? [...items, { version: 0 }] : items;
}

const STATUSES = ['running', 'stopped', 'error'] as const;

/** A resource whose content follows from its id and version, but for what is volatile. */
export function toResource({ id, version }: Item, type: string, scope: Scope): Resource {
  const nativeId = required(id, 'id');
  return {
    nativeId,
    name: `${nativeId} in version ${String(version)}`,
    status: STATUSES[version % STATUSES.length] ?? 'unknown',
    nativeStatus: `state-${String(version)}`,
    regionId: scope.key,
    addresses: version % 2 === 0 ? [`10.0.0.${String(version % 256)}`] : [],
    tags: { version: String(version) },
    createdAt: new Date(Date.UTC(2024, 0, 1)),
    properties: { usage: Math.random(), version, nested: { type, list: [version, nativeId] } },
    relations: [{ kind: 'attached_to', type: 'networks', nativeId: `n-${String(version % 5)}` }],
  };
}
