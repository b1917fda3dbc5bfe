import { describe, expect, it } from '@jest/globals';

import { ossRequest } from './oss-request.js';

const AT = new Date('2026-01-15T08:00:00.123Z');
const KEY = { accessKeyId: 'LTAI5tExample', accessKeySecret: 'secretExample' };

/** Signatures: those of Alibaba's own client, ali-oss 6.23.0, for the same requests. */
describe('a request for OSS', () => {
  it('is signed as by its own client, with a temporary key', () => {
    const { query, headers } = ossRequest({
      region: 'cn-hangzhou',
      query: { 'max-keys': 1000, marker: `a b/c!'(*)` },
      key: { ...KEY, securityToken: 'CAIS+token/==' },
      at: AT,
    });
    expect(query).toBe('marker=a%20b%2Fc%21%27%28%2A%29&max-keys=1000');
    expect(headers).toEqual({
      'x-oss-content-sha256': 'UNSIGNED-PAYLOAD',
      'x-oss-date': '20260115T080000Z',
      'x-oss-security-token': 'CAIS+token/==',
      authorization:
        'OSS4-HMAC-SHA256 Credential=LTAI5tExample/20260115/cn-hangzhou/oss/aliyun_v4_request,' +
        'Signature=f57086618ca1d01e1d19be199e7d5eb43c907646de0183727b3c780efd930018',
    });
  });

  it('is signed as by its own client, for what a bucket is tagged with', () => {
    const { query, headers } = ossRequest({
      region: 'cn-beijing',
      bucket: 'shop-data',
      query: { tagging: '' },
      key: KEY,
      at: AT,
    });
    expect(query).toBe('tagging');
    expect(headers['authorization']).toBe(
      'OSS4-HMAC-SHA256 Credential=LTAI5tExample/20260115/cn-beijing/oss/aliyun_v4_request,' +
        'Signature=5733ef045da96e9213e4a306770c44ad11ab0f44ca2eb979b53b316488ca5ce6',
    );
  });

  it('is signed as by its own client, in another region', () => {
    const request = { region: 'ap-southeast-1', query: { 'max-keys': 100 }, key: KEY, at: AT };
    expect(ossRequest(request).headers['authorization']).toBe(
      'OSS4-HMAC-SHA256 Credential=LTAI5tExample/20260115/ap-southeast-1/oss/aliyun_v4_request,' +
        'Signature=bb5020827fe4164c112e3f4a758efa5026e9c95416b0c49c86e0864d1e6c27f4',
    );
  });
});
