import type { JsonObject } from '#domain';

const TEAMS = ['shop', 'search', 'billing'] as const;
const STAGES = ['production', 'staging'] as const;

/** The tags of a resource by its number, as pairs; some have none. */
export function tagPairs(index: number): readonly (readonly [key: string, value: string])[] {
  if (index % 6 === 5) return [];
  // As the vendor has them: in no order.
  const pairs = [
    ['team', TEAMS[index % TEAMS.length] ?? ''],
    ['stage', STAGES[index % STAGES.length] ?? ''],
  ] as const;
  return index % 2 === 0 ? pairs : [...pairs].reverse();
}

/** As ECS and SLB spell them. */
export function tagged(index: number): JsonObject {
  return { Tag: tagPairs(index).map(([key, value]) => ({ TagKey: key, TagValue: value })) };
}

/** What RDS and OSS tell by a call of its own only: it is in no listing. */
export const UNLISTED_TAGS = 'UnlistedTags';

/** The tags of a resource whose listing has none. */
export function unlisted(index: number): JsonObject {
  return { [UNLISTED_TAGS]: Object.fromEntries(tagPairs(index)) };
}

/** As VPC does, in a list of their own. */
export function keyed(index: number): { Key: string; Value: string }[] {
  return tagPairs(index).map(([key, value]) => ({ Key: key, Value: value }));
}
