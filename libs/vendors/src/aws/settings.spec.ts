import 'reflect-metadata';

import { describe, expect, it } from '@jest/globals';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';

import { AwsSettings } from './settings.js';

const CA_PEM = '-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----';

function problemsOf(settings: object): string[] {
  const errors = validateSync(plainToInstance(AwsSettings, settings), {
    whitelist: true,
    forbidNonWhitelisted: true,
  });
  return errors.map(({ property }) => property);
}

describe('AwsSettings', () => {
  it.each([
    [{}],
    [{ regions: ['eu-west-1', 'us-gov-east-1'], home_region: 'us-gov-west-1' }],
    [{ organization_role: 'OrganizationAccountAccessRole' }],
    [{ organization_role: 'audit/read-only' }],
    [{ role_arn: 'arn:aws:iam::123456789012:role/path/muster', role_external_id: 'a+b=c,d.e@f:g/h-i_j' }],
    [{ role_arn: 'arn:aws-cn:iam::123456789012:role/muster', home_region: 'cn-north-1' }],
    [{ endpoint: 'http://127.0.0.1:5000' }],
    [{ endpoint: 'https://aws.example.com/' }],
    [{ host_identity: false, endpoint: 'https://aws.example.com/' }],
    [{ host_identity: true, role_arn: 'arn:aws:iam::123456789012:role/muster', endpoint: null }],
  ])('accepts %j', (settings) => {
    expect(problemsOf(settings)).toEqual([]);
  });

  it.each([
    ['role_arn', { role_arn: 'muster' }],
    ['role_arn', { role_arn: 'arn:aws:iam::123456789012:user/muster' }],
    ['organization_role', { organization_role: 'arn:aws:iam::123456789012:role/audit' }],
    ['organization_role', { organization_role: 'audit/' }],
    ['role_external_id', { role_external_id: 'a' }],
    ['role_external_id', { role_external_id: 'with space' }],
    ['home_region', { home_region: 'evil.example.com/' }],
    ['home_region', { home_region: 'eu-west-1.evil' }],
    ['endpoint', { endpoint: 'aws.example.com' }],
    ['endpoint', { endpoint: 'https://user:secret@aws.example.com' }],
    ['endpoint', { endpoint: 'https://aws.example.com/path' }],
    ['tls_ca_pem', { tls_ca_pem: 'trust me' }],
    ['session_token', { session_token: 'secret' }],
    ['host_identity', { host_identity: 'true' }],
    ['host_identity', { host_identity: true, endpoint: 'https://aws.example.com' }],
    ['host_identity', { host_identity: true, role_external_id: 'chosen' }],
    ['host_identity', { host_identity: true, tls_ca_pem: CA_PEM }],
  ])('refuses %s in %j', (property, settings) => {
    expect(problemsOf(settings)).toEqual([property]);
  });
});
