import { Writable } from 'node:stream';

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { createLogger } from '#platform';

import { DEFAULT_TIMING } from './engine.js';
import { keepLease } from './keep-lease.js';

const HEARTBEAT_MS = DEFAULT_TIMING.heartbeatMs;

describe('keepLease', () => {
  let logged: string;
  /** What each renewal is answered, in turn; then true. */
  let answers: (boolean | Error | Promise<boolean>)[];
  let renewals: number[];

  beforeEach(() => {
    jest.useFakeTimers();
    logged = '';
    answers = [];
    renewals = [];
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const keep = () => {
    const output = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        logged += chunk.toString('utf8');
        done();
      },
    });
    const log = createLogger({ level: 'trace', format: 'json' }, output);
    return keepLease({ timing: DEFAULT_TIMING, log }, async (leaseMs) => {
      renewals.push(leaseMs);
      const answer = answers.shift() ?? true;
      if (answer instanceof Error) throw answer;
      return answer;
    });
  };

  it('prolongs the lease at every heartbeat, until stopped', async () => {
    const lease = keep();
    expect(renewals).toEqual([]);
    for (let beat = 0; beat < 3; beat += 1) await jest.advanceTimersByTimeAsync(HEARTBEAT_MS);
    expect(renewals).toEqual(Array(3).fill(DEFAULT_TIMING.leaseMs));

    lease.stop();
    await jest.advanceTimersByTimeAsync(10 * HEARTBEAT_MS);
    expect(renewals).toHaveLength(3);
    expect(lease.signal.aborted).toBe(false);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('tells when the lease is lost, and then lets it be', async () => {
    answers = [true, false];
    const lease = keep();
    await jest.advanceTimersByTimeAsync(HEARTBEAT_MS);
    expect(lease.signal.aborted).toBe(false);
    await jest.advanceTimersByTimeAsync(HEARTBEAT_MS);
    expect(lease.signal.aborted).toBe(true);
    await jest.advanceTimersByTimeAsync(10 * HEARTBEAT_MS);
    expect(renewals).toHaveLength(2);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('does not take a database that is away for a lost lease', async () => {
    answers = [new Error('connect ECONNREFUSED'), new Error('connect ECONNREFUSED')];
    const lease = keep();
    for (let beat = 0; beat < 3; beat += 1) await jest.advanceTimersByTimeAsync(HEARTBEAT_MS);
    expect(lease.signal.aborted).toBe(false);
    expect(renewals).toHaveLength(3);
    expect(logged.match(/a lease could not be renewed/g)).toHaveLength(2);
    lease.stop();
  });

  it('has one renewal on its way at a time, and none after a stop in the middle of it', async () => {
    let answer: (ours: boolean) => void = () => undefined;
    answers = [new Promise<boolean>((resolve) => (answer = resolve))];
    const lease = keep();
    await jest.advanceTimersByTimeAsync(10 * HEARTBEAT_MS);
    expect(renewals).toHaveLength(1);

    lease.stop();
    answer(true);
    await jest.advanceTimersByTimeAsync(10 * HEARTBEAT_MS);
    expect(renewals).toHaveLength(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('gives enough signs of life to survive a few that fail', () => {
    expect(DEFAULT_TIMING.leaseMs / HEARTBEAT_MS).toBeGreaterThan(5);
    expect(DEFAULT_TIMING.forgottenAfterMs).toBeGreaterThan(DEFAULT_TIMING.leaseMs);
  });
});
