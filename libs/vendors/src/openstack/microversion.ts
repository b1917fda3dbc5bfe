import type { JsonObject } from '#domain';

/** What a version of Nova's API gives us. */
export interface Microversion {
  /** `2.79`; absent: Nova has none, and is asked without. */
  version: string | undefined;
  /** Whether a server's document has its flavor in it, and not just the flavor's id. */
  hasFlavors: boolean;
}

/**
 * The newest that we know: from 2.47 on servers have their flavors in them, from 2.69 on the servers of a cell that is
 * down are told by their ids and not left out, and until 2.87 there is nothing further that we would show.
 * @see https://docs.openstack.org/nova/latest/reference/api-microversion-history.html
 */
const NEWEST = [2, 79] as const;
const FLAVORS_SINCE = 47;

/** Chooses from what Nova says of itself: `{ version: { version: '2.93', min_version: '2.1' } }`. */
export function chosenMicroversion({ version: known }: JsonObject): Microversion {
  const newest = (known as { version?: unknown } | undefined)?.version;
  const [, major = '', minor = ''] = /^(\d+)\.(\d+)$/.exec(typeof newest === 'string' ? newest : '') ?? [];
  if (major === '') return { version: undefined, hasFlavors: false };
  const isOlder = Number(major) < NEWEST[0] || (Number(major) === NEWEST[0] && Number(minor) < NEWEST[1]);
  const chosen = isOlder ? Number(minor) : NEWEST[1];
  return { version: `${String(NEWEST[0])}.${String(chosen)}`, hasFlavors: chosen >= FLAVORS_SINCE };
}
