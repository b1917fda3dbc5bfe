import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as delay } from 'node:timers/promises';

import { afterEach, describe, expect, it } from '@jest/globals';

import { TaskWatch } from './task-watch.js';

/** As long as anything may take on a busy machine. */
const PATIENCE_MS = 600_000;
/** As a request has its tenant. */
const requests = new AsyncLocalStorage<string>();
const NEVER = new AbortController().signal;

describe('SharedWatch, as of tasks', () => {
  const watches: TaskWatch[] = [];
  const warnings: unknown[] = [];
  afterEach(() => {
    for (const watch of watches.splice(0)) watch.close();
    warnings.splice(0);
  });

  /** Watches tasks of which each look is answered by the next of the answers, the last one for ever. */
  function watchOf(...answers: (readonly string[] | Error)[]) {
    const asked: { taskIds: readonly string[]; request: string | undefined }[] = [];
    const whichAreOver = (taskIds: readonly string[]) => {
      asked.push({ taskIds, request: requests.getStore() });
      const answer = answers[Math.min(asked.length, answers.length) - 1] ?? [];
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve([...answer]);
    };
    const watch = new TaskWatch({ whichAreOver }, { warn: (detail: unknown) => warnings.push(detail) });
    watches.push(watch);
    return { watch, asked };
  }

  it('lets each go when their task is over, and asks for all of them at once', async () => {
    const { watch, asked } = watchOf([], ['a'], ['b']);
    const ended: string[] = [];
    const wait = async (taskId: string) => {
      await watch.until(taskId, PATIENCE_MS, NEVER);
      ended.push(taskId);
    };
    await Promise.all([wait('b'), wait('a'), wait('a')]);
    expect(ended).toEqual(['a', 'a', 'b']);
    expect(asked.map(({ taskIds }) => taskIds)).toEqual([['b', 'a'], ['b', 'a'], ['b']]);
  });

  it('looks in nobody’s name, and not while nobody waits', async () => {
    const { watch, asked } = watchOf(['a']);
    await requests.run('a tenant', () => watch.until('a', PATIENCE_MS, NEVER));
    expect(asked).toEqual([{ taskIds: ['a'], request: undefined }]);
  });

  it('lets go after the time, and who is gone', async () => {
    const { watch } = watchOf([]);
    await watch.until('a', 1, NEVER);
    const gone = new AbortController();
    const waiting = watch.until('a', PATIENCE_MS, gone.signal);
    gone.abort();
    await waiting;
    await watch.until('a', PATIENCE_MS, gone.signal);
  });

  it('goes on when Postgres is away for a moment', async () => {
    const { watch } = watchOf(new Error('away'), ['a']);
    await watch.until('a', PATIENCE_MS, NEVER);
    expect(warnings).toHaveLength(1);
  });

  it('lets everybody go at the end of the process, and nobody wait after it', async () => {
    const { watch } = watchOf([]);
    const waiting = Promise.all(['a', 'b'].map((taskId) => watch.until(taskId, PATIENCE_MS, NEVER)));
    await delay(0);
    watch.close();
    await waiting;
    await watch.until('a', PATIENCE_MS, NEVER);
  });
});
