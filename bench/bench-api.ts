import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 100;
const OPEN_STATES = ['QUEUED', 'RUNNING'];
const SYNC = '/v1/multicloud-resources/sync';

/** A sync task as the API reports it. */
export interface Task {
  task_id: string;
  state: string;
  started_at: string;
  finished_at: string;
  counts: { seen: number; created: number; updated: number; unchanged: number };
  accounts: { units: { type: string; seen: number; started_at: string; finished_at: string }[] }[];
}

/** A client of the API under measurement. */
export class BenchApi {
  constructor(
    readonly url: string,
    readonly key: string,
  ) {}

  async call<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(this.url + path, {
      method,
      headers: { Authorization: `Bearer ${this.key}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as { data: T };
    if (!response.ok) throw new Error(JSON.stringify(answer));
    return answer.data;
  }

  /** Asks for an account's sync and returns the task's id. */
  async requestSync(accountId: string): Promise<string> {
    return this.call('POST', SYNC, { vendor: 'VMWARE', account_id: accountId });
  }

  async showTask(taskId: string): Promise<Task> {
    return this.call('GET', `${SYNC}/${taskId}`);
  }

  async cancel(taskId: string): Promise<void> {
    await this.call('POST', `${SYNC}/${taskId}/cancel`);
  }

  /** Waits until the first pages of a task are written. */
  async started(taskId: string): Promise<void> {
    while ((await this.showTask(taskId)).counts.seen === 0) await delay(POLL_MS);
  }

  /** Waits until a task is over. */
  async finished(taskId: string): Promise<Task> {
    for (;;) {
      const task = await this.showTask(taskId);
      if (!OPEN_STATES.includes(task.state)) return task;
      await delay(POLL_MS);
    }
  }
}

/** How long a task worked, from the first run that started to the last that ended, in seconds. */
export function secondsOf(task: { started_at: string; finished_at: string }): number {
  return (Date.parse(task.finished_at) - Date.parse(task.started_at)) / 1000;
}
