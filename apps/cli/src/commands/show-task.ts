import type { Schemas } from '../client.js';
import { type Column, field, timeField } from '../output/column.js';
import { printable } from '../output/printable.js';
import type { Session } from '../session.js';
import type { Task } from '../watch/follow-task.js';

type Head = Task | Schemas['SyncTaskSummary'];

/** What of a task is shown in a list. */
export const TASK_COLUMNS: readonly Column<Head>[] = [
  field('task_id'),
  field('vendor'),
  { ...field('account_id'), shown: ({ account_id: accountId }) => accountId ?? 'all' },
  field('state'),
  field('mode'),
  field('trigger'),
  timeField('created_at'),
  { ...timeField('started_at'), wide: true },
  { ...timeField('finished_at'), wide: true },
  { name: 'units', of: ({ progress }) => progress.units },
  { name: 'units_finished', of: ({ progress }) => progress.units_finished },
  ...(['seen', 'created', 'updated', 'unchanged', 'deleted'] as const).map((name) => ({
    name,
    of: ({ counts }: Head) => counts[name],
    ...(name === 'unchanged' ? { wide: true as const } : {}),
  })),
];

const DETAILS = TASK_COLUMNS.map(({ wide: _wide, ...column }) => column);

/** A task; people see below it why it is not the whole truth. */
export async function showTask(session: Session, task: Task): Promise<void> {
  await session.show(task, DETAILS);
  if (session.options.output !== 'table' || task.reasons.length === 0) return;
  const reasons = task.reasons.map(
    ({ account_id: account, scope, type, message, retryable }) =>
      `  ${printable([account, scope, type].filter((word) => word !== null).join(' '))}: ${printable(message)}${retryable ? ' (can be retried)' : ''}\n`,
  );
  const left = task.reasons_total - task.reasons.length;
  const more = left > 0 ? `  … and ${String(left)} more\n` : '';
  await session.write(`\nnot the whole truth:\n${reasons.join('')}${more}`);
}
