import type { Schemas } from '../client.js';
import type { Task } from '../watch/follow-task.js';

/** A part of a task, and whose it is. */
export type Unit = Schemas['SyncUnit'] & { account_id: string };

/** The parts of a task, account by account. */
export function unitsOf({ accounts }: Task): Unit[] {
  return accounts.flatMap(({ account_id: accountId, units }) =>
    units.map((unit) => ({ account_id: accountId, ...unit })),
  );
}
