import type { MusterClient } from '../client.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { Interrupted } from '../interrupted.js';
import type { Session } from '../session.js';
import { followTask, type Task } from './follow-task.js';
import { NO_PROGRESS, ProgressBars, ProgressLines, type ProgressView } from './progress-view.js';

/**
 * Follows a task to its end, shows how it is going, and has the program end as the task did.
 * @throws {Interrupted} on Ctrl-C, which leaves the task running and says so.
 */
export async function watchTask(session: Session, client: MusterClient, taskId: string): Promise<Task> {
  const { signal } = session.surroundings;
  const view = chooseView(session);
  const onOutage = ({ message }: Error) => session.note(`${message}; trying again`);
  let last: Task | undefined;
  try {
    for await (const task of followTask(client, taskId, {
      waitSeconds: view.waitSeconds,
      signal,
      onOutage,
    })) {
      view.update(task);
      last = task;
    }
  } catch (error) {
    if (signal.reason instanceof Interrupted) {
      session.note(
        `The sync goes on. Follow it: muster tasks watch ${taskId} · end it: muster tasks cancel ${taskId}`,
      );
    }
    throw error;
  }
  if (last === undefined) throw new Error('A task that is followed is seen at least once.');
  session.exitCode = exitCodeOf(last);
  return last;
}

function chooseView(session: Session): ProgressView {
  const { errors } = session.surroundings;
  if (session.options.quiet === true) return NO_PROGRESS;
  if (errors.isTTY) return new ProgressBars(errors);
  return new ProgressLines((line) => errors.write(line));
}

function exitCodeOf({ state }: Task): ExitCode {
  if (state === 'SUCCEEDED') return EXIT.success;
  return state === 'PARTIAL' ? EXIT.partial : EXIT.failed;
}
