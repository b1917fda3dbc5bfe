import 'reflect-metadata';

import { describe, expect, it } from '@jest/globals';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';

import { endpointOf } from './endpoints.js';
import { PRODUCTS } from './products.js';
import { AliSettings } from './settings.js';

const ROLE = 'acs:ram::1234567890123456:role/muster';

function problemsOf(settings: object): string[] {
  const errors = validateSync(plainToInstance(AliSettings, settings), {
    whitelist: true,
    forbidNonWhitelisted: true,
  });
  return errors.map(({ property }) => property);
}

describe('AliSettings', () => {
  it.each([
    [{}],
    [{ site: 'international', regions: ['eu-central-1'] }],
    [{ endpoint: 'https://{product}.{region}.cloud.example.com' }],
    [{ endpoint: 'http://127.0.0.1:8989/{product}/{region}' }],
    [{ role_arn: ROLE }],
    [{ role_arn: ROLE, role_external_id: 'muster:42', role_session_name: 'muster-audit' }],
    [{ directory_role: 'ResourceDirectoryAccountAccessRole', role_external_id: 'muster:42' }],
  ])('accepts %j', (settings) => {
    expect(problemsOf(settings)).toEqual([]);
  });

  it.each([
    ['site', { site: 'aliyun.com' }],
    ['endpoint', { endpoint: 'ecs.aliyuncs.com' }],
    ['endpoint', { endpoint: 'ftp://{product}.example.com' }],
    ['endpoint', { endpoint: 'https://user:secret@cloud.example.com' }],
    ['endpoint', { endpoint: 'https://cloud.example.com/?product={product}' }],
    ['role_arn', { role_arn: 'muster' }],
    ['role_external_id', { role_external_id: 'muster:42' }],
    ['role_external_id', { role_arn: ROLE, role_external_id: 'with space' }],
    ['role_session_name', { role_arn: ROLE, role_session_name: 'm' }],
    ['directory_role', { directory_role: ROLE }],
    ['directory_role', { directory_role: '' }],
    ['security_token', { security_token: 'secret' }],
  ])('refuses %s in %j', (property, settings) => {
    expect(problemsOf(settings)).toEqual([property]);
  });
});

describe('endpointOf', () => {
  it.each([
    ['a region', PRODUCTS.ecs, 'eu-central-1', {}, 'https://ecs.eu-central-1.aliyuncs.com'],
    ['a product by another name', PRODUCTS.fc, 'cn-hangzhou', {}, 'https://fcv3.cn-hangzhou.aliyuncs.com'],
    ['a central product', PRODUCTS.sts, undefined, {}, 'https://sts.aliyuncs.com'],
    [
      'a central product of the international site',
      PRODUCTS.resourcecenter,
      undefined,
      { site: 'international' as const },
      'https://resourcecenter-intl.aliyuncs.com',
    ],
    [
      'a private cloud',
      PRODUCTS.vpc,
      'cn-one',
      { endpoint: 'https://{product}.{region}.cloud.example.com/' },
      'https://vpc.cn-one.cloud.example.com',
    ],
    ['a proxy', PRODUCTS.vpc, 'cn-one', { endpoint: 'http://proxy.example.com' }, 'http://proxy.example.com'],
  ])('is that of %s', (_, product, region, settings, expected) => {
    expect(endpointOf(product, region, settings)).toBe(expected);
  });
});
