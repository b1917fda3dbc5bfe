import { createHash } from 'node:crypto';

import { isTaskOver, type TaskState } from '#domain';

const MAX_SECONDS = 30;
/** A sync that has run for a minute is looked at again after six seconds. */
const SHARE_OF_AGE = 10;

/**
 * In how many seconds it is worth looking at a task again: the longer it has run, the later. Undefined when it is
 * over and looking is in vain.
 */
export function secondsToNextLook(
  task: { state: TaskState; createdAt: Date },
  now: Date = new Date(),
): number | undefined {
  if (isTaskOver(task.state)) return undefined;
  const ageSeconds = (now.getTime() - task.createdAt.getTime()) / 1_000;
  return Math.min(MAX_SECONDS, Math.max(1, Math.ceil(ageSeconds / SHARE_OF_AGE)));
}

/** The weak tag of an answer: the same as long as what matters of it is. */
export function entityTagOf(answer: object): string {
  return `W/"${createHash('sha256').update(JSON.stringify(answer)).digest('base64url').slice(0, 22)}"`;
}

/** Whether `If-None-Match` names the weak tag (RFC 9110, 13.1.2: compared weakly). */
export function namesTag(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const opaque = tag.replace(/^W\//, '');
  return ifNoneMatch.split(',').some((each) => ['*', opaque].includes(each.trim().replace(/^W\//, '')));
}
