import 'reflect-metadata';

import { describe, expect, it } from '@jest/globals';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';

import { serviceOrigin } from './endpoints.js';
import { HcsSettings, placeInId } from './settings.js';

const PLACE = { home_region: 'sa-fb-1', cloud_domain: 'cloud.example.com' };
const PROJECT = '0123456789abcdef0123456789abcdef';
const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

function problemsOf(settings: object): string[] {
  const errors = validateSync(plainToInstance(HcsSettings, settings), {
    whitelist: true,
    forbidNonWhitelisted: true,
  });
  return errors.map(({ property }) => property);
}

describe('HcsSettings', () => {
  it.each([
    [{}],
    [{ projects: [PROJECT, `sa-fb-2/${PROJECT}`], regions: ['sa-fb-2'] }],
    [{ endpoint: 'http://127.0.0.1:4577' }],
    [{ endpoints: { rds: 'https://rds-plant.{region}.example.com:8443', iam: 'https://10.1.2.3/' } }],
    [{ tls_ca_pem: CERTIFICATE, endpoint: 'https://{service}-gw.example.com' }],
    [{ resource_types: { exclude: ['images'] } }],
    [{ source: 'services', regions: ['sa-fb-2'], endpoint: 'http://127.0.0.1:4577' }],
    [{ source: 'manageone', projects: [PROJECT] }],
    [
      {
        source: 'manageone',
        endpoints: { oc: 'https://oc.example.com:26335', ecs: 'http://ecs.example.com' },
      },
    ],
  ])('accepts %j', (settings) => {
    expect(problemsOf({ ...PLACE, ...settings })).toEqual([]);
  });

  it.each([
    ['home_region', { home_region: undefined }],
    ['home_region', { home_region: 'sa-fb-1.evil' }],
    ['cloud_domain', { cloud_domain: undefined }],
    ['cloud_domain', { cloud_domain: 'https://cloud.example.com' }],
    ['cloud_domain', { cloud_domain: 'cloud.example.com/path' }],
    ['projects', { projects: [] }],
    ['projects', { projects: ['my-project'] }],
    ['projects', { projects: [`../${PROJECT}`] }],
    ['endpoint', { endpoint: 'https://cloud.example.com/path' }],
    ['endpoint', { endpoint: 'https://user:secret@cloud.example.com' }],
    ['endpoint', { endpoint: 'http://cloud.example.com', tls_ca_pem: CERTIFICATE }],
    ['endpoints', { endpoints: { ecs: 'ecs.example.com' } }],
    ['endpoints', { endpoints: { oss: 'https://oss.example.com' } }],
    ['endpoints', { endpoints: 'https://ecs.example.com' }],
    ['tls_ca_pem', { tls_ca_pem: 'trust me' }],
    ['domain_id', { domain_id: PROJECT }],
    ['source', { source: 'cmdb' }],
    ['source', { source: 'manageone', regions: ['sa-fb-1'] }],
    ['source', { source: 'manageone', endpoint: 'http://127.0.0.1:4577' }],
    ['source', { source: 'manageone', endpoints: { oc: 'http://oc.example.com' } }],
  ])('refuses %s in %j', (property, settings) => {
    expect(problemsOf({ ...PLACE, ...settings })).toEqual([property]);
  });
});

describe('serviceOrigin', () => {
  it('is a host of the region and the domain', () => {
    expect(serviceOrigin('ecs', 'sa-fb-2', PLACE)).toBe('https://ecs.sa-fb-2.cloud.example.com');
    expect(serviceOrigin('iam', 'sa-fb-1', PLACE)).toBe(
      'https://iam-apigateway-proxy.sa-fb-1.cloud.example.com',
    );
  });

  it('has the region once, where the domain was given with it', () => {
    const pasted = { cloud_domain: 'sa-fb-1.cloud.example.com' };
    expect(serviceOrigin('evs', 'sa-fb-1', pasted)).toBe('https://evs.sa-fb-1.cloud.example.com');
  });

  it('is what the settings say, a service’s own first', () => {
    const settings = {
      ...PLACE,
      endpoint: ' https://{service}.{region}.proxy.example.com:8443/ ',
      endpoints: { rds: 'https://databases.example.com' },
    };
    expect(serviceOrigin('vpc', 'sa-fb-1', settings)).toBe('https://vpc.sa-fb-1.proxy.example.com:8443');
    expect(serviceOrigin('rds', 'sa-fb-1', settings)).toBe('https://databases.example.com');
  });
});

describe('placeInId', () => {
  const place = { home_region: 'sa-fb-1', cloud_domain: 'cloud.example.com' };

  it.each([
    ['sa-fb-1.cloud.example.com', place],
    ['shop@sa-fb-1.cloud.example.com', place],
    ['my-stack', undefined],
    ['sa-fb-1', undefined],
    ['', undefined],
  ])('of %j is %j', (accountId, expected) => {
    expect(placeInId(accountId)).toEqual(expected);
  });
});
