import { randomUUID } from 'node:crypto';

import type { JobsOptions, Queue } from 'bullmq';

import type { Vendor } from '#domain';
import { currentLogFields, jobTraceparent, tracePart, withinTime } from '#platform';

import type { QueueConnection } from './queue-connection.js';
import { jobId, type QueueJob, type QueueKey } from './sync-job.js';

/**
 * A job is only a hint, so it is kept nowhere after its end, and never retried by BullMQ: attempts and
 * back-off are counted in Postgres, where they survive the queue.
 */
const JOB_OPTIONS: JobsOptions = { removeOnComplete: true, removeOnFail: true, attempts: 1 };

/** How long an enqueue may take before the caller goes on without it; the reconciler enqueues again. */
const ENQUEUE_TIMEOUT_MS = 3_000;

/** How many jobs are looked at, within that time, when what became of them has to be found out. */
const REVIVED_AT_ONCE = 50;

/** How many jobs of a queue there are, by what BullMQ calls their state. */
export interface JobCounts {
  queue: string;
  waiting: number;
  active: number;
  delayed: number;
}

/** Puts runs and units into their vendor's queue, and checks into theirs. */
export class SyncQueue {
  constructor(
    private readonly queues: ReadonlyMap<QueueKey, Queue<QueueJob>>,
    private readonly connection: Omit<QueueConnection, 'connection' | 'close'>,
  ) {}

  /**
   * Adds jobs; those that are queued already stay as they are.
   * @throws when the queue doesn't take them in time. Nothing is lost: what should run is in Postgres.
   */
  async add(key: QueueKey, jobs: readonly QueueJob[]): Promise<void> {
    if (jobs.length === 0) return;
    const queue = this.findQueue(key);
    await this.inTime(queue, () => addJobs(queue, jobs));
  }

  /**
   * Sees to it that a worker hears of work that should have run long ago, whatever became of its job: it may
   * be gone, or held back. BullMQ's locks and delays rest on the clocks of processes, so a clock that was
   * hours ahead makes it keep a job for hours.
   * @throws when the queue doesn't answer in time
   */
  async revive(key: QueueKey, jobs: readonly QueueJob[]): Promise<void> {
    const queue = this.findQueue(key);
    for (let start = 0; start < jobs.length; start += REVIVED_AT_ONCE) {
      const some = jobs.slice(start, start + REVIVED_AT_ONCE);
      await this.inTime(queue, async () => {
        const fresh = (await Promise.all(some.map((job) => makeWay(queue, job)))).flat();
        // None when all wait in the queue: if a worker sleeps beside them, it has missed the call to wake up.
        await addJobs(queue, fresh.length > 0 ? fresh : some.slice(0, 1).map(again));
      });
    }
  }

  /**
   * Bounds how many of a vendor's jobs are worked on at once by all workers together; without a number there
   * is no bound. A queue that was lost forgets it, so it is to be said again from time to time.
   * @throws when the queue doesn't answer in time
   */
  async limit(vendor: Vendor, atOnce: number | undefined): Promise<void> {
    const queue = this.findQueue(vendor);
    await this.inTime(queue, async () => {
      if (atOnce === undefined) await queue.removeGlobalConcurrency();
      else await queue.setGlobalConcurrency(atOnce);
    });
  }

  /** @throws when the queue's backend doesn't answer in time */
  async ping(): Promise<void> {
    const unanswered = 'The queue does not answer.';
    if (!this.connection.isConnected()) throw new Error(unanswered);
    await withinTime(this.connection.ping(), ENQUEUE_TIMEOUT_MS, unanswered);
  }

  /**
   * The jobs of each queue. A job is only a hint: what really waits is in Postgres.
   * @throws when the queue doesn't answer in time
   */
  async countJobs(): Promise<JobCounts[]> {
    return Promise.all(
      [...this.queues.values()].map(async (queue) => {
        const unanswered = `The queue ${queue.name} does not answer.`;
        if (!this.connection.isConnected()) throw new Error(unanswered);
        const asked = queue.getJobCounts('waiting', 'active', 'delayed');
        const {
          waiting = 0,
          active = 0,
          delayed = 0,
        } = await withinTime(asked, ENQUEUE_TIMEOUT_MS, unanswered);
        return { queue: queue.name, waiting, active, delayed };
      }),
    );
  }

  /** To be told of errors of workers: some of them can be mended. */
  async heed(error: unknown): Promise<void> {
    await this.connection.mendAfter(error);
  }

  /** Lets go of a backend that is away: workers that close would wait for its answers. */
  abandonIfAway(): void {
    if (!this.connection.isConnected()) this.connection.abandon();
  }

  private findQueue(key: QueueKey): Queue<QueueJob> {
    const queue = this.queues.get(key);
    if (queue === undefined) throw new Error(`There is no queue for ${key}.`);
    return queue;
  }

  /** Asks something of the queue, and once more if its backend had to be mended first. */
  private async inTime(queue: Queue<QueueJob>, ask: () => Promise<void>): Promise<void> {
    const unanswered = `The queue ${queue.name} does not answer.`;
    if (!this.connection.isConnected()) throw new Error(unanswered);
    const answered = ask().catch(async (error: unknown) => {
      if (!(await this.connection.mendAfter(error))) throw error;
      await ask();
    });
    await withinTime(answered, ENQUEUE_TIMEOUT_MS, unanswered);
  }
}

async function addJobs(queue: Queue<QueueJob>, jobs: readonly QueueJob[]): Promise<void> {
  const attributes = {
    'messaging.system': 'bullmq',
    'messaging.destination.name': queue.name,
    'messaging.operation.type': 'send',
    'messaging.batch.message_count': jobs.length,
  };
  await tracePart({ name: `send ${queue.name}`, kind: 'producer', attributes }, async () => {
    const origin = currentOrigin();
    await queue.addBulk(
      jobs.map((job) => ({
        name: job.kind,
        data: { ...job, ...origin },
        opts: { ...JOB_OPTIONS, jobId: jobId(job) },
      })),
    );
  });
}

/** What the jobs come of that are added now. */
function currentOrigin(): Pick<QueueJob, 'request' | 'traceparent'> {
  const { request } = currentLogFields();
  const traceparent = jobTraceparent();
  return {
    ...(request === undefined ? {} : { request }),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}

/** What is to be added for a job that is overdue: nothing while it waits in the queue for its turn. */
async function makeWay(queue: Queue<QueueJob>, job: QueueJob): Promise<QueueJob[]> {
  const queued = await queue.getJob(jobId(job));
  switch (await queued?.getState()) {
    case 'waiting':
    case 'prioritized':
      return [];
    case 'active': // held for a worker which, by its lease, has long let go of it
      return [again(job)];
    default:
      await queue.remove(jobId(job)); // one that is delayed; of others there is nothing to remove
      return [job];
  }
}

function again(job: QueueJob): QueueJob {
  return { ...job, round: randomUUID() };
}
