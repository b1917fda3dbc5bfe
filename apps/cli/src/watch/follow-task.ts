import { setTimeout as delay } from 'node:timers/promises';

import { type MusterClient, MusterError, type Schemas } from '../client.js';
import { Outage } from './outage.js';

export type Task = Schemas['SyncTask'];

const PATH = '/v1/multicloud-resources/sync/{task_id}';
const OPEN_STATES: readonly Task['state'][] = ['QUEUED', 'RUNNING'];

/** How much longer than asked to wait an answer may take. */
export const ANSWER_MS = 30_000;
/** The shortest time between two looks, should an answer not wait: a Muster that stops lets those go who wait. */
export const MIN_LOOK_MS = 250;

export interface FollowOptions {
  /** How long an answer waits for the end of the task, in seconds, up to 60. */
  waitSeconds: number;
  signal: AbortSignal;
  /** Told once, when Muster has gone. */
  onOutage: (error: MusterError) => void;
}

/**
 * A task as it is now, at once, and again whenever it has changed, until it is over. A Muster that cannot be reached is tried
 * again for ten minutes.
 * @throws {MusterError} what Muster refuses, and an outage that lasts; the signal's reason.
 */
export async function* followTask(
  client: MusterClient,
  taskId: string,
  { waitSeconds, signal, onOutage }: FollowOptions,
): AsyncGenerator<Task, void, undefined> {
  const outage = new Outage(onOutage);
  let tag: string | undefined;
  for (;;) {
    const began = performance.now();
    try {
      const look = await lookAt(client, taskId, { waitSeconds, signal, tag });
      outage.end();
      tag = look.tag;
      if (look.task !== undefined) {
        yield look.task;
        if (!OPEN_STATES.includes(look.task.state)) return;
      }
      await delay(Math.max(0, MIN_LOOK_MS - (performance.now() - began)), undefined, { signal });
    } catch (error) {
      signal.throwIfAborted();
      await delay(outage.pauseFor(error), undefined, { signal });
    }
  }
}

/** The task, unless it is still as `tag` knows it. The client's `get` does not tell of headers; `http` does. */
async function lookAt(
  client: MusterClient,
  taskId: string,
  { waitSeconds, signal, tag }: Pick<FollowOptions, 'waitSeconds' | 'signal'> & { tag: string | undefined },
): Promise<{ task?: Task; tag: string | undefined }> {
  const operation = `GET ${PATH}`;
  const timeout = AbortSignal.timeout(waitSeconds * 1_000 + ANSWER_MS);
  const answer = await client.http
    .GET(PATH, {
      params: {
        path: { task_id: taskId },
        ...(tag === undefined
          ? {}
          : { query: { wait: `${String(waitSeconds)}s` }, header: { 'If-None-Match': tag } }),
      },
      signal: AbortSignal.any([timeout, signal]),
    })
    .catch((error: unknown) => {
      throw MusterError.ofFailure(operation, error, timeout);
    });
  if (answer.response.status === 304) return { tag };
  if (answer.data === undefined) throw MusterError.ofAnswer(operation, answer.response, answer.error);
  return { task: answer.data.data, tag: answer.response.headers.get('ETag') ?? undefined };
}
