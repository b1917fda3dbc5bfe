import 'reflect-metadata';

import { describe, expect, it } from '@jest/globals';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';

import { endpointInId, vsphereEndpoint } from './endpoint.js';
import { VmwareSettings } from './settings.js';

const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

function problemsOf(settings: object): string[] {
  const errors = validateSync(plainToInstance(VmwareSettings, settings), {
    whitelist: true,
    forbidNonWhitelisted: true,
  });
  return errors.map(({ property }) => property);
}

describe('VmwareSettings', () => {
  it.each([
    [{ endpoint: 'https://vcenter.example.com' }],
    [{ endpoint: 'http://10.0.0.1:8989/sdk' }],
    [{ endpoint: 'https://[fd00::1]/sdk', tls_ca_pem: PEM, tls_verify: true }],
    [{ endpoint: 'https://esx1', tls_fingerprint_sha256: 'ab'.repeat(32), tls_verify: false }],
    [{ endpoint: 'https://esx1', tls_fingerprint_sha256: Array(32).fill('AB').join(':') }],
  ])('accepts %j', (settings) => {
    expect(problemsOf(settings)).toEqual([]);
  });

  it.each([
    ['endpoint', {}],
    ['endpoint', { endpoint: 'vcenter.example.com' }],
    ['endpoint', { endpoint: 'ftp://vcenter.example.com' }],
    ['endpoint', { endpoint: 'https://user:secret@vcenter.example.com' }],
    ['endpoint', { endpoint: 'https://vcenter.example.com/sdk?x=1' }],
    ['endpoint', { endpoint: 'http://v', tls_fingerprint_sha256: 'ab'.repeat(32) }],
    ['tls_ca_pem', { endpoint: 'https://v', tls_ca_pem: 'trust me' }],
    ['tls_fingerprint_sha256', { endpoint: 'https://v', tls_fingerprint_sha256: 'ab:cd' }],
    ['tls_verify', { endpoint: 'https://v', tls_verify: 'no' }],
    ['tls_insecure', { endpoint: 'https://v', tls_insecure: true }],
  ])('refuses %s in %j', (property, settings) => {
    expect(problemsOf(settings)).toEqual([property]);
  });
});

describe('vsphereEndpoint', () => {
  it.each([
    ['https://vcenter.example.com', 'https://vcenter.example.com/sdk'],
    [' https://vcenter.example.com/ ', 'https://vcenter.example.com/sdk'],
    ['http://127.0.0.1:8989/sdk', 'http://127.0.0.1:8989/sdk'],
    ['https://proxy.example.com/vc1/sdk', 'https://proxy.example.com/vc1/sdk'],
  ])('%s means %s', (endpoint, url) => {
    expect(vsphereEndpoint(endpoint)?.href).toBe(url);
  });
});

describe('endpointInId', () => {
  it.each([
    ['vcenter.example.com', 'https://vcenter.example.com'],
    ['vcenter.example.com:8443', 'https://vcenter.example.com:8443'],
    ['10.0.0.1/vc1/sdk', 'https://10.0.0.1/vc1/sdk'],
    ['[fd00::1]', 'https://[fd00::1]'],
    ['https://vcenter', 'https://vcenter'],
    ['http://127.0.0.1:8989/sdk', 'http://127.0.0.1:8989/sdk'],
  ])('of %s is %s', (accountId, endpoint) => {
    expect(endpointInId(accountId)).toBe(endpoint);
  });

  it.each([
    'vcenter-1',
    '',
    'Main site',
    '名',
    'a@b.example',
    'u:p@vc.example',
    'https://u:p@vc',
    'ftp://vc',
    'a..b',
  ])('is not in %j', (accountId) => {
    expect(endpointInId(accountId)).toBeUndefined();
  });
});
