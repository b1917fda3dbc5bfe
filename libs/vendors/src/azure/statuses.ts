import type { ResourceStatus } from '#domain';

import { textAt } from './document.js';
import type { GraphRow } from './resource-graph.js';

/** How a resource is, in our word and in Azure's. */
export interface Condition {
  status: ResourceStatus;
  nativeStatus?: string;
}

/** Words of Azure's, in lower case, and what they mean. */
export type Words = Readonly<Record<string, ResourceStatus>>;

const PROVISIONING: Words = {
  creating: 'provisioning',
  accepted: 'provisioning',
  provisioning: 'provisioning',
  updating: 'available',
  succeeded: 'available',
  deleting: 'deleting',
  failed: 'error',
  canceled: 'error',
};

/** For what is there rather than runs. Types that say nothing of themselves are there. */
export function provisioningState(row: GraphRow): Condition {
  return wordAt('provisioningState', PROVISIONING, 'available')(row);
}

/**
 * By the word at a path of `properties`.
 * @param otherwise what it is without the word
 */
export function wordAt(
  path: string,
  words: Words,
  otherwise: ResourceStatus = 'unknown',
): (row: GraphRow) => Condition {
  return ({ properties }) => {
    const word = textAt(properties ?? undefined, path);
    if (word === undefined) return { status: otherwise };
    const known = words[word.toLowerCase()];
    return { status: known ?? 'unknown', nativeStatus: word };
  };
}
