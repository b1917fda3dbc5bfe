import type { Job } from 'bullmq';

import { leaveJobsTo, logWith, TracedWork } from '#platform';
import { jobId, type QueueJob } from '#queue';
import type { JobOutcome } from '#sync';

/**
 * Does a job's work, whose lines name the request that it came of, where one is known. Each attempt is a span, a part
 * of the request's trace. A unit hands out the next ones of its run: they are parts of the run as it is, not of it.
 */
export async function workOnJob(
  { data, queueName }: Pick<Job<QueueJob>, 'data' | 'queueName'>,
  work: () => Promise<JobOutcome>,
): Promise<JobOutcome> {
  const { kind, request, traceparent } = data;
  const span = new TracedWork({
    name: `process ${queueName}`,
    kind: 'consumer',
    attributes: {
      'messaging.system': 'bullmq',
      'messaging.destination.name': queueName,
      'messaging.operation.type': 'process',
      'messaging.message.id': jobId(data),
      'muster.job': kind,
    },
    parent: { traceparent },
  });
  const traced = () => leaveJobsTo(kind === 'unit' ? traceparent : undefined, work);
  try {
    const outcome = await span.during(() => logWith(request === undefined ? {} : { request }, traced));
    span.end(outcome === 'done' ? {} : { 'muster.put_off_ms': outcome.retryInMs });
    return outcome;
  } catch (error) {
    span.end({}, (error as Error).name);
    throw error;
  }
}
