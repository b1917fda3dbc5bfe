import { setTimeout as delay } from 'node:timers/promises';

import type { MusterClient, MusterError, Schemas } from '../client.js';
import { ANSWER_MS, MIN_LOOK_MS } from './follow-task.js';
import { Outage } from './outage.js';

export type ChangePage = Schemas['FeedChangeList'];

const PATH = '/v1/multicloud-resources/changes';
/** The longest that the API lets an answer wait for a change. */
const WAIT_SECONDS = 60;
/** The API's largest. */
export const PAGE_SIZE = 500;

export interface FollowChangesOptions {
  /** The marker to go on from, or `latest`; undefined: from the oldest that is kept on. */
  after: string | undefined;
  /** How many changes to come to an end after. */
  limit: number;
  signal: AbortSignal;
  /** Told once, when Muster has gone. */
  onOutage: (error: MusterError) => void;
}

/**
 * All changes from a marker on, as they come, page by page; an empty page tells only how far the feed is. Each page has the
 * marker from which the next goes on, so that one that was lost on its way is asked for again. A Muster that cannot be
 * reached is tried again for ten minutes.
 * @throws {MusterError} what Muster refuses, as a marker behind which changes were removed, and an outage that lasts; the
 *   signal's reason.
 */
export async function* followChanges(
  client: MusterClient,
  { after, limit, signal, onOutage }: FollowChangesOptions,
): AsyncGenerator<ChangePage, void, undefined> {
  const outage = new Outage(onOutage);
  let marker = after;
  // Not at first: `latest` has to become a marker at once, or what comes during an outage would be before it.
  let waitSeconds = 0;
  for (let left = limit; left > 0;) {
    const began = performance.now();
    try {
      const query = {
        limit: Math.min(left, PAGE_SIZE),
        wait: `${String(waitSeconds)}s`,
        ...(marker === undefined ? {} : { marker }),
      };
      const timeoutMs = waitSeconds * 1_000 + ANSWER_MS;
      const page = await client.get(PATH, { params: { query }, timeoutMs, signal });
      outage.end();
      marker = page.next_marker;
      waitSeconds = WAIT_SECONDS;
      left -= page.data.length;
      yield page;
      if (page.data.length > 0) continue;
      await delay(Math.max(0, MIN_LOOK_MS - (performance.now() - began)), undefined, { signal });
    } catch (error) {
      signal.throwIfAborted();
      await delay(outage.pauseFor(error), undefined, { signal });
    }
  }
}
