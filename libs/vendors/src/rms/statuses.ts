import type { ResourceStatus } from '#domain';

import { textAt } from '../shared/huawei-api/document.js';
import type { Words } from '../shared/huawei-api/service-states.js';
import type { DetailedResource } from './server-details.js';

/** How a resource is, in our word and in the service's. */
export interface Condition {
  status: ResourceStatus;
  nativeStatus?: string;
}

/** What Config says of every resource: whether the last thing that was done to it went well. */
const PROVISIONING: Words = {
  succeeded: 'available',
  processing: 'provisioning',
  creating: 'provisioning',
  updating: 'available',
  deleting: 'deleting',
  failed: 'error',
};

/**
 * By the word at a path of `properties`; without one, by Config's own.
 * @param whenDone what it is when all went well and nobody says more: one that runs may have been stopped since
 */
export function wordAt(
  path: string,
  words: Words,
  whenDone: ResourceStatus = 'available',
): (resource: DetailedResource) => Condition {
  return ({ properties, provisioning_state: provisioning }) => {
    const word = textAt(properties ?? undefined, path);
    if (word !== undefined) return { status: words[word.toLowerCase()] ?? 'unknown', nativeStatus: word };
    if (!provisioning) return { status: whenDone };
    const status = PROVISIONING[provisioning.toLowerCase()] ?? 'unknown';
    return { status: status === 'available' ? whenDone : status, nativeStatus: provisioning };
  };
}

/** For what is there rather than runs. */
export const provisioningState = wordAt('', {});
