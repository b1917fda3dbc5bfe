import type { Retention } from '#platform';

import type { Database } from '../database.js';
import { decidePrune, type PruneVerdict, type VerdictOutcome } from './decide-prune.js';
import { type PruneUndo, type UndoOutcome, undoPrune } from './undo-prune.js';

/** What users do about prunes. */
export class PruneRepository {
  constructor(
    private readonly database: Database,
    private readonly days: Retention,
  ) {}

  /** Approves or rejects a held prune; see {@link decidePrune}. */
  async decide(verdict: PruneVerdict): Promise<VerdictOutcome> {
    return this.database.transaction((client) => decidePrune(client, verdict));
  }

  /** Undoes a prune; see {@link undoPrune}. */
  async undo(undo: PruneUndo): Promise<UndoOutcome> {
    return this.database.transaction((client) => undoPrune(client, undo, this.days.tombstones));
  }
}
