import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { parseRedisUrl, type RedisUrl } from './redis-url.js';

describe('parseRedisUrl', () => {
  it.each<[string, RedisUrl]>([
    [
      'redis://cache',
      { topology: 'single', tls: false, hosts: [{ host: 'cache', port: 6379 }], database: 0 },
    ],
    [
      'rediss://muster:s%3Acr%2Fet%25@[::1]:6380/3',
      {
        topology: 'single',
        tls: true,
        hosts: [{ host: '::1', port: 6380 }],
        username: 'muster',
        password: 's:cr/et%',
        database: 3,
      },
    ],
    [
      'redis+sentinel://:p@ss@s1,s_2.example:26380/my.master-1',
      {
        topology: 'sentinel',
        tls: false,
        hosts: [
          { host: 's1', port: 26_379 },
          { host: 's_2.example', port: 26_380 },
        ],
        password: 'p@ss',
        master: 'my.master-1',
        database: 0,
      },
    ],
    [
      'rediss+cluster://127.0.0.1:7000,[fd00::1]:7001/0',
      {
        topology: 'cluster',
        tls: true,
        hosts: [
          { host: '127.0.0.1', port: 7000 },
          { host: 'fd00::1', port: 7001 },
        ],
      },
    ],
  ])('reads %s', (text, url) => {
    expect(parseRedisUrl(text)).toEqual(url);
  });

  it('gives back any user and password that were written as a URL wants them', () => {
    const anything = fc.string({ unit: 'binary', minLength: 1 });
    fc.assert(
      fc.property(anything, anything, (username, password) => {
        const userInfo = `${encodeURIComponent(username)}:${encodeURIComponent(password)}`;
        expect(parseRedisUrl(`redis+cluster://${userInfo}@a,b`)).toMatchObject({ username, password });
      }),
    );
  });
});
