import { MusterError } from '#client';

/** What several requests at once come to: the answers, and the refusals. What is neither is thrown. */
export async function settle<T>(
  requests: readonly Promise<T>[],
): Promise<{ answers: T[]; refusals: MusterError[] }> {
  const answers: T[] = [];
  const refusals: MusterError[] = [];
  for (const outcome of await Promise.allSettled(requests)) {
    if (outcome.status === 'fulfilled') answers.push(outcome.value);
    else if (outcome.reason instanceof MusterError) refusals.push(outcome.reason);
    else throw outcome.reason;
  }
  return { answers, refusals };
}
