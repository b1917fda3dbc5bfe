import { setTimeout as delay } from 'node:timers/promises';

import { type Scope, SyncError } from '#domain';

import type { CloudApi, Item, PageAnswer, PageCall, Session } from './cloud-adapter.js';
import { TYPES } from './cloud-adapter.js';
import type { Dice } from './dice.js';

/** Where resources are: account, scope and type, as `a/east/servers`. */
export type CellKey = string;
/** What there is in a cell: native ids and their versions. */
export type Cell = ReadonlyMap<string, number>;

export function cellKey(account: string, scope: string, type: string): CellKey {
  return `${account}/${scope}/${type}`;
}

/** A process as the cloud knows it. */
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
  ['cut off', 10],
  ['truncated', 6],
  ['malformed', 5],
  ['permission', 4],
  ['absent', 2],
  ['credentials', 3],
] as const;

/** What goes wrong when an account signs in, or is asked for its scopes. */
const ACCOUNT_FAULTS = [
  ['none', 930],
  ['slow', 30],
  ['unavailable', 30],
  ['timeout', 10],
] as const;

type CloudFault = (typeof PAGE_FAULTS | typeof ACCOUNT_FAULTS)[number][0];

/** From this visit on the same place works, so that everything ends. */
const CALM_FROM_VISIT = 3;
/** How long a round lasts by the cloud's clock. */
const ROUND_MS = 1_000;
/** How long a call that is not answered takes until the adapter gives it up, at most, in milliseconds. */
const MAX_HANG_MS = 400;

/** A cloud that has what it is told, and fails as the dice fall. */
export class ScriptedCloud {
  readonly cells = new Map<CellKey, Map<string, number>>();
  /** The secrets that it takes, by account. */
  readonly secrets = new Map<string, string>();
  /** Cells whose last page a listing of this round was given. */
  readonly delivered = new Set<CellKey>();
  /** Whether nothing goes wrong. */
  calm = true;
  /** Whether listings that end too early pretend to be whole: the one lie that no client can see through. */
  lies = false;
  private readonly scopesOf = new Map<string, readonly string[]>();
  private readonly visits = new Map<string, number>();
  /** What each cell had when it was last looked at for changes, and in which round what has changed did. */
  private readonly former = new Map<CellKey, Cell>();
  private readonly changedIn = new Map<CellKey, Map<string, number>>();
  private round = 0;
  private epoch = 0;

  constructor(
    accounts: Readonly<Record<string, readonly string[]>>,
    private readonly dice: Dice,
    private readonly noticeFault: () => void,
  ) {
    for (const [account, scopes] of Object.entries(accounts)) this.addAccount(account, scopes);
  }

  addAccount(account: string, scopes: readonly string[]): void {
    this.scopesOf.set(account, scopes);
    this.secrets.set(account, 'first');
    for (const scope of scopes) {
      for (const type of TYPES) this.cells.set(cellKey(account, scope, type), new Map());
    }
  }

  get accounts(): string[] {
    return [...this.scopesOf.keys()];
  }

  /** Begins a round: what the cloud has stays as it is until the next. */
  beginRound(): void {
    this.round += 1;
    this.delivered.clear();
  }

  /** Notes what has changed since the last round, so that it can be told to who asks for that. */
  noteChanges(): void {
    for (const [key, cell] of this.cells) {
      const former = this.former.get(key) ?? new Map<string, number>();
      const changedIn = this.changedIn.get(key) ?? new Map<string, number>();
      for (const id of new Set([...former.keys(), ...cell.keys()])) {
        if (former.get(id) !== cell.get(id)) changedIn.set(id, this.round);
      }
      this.former.set(key, new Map(cell));
      this.changedIn.set(key, changedIn);
    }
  }

  /** Its clock, in milliseconds: what changes does so when a round begins, and is listed after that. */
  private get now(): number {
    return this.round * ROUND_MS + ROUND_MS / 2;
  }

  /** All that a cell has, or what has changed in it since a time. */
  private itemsOf(cell: CellKey, since: number | undefined): Item[] {
    const there = this.cells.get(cell) ?? new Map<string, number>();
    if (since === undefined) return [...there].map(([id, version]) => ({ id, version }));
    return [...(this.changedIn.get(cell) ?? [])]
      .filter(([, round]) => round * ROUND_MS >= since)
      .map(([id]) => {
        const version = there.get(id);
        return version === undefined ? { id, version: 0, isGone: true } : { id, version };
      });
  }

  /** Makes every cursor that was given out worthless. */
  expireCursors(): void {
    this.epoch += 1;
  }

  /** Its API, for one process. */
  apiFor(client: CloudClient): CloudApi {
    return {
      connect: async (session, signal) => {
        await this.mayFail(client, `connect ${session.accountId}`, ACCOUNT_FAULTS, signal);
        this.checkSecret(session);
        client.open += 1;
      },
      disconnect: () => {
        client.open -= 1;
        return Promise.resolve();
      },
      scopes: (session, signal) => this.listScopes(client, session, signal),
      page: (call, signal) => this.page(client, call, signal),
    };
  }

  private checkSecret({ accountId, sk }: Session): void {
    if (this.secrets.get(accountId) === sk) return;
    throw new SyncError('credentials', 'The secret is not valid.', { vendorCode: 'InvalidSecret' });
  }

  private async listScopes(
    client: CloudClient,
    session: Session,
    signal: AbortSignal,
  ): Promise<readonly Scope[]> {
    await this.mayFail(client, `scopes ${session.accountId}`, ACCOUNT_FAULTS, signal);
    this.checkSecret(session);
    return (this.scopesOf.get(session.accountId) ?? []).map((key) => ({ key, name: `Scope ${key}` }));
  }

  private async page(client: CloudClient, call: PageCall, signal: AbortSignal): Promise<PageAnswer> {
    const cell = cellKey(call.session.accountId, call.scope, call.type);
    const items = this.itemsOf(cell, call.since);
    const size = this.dice.between(`page size ${cell}`, 3, 8);
    const [epoch, place] = call.next === undefined ? [this.epoch, 0] : parseCursor(call.next);
    if (epoch !== this.epoch) {
      this.noticeFault();
      throw new SyncError('unavailable', 'The cursor has expired.', { cursorExpired: true });
    }
    const fault = await this.mayFail(client, `${cell} ${String(place)}`, PAGE_FAULTS, signal);
    this.checkSecret(call.session);
    const page = damaged(items.slice(place, place + size), fault);
    const end = place + size;
    const resumeAt = `${String(epoch)}:${String(end)}`;
    const at = this.now;
    if (this.lies && !this.calm) return { pages: [{ items: page.slice(1) }], at };
    if (fault === 'truncated') return { pages: [{ items: page, resumeAt }], at };
    if (end >= items.length) {
      this.delivered.add(cell);
      return { pages: [{ items: page }], at };
    }
    const once = { items: page, resumeAt };
    return {
      at,
      pages: fault === 'page twice' ? [once, once] : [once],
      next: fault === 'cursor expired' ? `-1:${String(end)}` : resumeAt,
    };
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
    this.noticeFault();
    await suffer(fault, this.dice.between(`${question} ms`, 1, MAX_HANG_MS), signal);
    return fault;
  }
}

async function suffer(fault: CloudFault, ms: number, signal: AbortSignal): Promise<void> {
  const code = { vendorCode: fault };
  switch (fault) {
    case 'slow':
      await delay(ms, undefined, { signal });
      return;
    case 'timeout':
      await delay(ms, undefined, { signal });
      throw new SyncError('unavailable', 'The vendor does not answer.', code);
    case 'deaf': // a call that does not notice that it should stop
      await delay(ms);
      throw new SyncError('unavailable', 'The vendor does not answer.', code);
    case 'cut off': // an answer of which only the beginning arrives is none
      throw new SyncError('unavailable', 'The answer ends in the middle.', code);
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
