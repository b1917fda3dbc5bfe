import 'reflect-metadata';

import { describe, expect, it } from '@jest/globals';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';

import { configOrigin, ecsOrigin, iamOrigin } from './endpoints.js';
import { domainInId, RmsSettings } from './settings.js';

const DOMAIN = '0123456789abcdef0123456789abcdef';
const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

function problemsOf(settings: object): string[] {
  const errors = validateSync(plainToInstance(RmsSettings, settings), {
    whitelist: true,
    forbidNonWhitelisted: true,
  });
  return errors.map(({ property }) => property);
}

describe('RmsSettings', () => {
  it.each([
    [{}],
    [{ domain_id: DOMAIN, site: 'europe', regions: ['eu-west-101'] }],
    [{ endpoint: 'http://127.0.0.1:4577', iam_endpoint: 'https://iam.example.com/' }],
    [{ ecs_endpoint: 'https://ecs.{region}.example.com:8443', tls_ca_pem: CERTIFICATE }],
    [{ server_details: false }],
  ])('accepts %j', (settings) => {
    expect(problemsOf(settings)).toEqual([]);
  });

  it.each([
    ['domain_id', { domain_id: 'my-account' }],
    ['domain_id', { domain_id: DOMAIN.toUpperCase() }],
    ['site', { site: 'moon' }],
    ['endpoint', { endpoint: 'https://rms.example.com/path' }],
    ['endpoint', { endpoint: 'https://user:secret@rms.example.com' }],
    ['iam_endpoint', { iam_endpoint: 'http://iam.example.com', tls_ca_pem: CERTIFICATE }],
    ['ecs_endpoint', { ecs_endpoint: 'ecs.{region}.example.com' }],
    ['server_details', { server_details: 'yes' }],
    ['tls_ca_pem', { tls_ca_pem: 'trust me' }],
    ['enterprise_projects', { enterprise_projects: ['0'] }],
  ])('refuses %s in %j', (property, settings) => {
    expect(problemsOf(settings)).toEqual([property]);
  });
});

describe('the origins', () => {
  it('are those of the site, or what the settings say', () => {
    expect(configOrigin({})).toBe('https://rms.myhuaweicloud.com');
    expect(iamOrigin({ site: 'europe' })).toBe('https://iam.myhuaweicloud.eu');
    expect(ecsOrigin('cn-north-4', {})).toBe('https://ecs.cn-north-4.myhuaweicloud.com');
    const ecs_endpoint = ' https://ecs.{region}.example.com:8443/ ';
    expect(ecsOrigin('cn-north-4', { ecs_endpoint })).toBe('https://ecs.cn-north-4.example.com:8443');
  });
});

describe('domainInId', () => {
  it.each([
    [DOMAIN, DOMAIN],
    ['rms-1', undefined],
    ['', undefined],
  ])('of %j is %s', (accountId, domain) => {
    expect(domainInId(accountId)).toBe(domain);
  });
});
