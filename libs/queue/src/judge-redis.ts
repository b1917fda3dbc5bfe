import { RedisConnection } from 'bullmq';

/** Versions that BullMQ refuses, and that it advises against: those below. */
const { minimumVersion: LOWEST_VERSION, recommendedMinimumVersion: GOOD_VERSION } = RedisConnection;

/** What operators are to know of a Redis. */
export interface RedisJudgement {
  /** Undefined where it doesn't say; of Valkey and others the one of Redis that they are like. */
  version?: string;
  /** Why it cannot be used. */
  refusal?: string;
  warnings: string[];
}

/** Judges a Redis by its answer to `INFO`, which also tells what an ACL user may not ask by `CONFIG`. */
export function judgeRedis(info: string): RedisJudgement {
  const version = /^redis_version:(\d[\d.]*)/m.exec(info)?.[1];
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1];
  const warnings = [];
  if (policy !== undefined && policy !== 'noeviction') {
    warnings.push(
      `Redis may throw jobs away when its memory is full, which delays syncs: its maxmemory-policy is ${policy}, and must be noeviction`,
    );
  }
  if (version === undefined) return { warnings };
  if (isLower(version, LOWEST_VERSION)) {
    return {
      version,
      refusal: `Redis ${version} is too old: it must be ${GOOD_VERSION} or later`,
      warnings,
    };
  }
  if (isLower(version, GOOD_VERSION)) {
    warnings.push(`Redis ${version} is older than what BullMQ is made for: ${GOOD_VERSION} or later`);
  }
  return { version, warnings };
}

function isLower(version: string, bound: string): boolean {
  return version.localeCompare(bound, 'en', { numeric: true }) < 0;
}
