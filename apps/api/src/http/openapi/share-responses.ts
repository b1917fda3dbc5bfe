import type { Operation, Response } from './describe-operation.js';

/**
 * Moves the form that a status has most often into shared responses, which operations then refer to as
 * `Error404`: a document little more than half as long, and types that a client's author can name.
 */
export function shareResponses(operations: readonly Operation[]): Record<string, Response> {
  const statuses = new Set(operations.flatMap(({ responses }) => Object.keys(responses)));
  const shared: Record<string, Response> = {};
  for (const status of [...statuses].filter((known) => known >= '400').sort()) {
    const form = mostFrequent(operations.flatMap(({ responses }) => responses[status] ?? []));
    if (form === undefined) continue;
    const name = `Error${status}`;
    shared[name] = form;
    const text = JSON.stringify(form);
    for (const { responses } of operations) {
      if (JSON.stringify(responses[status]) === text) {
        responses[status] = { $ref: `#/components/responses/${name}` };
      }
    }
  }
  return shared;
}

/** Of those that there are at least twice, the most frequent, and of several the first. */
function mostFrequent(responses: readonly Response[]): Response | undefined {
  const counts = new Map<string, number>();
  for (const response of responses) {
    const text = JSON.stringify(response);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  const [[text, count] = ['', 0]] = [...counts].sort(([, a], [, b]) => b - a);
  return count < 2 ? undefined : (JSON.parse(text) as Response);
}
