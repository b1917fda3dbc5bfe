import type { MusterClient, Schemas } from '../client.js';
import type { Task } from '../watch/follow-task.js';

type Account = Schemas['Account'];
type Cell = Schemas['CoverageCell'];

/** What a complete listing lacked implausibly much of, and nobody has decided about. */
export type HeldDeletions = Pick<Account, 'vendor' | 'account_id'> &
  Pick<Schemas['SyncUnit'], 'scope' | 'type' | 'seen' | 'held_deletes' | 'finished_at'> & {
    task_id: string;
    unit_id: string;
  };

/**
 * What is held back of an account. By its coverage, which knows of each type in a scope what came of its last listing:
 * a unit that held deletions, and whose type was listed again since, is not one to decide about.
 */
export async function* heldDeletionsOf(
  client: MusterClient,
  account: Account,
): AsyncGenerator<HeldDeletions, void, undefined> {
  const held = new Map<string, Cell[]>();
  const params = { path: { id: account.id } };
  for await (const cell of client.each('/v1/accounts/{id}/coverage', { params })) {
    if (cell.outcome !== 'held') continue;
    held.set(cell.attempted_by_task, [...(held.get(cell.attempted_by_task) ?? []), cell]);
  }
  for (const [taskId, cells] of held) {
    const task = await client.get('/v1/multicloud-resources/sync/{task_id}', {
      params: { path: { task_id: taskId } },
    });
    yield* heldUnits(task.data, account, cells);
  }
}

function heldUnits(task: Task, account: Account, cells: readonly Cell[]): HeldDeletions[] {
  const { vendor, account_id: accountId } = account;
  return task.accounts
    .filter((part) => part.account_id === accountId)
    .flatMap(({ units }) => units)
    .filter(
      ({ state, scope, type }) =>
        state === 'PRUNE_HELD' && cells.some((cell) => cell.scope === scope && cell.type === type),
    )
    .map(({ id, scope, type, seen, held_deletes, finished_at }) => ({
      vendor,
      account_id: accountId,
      scope,
      type,
      seen,
      held_deletes,
      finished_at,
      task_id: task.task_id,
      unit_id: id,
    }));
}
