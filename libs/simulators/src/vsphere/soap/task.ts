import type { ManagedObject } from '../model/managed-object.js';
import type { VimFault } from './vim-fault.js';

/** How many finished tasks can still be asked about; a real vCenter forgets them after some minutes. */
const MAX_TASKS = 1000;

/** A task: a change that has been made or refused by the time its reference is handed out. */
export interface Task extends ManagedObject {
  readonly type: 'Task';
  /** `VirtualMachine.powerOff`. */
  readonly description: string;
  readonly entity: ManagedObject;
  readonly userName: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly result?: ManagedObject;
  readonly error?: VimFault;
}

/** The tasks a server still knows. */
export class TaskList {
  private readonly tasks = new Map<string, Task>();

  add(task: Task): Task {
    this.tasks.set(task.id, task);
    if (this.tasks.size > MAX_TASKS) {
      for (const oldest of this.tasks.keys()) {
        this.tasks.delete(oldest);
        break;
      }
    }
    return task;
  }

  get(id: string): Task | undefined {
    return this.tasks.get(id);
  }
}
