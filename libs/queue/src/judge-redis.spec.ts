import { describe, expect, it } from '@jest/globals';

import { judgeRedis } from './judge-redis.js';

/** The lines of `INFO` that matter, among others. */
function info(version: string, policy = 'noeviction'): string {
  return `# Server\r\nredis_version:${version}\r\nredis_mode:standalone\r\n# Memory\r\nmaxmemory_policy:${policy}\r\n`;
}

describe('judgeRedis', () => {
  it.each(['6.2.0', '6.10.1', '7.0.15', '10.0.0'])('has nothing to say of %s without eviction', (version) => {
    expect(judgeRedis(info(version))).toEqual({ version, warnings: [] });
  });

  it('warns of every policy that evicts', () => {
    expect(judgeRedis(info('7.2.4', 'volatile-lru')).warnings).toEqual([
      'Redis may throw jobs away when its memory is full, which delays syncs: its maxmemory-policy is volatile-lru, and must be noeviction',
    ]);
  });

  it('warns of versions that BullMQ is not made for, and refuses those that it refuses', () => {
    expect(judgeRedis(info('6.0.14'))).toEqual({
      version: '6.0.14',
      warnings: ['Redis 6.0.14 is older than what BullMQ is made for: 6.2.0 or later'],
    });
    expect(judgeRedis(info('4.0.9'))).toEqual({
      version: '4.0.9',
      refusal: 'Redis 4.0.9 is too old: it must be 6.2.0 or later',
      warnings: [],
    });
  });

  it('takes what says nothing of itself as it is', () => {
    expect(judgeRedis('# Server\r\n')).toEqual({ warnings: [] });
  });
});
