import { describe, expect, it } from '@jest/globals';

import { bucketUrl } from './endpoints.js';

describe('the URL of a bucket', () => {
  it.each([
    [{}, 'https://shop.oss-cn-beijing.aliyuncs.com'],
    [{ site: 'international' as const }, 'https://shop.oss-cn-beijing.aliyuncs.com'],
    [
      { endpoint: 'https://{product}.{region}.cloud.example.com/' },
      'https://shop.oss.cn-beijing.cloud.example.com',
    ],
    [{ endpoint: 'https://cloud.example.com:8443' }, 'https://shop.cloud.example.com:8443'],
    [
      { endpoint: 'http://proxy.example.com/{product}/{region}/' },
      'http://proxy.example.com/oss/cn-beijing/shop',
    ],
    [{ endpoint: 'http://192.0.2.1:8080' }, 'http://192.0.2.1:8080/shop'],
    [{ endpoint: 'http://[2001:db8::1]:8080' }, 'http://[2001:db8::1]:8080/shop'],
  ])('is, with the settings %j, %s', (settings, url) => {
    expect(bucketUrl('shop', 'cn-beijing', settings)).toBe(url);
  });
});
