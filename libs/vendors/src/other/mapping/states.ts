import type { ResourceStatus } from '#domain';

/** What clouds call their states, in small letters without spaces, `_` and `-`. */
const WORDS: Readonly<Record<ResourceStatus, string>> = {
  provisioning:
    'building build creating create pending preparing provisioning scheduled staging new launching',
  starting: 'starting booting rebooting restarting resuming activating powering poweringon reboot',
  running: 'running poweredon poweron on up started active online alive operational',
  stopping: 'stopping shuttingdown poweringoff deactivating stoppending',
  stopped:
    'stopped off halted poweredoff poweroff shutoff shutdown shut deallocated offline down inactive notrunning',
  suspended: 'suspended paused hibernated hibernating suspending standby sleeping frozen',
  deleting:
    'deleting deleted terminating terminated destroying destroyed removing removed retired decommissioning',
  available: 'available ok ready inuse attached bound healthy succeeded completed enabled normal reserved',
  error: 'error errored failed fault faulted crashed broken unhealthy degraded',
  unknown: 'unknown',
};

const SYNONYMS: ReadonlyMap<string, ResourceStatus> = new Map(
  (Object.entries(WORDS) as [ResourceStatus, string][]).flatMap(([status, words]) =>
    words.split(' ').map((word): [string, ResourceStatus] => [word, status]),
  ),
);

/** The status that a word most likely means; `undefined` for what Muster doesn't know. */
export function statusOfWord(word: string): ResourceStatus | undefined {
  return SYNONYMS.get(word.toLowerCase().replaceAll(/[\s_-]/g, ''));
}
