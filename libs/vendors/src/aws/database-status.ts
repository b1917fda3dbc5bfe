import type { ResourceStatus } from '#domain';

/** AWS's words for the state of a database or a cluster of them, an open set: by the beginning of the word, the first that fits. */
const STATUSES: readonly (readonly [RegExp, ResourceStatus])[] = [
  [/^(creating|restoring)/, 'provisioning'],
  [/^starting/, 'starting'],
  [/^stopping/, 'stopping'],
  [/^stopped/, 'stopped'],
  [/^delet(ing|ed)/, 'deleting'],
  [/^(failed|incompatible-|inaccessible-|restore-error|insufficient-capacity|storage-full)/, 'error'],
  [
    /^(available|backing-up|modifying|upgrading|rebooting|renaming|maintenance|resetting-|configuring-|converting-|storage-|moving-to-vpc|delete-precheck)/,
    'running',
  ],
];

/** Ours for AWS's; `unknown` for a word of which nothing is known. */
export function databaseStatusOf(word = ''): ResourceStatus {
  return STATUSES.find(([pattern]) => pattern.test(word))?.[1] ?? 'unknown';
}
