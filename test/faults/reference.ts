import { setTimeout as delay } from 'node:timers/promises';

import { VENDOR } from './cloud-adapter.js';
import { Dice } from './dice.js';
import { type Cell, type CellKey, ScriptedCloud } from './scripted-cloud.js';
import { layGround, SimulatedEstate } from './simulated-estate.js';
import { readContents } from './snapshot.js';

const LOOK_MS = 60;
const MAX_SYNC_MS = 180_000;

/** A Muster that nothing ever happens to: what it stores of a vendor is what every other has to store. */
export class Reference {
  private asked = 0;

  private constructor(
    private readonly estate: SimulatedEstate,
    private readonly cloud: ScriptedCloud,
  ) {}

  static async start(): Promise<Reference> {
    const cloud = new ScriptedCloud({}, new Dice(0), () => undefined);
    const estate = await SimulatedEstate.start(await layGround(), cloud);
    await estate.addWorker();
    return new Reference(estate, cloud);
  }

  /** What a first, undisturbed sync of accounts with these cells stores; see {@link readContents}. */
  async contentsOf(cells: ReadonlyMap<CellKey, Cell>): Promise<Set<string>> {
    this.asked += 1;
    const prefix = `${String(this.asked)}-`;
    const scopes = new Map<string, Set<string>>();
    for (const key of cells.keys()) {
      const [account = '', scope = ''] = key.split('/');
      scopes.set(account, (scopes.get(account) ?? new Set()).add(scope));
    }
    for (const [account, names] of scopes) this.cloud.addAccount(prefix + account, [...names]);
    for (const [key, cell] of cells) this.cloud.cells.set(prefix + key, new Map(cell));
    await Promise.all([...scopes.keys()].map((account) => this.sync(prefix + account)));
    return readContents(this.estate.ground.sql, prefix);
  }

  private async sync(accountId: string): Promise<void> {
    const { estate } = this;
    const { tenantId } = estate;
    await estate.addAccount(accountId);
    const taskId = await estate.service.requestSync({ tenantId, vendor: VENDOR, accountId, trigger: 'api' });
    const deadline = performance.now() + MAX_SYNC_MS;
    for (let state = ''; state !== 'SUCCEEDED';) {
      await delay(LOOK_MS);
      const tasks = await estate.look<{ state: string }>('SELECT state FROM sync_task WHERE id = $1', [
        taskId,
      ]);
      state = tasks?.[0]?.state ?? '';
      if (performance.now() > deadline) throw new Error(`The undisturbed sync is still ${state}.`);
    }
  }

  async stop(): Promise<void> {
    await this.estate.close();
  }
}
