import { EventEmitter } from 'node:events';

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { restAfterErrors, type RestingWorker } from './rest-after-errors.js';

/** As much of a worker as rests. */
class FakeWorker extends EventEmitter {
  readonly calls: string[] = [];
  closing: Promise<void> | undefined;

  pause(doNotWaitActive?: boolean): Promise<void> {
    this.calls.push(`pause ${String(doNotWaitActive)}`);
    return Promise.resolve();
  }

  resume(): Promise<void> {
    this.calls.push('resume');
    return Promise.resolve();
  }

  fail(times: number): void {
    for (let count = 0; count < times; count += 1) this.emit('error', new Error('no'));
  }
}

describe('restAfterErrors', () => {
  let worker: FakeWorker;

  beforeEach(() => {
    jest.useFakeTimers();
    worker = new FakeWorker();
    restAfterErrors(worker as unknown as RestingWorker);
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('leaves single errors alone', () => {
    for (let second = 0; second < 5; second += 1) {
      worker.fail(5);
      jest.advanceTimersByTime(1_100);
    }
    expect(worker.calls).toEqual([]);
  });

  it('rests for a second after a row of errors, and then goes on, again and again', () => {
    worker.fail(1_000);
    expect(worker.calls).toEqual(['pause true']);
    jest.advanceTimersByTime(1_100);
    expect(worker.calls).toEqual(['pause true', 'resume']);
    worker.fail(6);
    expect(worker.calls).toEqual(['pause true', 'resume', 'pause true']);
  });

  it('does not start again what is being closed', () => {
    worker.fail(6);
    worker.closing = Promise.resolve();
    jest.advanceTimersByTime(1_100);
    expect(worker.calls).toEqual(['pause true']);
  });
});
