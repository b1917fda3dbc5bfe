import { randomUUID } from 'node:crypto';

import type { Resource, UnitClock } from '#domain';

import { eventually } from '../../../../test/support/eventually.js';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/test-database.js';
import { AccountRepository } from '../accounts/account.repository.js';
import { Database } from '../database.js';
import { type InventoryPage, InventoryRepository } from '../inventory/inventory.repository.js';
import { ResourceRow } from '../inventory/resource-row.js';
import { type OutboxEvent, OutboxRepository } from '../outbox/outbox.repository.js';
import { RunRepository } from '../sync/run.repository.js';
import { TaskRepository } from '../sync/task.repository.js';
import { type LeasedUnit, UnitRepository } from '../sync/unit.repository.js';

const LEASE_MS = 60_000;
const POOL_SIZE = 40;
const VENDOR = 'VMWARE';

/** A page as a vendor's table has it. */
export interface FixturePage extends Omit<InventoryPage, 'rows'> {
  resources: readonly Resource[];
}

/** A database with a tenant, and the steps that a sync goes through, by themselves. */
export class SyncFixture {
  readonly tenantId = randomUUID();
  readonly tasks: TaskRepository;
  readonly runs: RunRepository;
  readonly units: UnitRepository;
  readonly inventory: InventoryRepository;
  readonly accounts: AccountRepository;
  readonly outbox: OutboxRepository;

  private constructor(
    private readonly test: TestDatabase,
    readonly database: Database,
  ) {
    this.tasks = new TaskRepository(database);
    this.runs = new RunRepository(database);
    this.units = new UnitRepository(database);
    this.inventory = new InventoryRepository(database);
    this.accounts = new AccountRepository(database, this.runs);
    this.outbox = new OutboxRepository(database);
  }

  static async open(): Promise<SyncFixture> {
    const test = await createTestDatabase();
    const fixture = new SyncFixture(test, connectTo(test, POOL_SIZE));
    const { database } = fixture;
    await database.pool.query('INSERT INTO tenant (id, name) VALUES ($1, $2)', [fixture.tenantId, 'default']);
    return fixture;
  }

  /** Of the fixture's database. */
  get url(): string {
    return this.test.url;
  }

  /** Another pool of connections, to be closed before the fixture. */
  connect(poolSize: number): Database {
    return connectTo(this.test, poolSize);
  }

  async close(): Promise<void> {
    await this.database.close();
    await this.test.drop();
  }

  /** The rows of a query. */
  async rows<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.database.pool.query<Row>(text, values)).rows;
  }

  /** All events behind one, or from the first on, as a consumer gets them: so many at a time. */
  async events(after?: OutboxEvent, limit = 100): Promise<OutboxEvent[]> {
    await this.settle();
    const events: OutboxEvent[] = [];
    for (let last = after; ; last = events.at(-1)) {
      const page = await this.outbox.readAfter(last?.position, limit);
      if (page.length === 0) return events;
      events.push(...page);
    }
  }

  /**
   * Waits until all transactions that have begun by now are over, also those of other suites' databases on
   * this server: until then the outbox holds back what came after them.
   */
  private async settle(): Promise<void> {
    const [now] = await this.rows<{ id: string }>('SELECT pg_current_xact_id()::text AS id');
    await eventually('all transactions are over', async () => {
      const [oldest] = await this.rows<{ passed: boolean }>(
        'SELECT pg_snapshot_xmin(pg_current_snapshot()) > $1::xid8 AS passed',
        [now?.id],
      );
      return oldest?.passed;
    });
  }

  /** Adds an account and returns its id. */
  async addAccount(
    accountId: string = randomUUID(),
    sealSk: (id: string) => Promise<Uint8Array<ArrayBuffer>> = () => Promise.resolve(new Uint8Array(1)),
  ): Promise<string> {
    const id = await this.accounts.create({
      tenantId: this.tenantId,
      vendor: VENDOR,
      accountId,
      accountName: accountId,
      ak: 'user',
      settings: {},
      sealSk,
    });
    if (id === undefined) throw new Error(`There is an account ${accountId} already.`);
    return id;
  }

  /** Asks for a sync of an account, by the vendor's id of it, or of all. */
  async request(accountId?: string): Promise<{ taskId: string; runIds: readonly string[] }> {
    const requested = await this.tasks.request({
      tenantId: this.tenantId,
      vendor: VENDOR,
      trigger: 'api',
      ...(accountId === undefined ? {} : { accountId }),
    });
    if (requested === undefined) throw new Error('There is no such account.');
    return requested;
  }

  /** Plans a run that lists these types in one scope. */
  async plan(runId: string, types: readonly string[] = ['things']): Promise<void> {
    const claim = await this.runs.claim(runId, LEASE_MS);
    if (typeof claim === 'string' || !('run' in claim)) throw new Error('The run cannot be claimed.');
    const scope = { key: 'scope', name: 'The scope' };
    await this.runs.savePlan(
      claim.run,
      types.map((resourceType) => ({ scope, resourceType })),
    );
  }

  async claimUnit(unitId: string): Promise<LeasedUnit> {
    const claim = await this.units.claim(unitId, LEASE_MS);
    if (typeof claim === 'string' || !('unit' in claim)) throw new Error('The unit cannot be claimed.');
    return claim.unit;
  }

  /** Starts a sync of an account that lists one type, up to where its unit is being worked on. */
  async startUnit(accountId: string): Promise<LeasedUnit> {
    const { runIds } = await this.request(accountId);
    const [runId = ''] = runIds;
    await this.plan(runId);
    const [unitId = ''] = (await this.runs.advance(runId, 1)).unitIds;
    return this.claimUnit(unitId);
  }

  /** Commits a page of these resources. */
  async commitPage(unit: LeasedUnit, { resources, ...page }: FixturePage, clock?: UnitClock) {
    const rows = resources.map((resource) => new ResourceRow(resource, page.volatile));
    return this.inventory.commitPage(unit, { rows, ...page }, clock === undefined ? {} : { clock });
  }

  /** Syncs an account whose listing of one type has these pages. */
  async sync(accountId: string, pages: readonly (readonly Resource[])[]) {
    const unit = await this.startUnit(accountId);
    const counts = [];
    for (const [index, resources] of pages.entries()) {
      const last = index === pages.length - 1;
      const page = { resources, ...(last ? {} : { resumeAt: String(index + 1) }) };
      counts.push(await this.commitPage(unit, page));
    }
    const completion = await this.inventory.completeUnit(unit);
    const { ended } = await this.runs.advance(unit.runId, 1);
    return { unit, counts, completion, ended };
  }
}

function connectTo(test: TestDatabase, poolSize: number): Database {
  return new Database({ url: test.url, poolSize, applicationName: 'muster-test' });
}

/** A resource of which only the id, and what is given, matters. */
export function resourceOf(nativeId: string, details: Partial<Resource> = {}): Resource {
  return {
    nativeId,
    name: `name of ${nativeId}`,
    status: 'running',
    regionId: 'region',
    addresses: [],
    tags: {},
    properties: {},
    relations: [],
    ...details,
  };
}
