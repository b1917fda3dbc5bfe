import 'reflect-metadata';

import { describe, expect, it } from '@jest/globals';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';

import { AzureSettings, originOf, tenantInId } from './settings.js';
import { clientCertificate } from './testing/client-certificate.js';

const TENANT = '7e1f2a00-51c4-4d0e-9a3b-0c5d6e7f8a90';
const SUBSCRIPTION = '0a1b2c3d-0000-4000-8000-00000000000a';
const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

function problemsOf(settings: object): string[] {
  const errors = validateSync(plainToInstance(AzureSettings, settings), {
    whitelist: true,
    forbidNonWhitelisted: true,
  });
  return errors.map(({ property }) => property);
}

describe('AzureSettings', () => {
  it.each([
    [{}],
    [{ tenant_id: 'example.onmicrosoft.com', cloud: 'china' }],
    [{ subscriptions: [SUBSCRIPTION], regions: ['westeurope'] }],
    [{ management_group: 'company' }],
    [{ endpoint: 'http://127.0.0.1:4577', authority: 'https://login.example.com/' }],
    [{ endpoint: 'https://arm.example.com', tls_ca_pem: CERTIFICATE }],
  ])('accepts %j', (settings) => {
    expect(problemsOf({ tenant_id: TENANT, ...settings })).toEqual([]);
  });

  it('accepts a certificate with an encrypted key, and none with a bare one', async () => {
    const { encryptedPem, certificatePem } = await clientCertificate();
    expect(problemsOf({ tenant_id: TENANT, client_certificate_pem: encryptedPem })).toEqual([]);
    const bare = ['-----BEGIN ', 'PRIVATE KEY-----\nMIIB\n-----END ', 'PRIVATE KEY-----'].join('');
    for (const pem of [`${certificatePem}${bare}`, `${encryptedPem}${bare}`, certificatePem, 'trust me']) {
      expect(problemsOf({ tenant_id: TENANT, client_certificate_pem: pem })).toEqual([
        'client_certificate_pem',
      ]);
    }
  });

  it.each([
    ['tenant_id', { tenant_id: undefined }],
    ['tenant_id', { tenant_id: 'not a tenant' }],
    ['tenant_id', { tenant_id: '../common' }],
    ['cloud', { cloud: 'germany' }],
    ['endpoint', { endpoint: 'https://arm.example.com/path' }],
    ['endpoint', { endpoint: 'https://user:secret@arm.example.com' }],
    ['endpoint', { endpoint: 'http://arm.example.com', tls_ca_pem: CERTIFICATE }],
    ['authority', { authority: 'http://login.example.com' }],
    ['subscriptions', { subscriptions: [] }],
    ['subscriptions', { subscriptions: ['production'] }],
    ['subscriptions', { subscriptions: [SUBSCRIPTION, SUBSCRIPTION.toUpperCase()] }],
    ['management_group', { management_group: 'a/b' }],
    ['tls_ca_pem', { tls_ca_pem: 'trust me' }],
    ['client_secret', { client_secret: 'x' }],
  ])('refuses %s in %j', (property, settings) => {
    expect(problemsOf({ tenant_id: TENANT, ...settings })).toEqual([property]);
  });
});

describe('originOf', () => {
  it.each([
    [' https://management.azure.com/ ', 'https://management.azure.com'],
    ['http://127.0.0.1:4577', 'http://127.0.0.1:4577'],
    ['https://a.example?x=1', undefined],
    ['ftp://a.example', undefined],
    ['management.azure.com', undefined],
  ])('of %s is %s', (text, origin) => {
    expect(originOf(text)).toBe(origin);
  });
});

describe('tenantInId', () => {
  it.each([
    [TENANT, TENANT],
    ['example.com', 'example.com'],
    ['azure-1', undefined],
    ['', undefined],
    ['https://example.com', undefined],
  ])('of %j is %s', (accountId, tenant) => {
    expect(tenantInId(accountId)).toBe(tenant);
  });
});
