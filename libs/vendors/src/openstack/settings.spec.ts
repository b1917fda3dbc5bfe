import 'reflect-metadata';

import { describe, expect, it } from '@jest/globals';
import { plainToInstance } from 'class-transformer';
import { validate } from 'class-validator';

import { authUrl, endpointInId } from './auth-url.js';
import { authTypeOf, OpenstackSettings } from './settings.js';

const ENDPOINT = 'https://keystone.example.com:5000/v3';
const PEM = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';

async function problemsOf(settings: object): Promise<string[]> {
  const errors = await validate(plainToInstance(OpenstackSettings, settings), {
    whitelist: true,
    forbidNonWhitelisted: true,
  });
  return errors.flatMap(({ constraints }) => Object.values(constraints ?? {}));
}

describe('the settings', () => {
  it.each([
    { endpoint: ENDPOINT },
    { endpoint: 'http://127.0.0.1:5000', auth_type: 'v3applicationcredential' },
    { endpoint: ENDPOINT, user_domain_name: 'Default', project_name: 'x', project_domain_id: 'default' },
    {
      endpoint: ENDPOINT,
      interface: 'internal',
      all_projects: true,
      regions: ['RegionOne'],
      allow_http: true,
    },
    { endpoint: ENDPOINT, tls_ca_pem: PEM },
  ])('take %j', async (settings) => {
    expect(await problemsOf(settings)).toEqual([]);
  });

  it.each([
    [{}, "endpoint must be Keystone's URL"],
    [{ endpoint: 'keystone' }, 'endpoint must be an http or https URL'],
    [{ endpoint: 'https://user:pw@keystone/v3' }, 'without user name and password'],
    [{ endpoint: 'http://keystone/v3', tls_ca_pem: PEM }, 'endpoint must be an https URL'],
    [{ endpoint: ENDPOINT, auth_type: 'token' }, 'auth_type must be one of password, application_credential'],
    [{ endpoint: ENDPOINT, interface: 'private' }, 'interface must be one of public, internal, admin'],
    [{ endpoint: ENDPOINT, all_projects: 'yes' }, 'all_projects must be true or false'],
    [{ endpoint: ENDPOINT, project_name: '' }, 'project_name must be a text of 1 to 255 characters'],
    [
      { endpoint: ENDPOINT, project_name: 'a', project_id: 'b' },
      'project_id cannot be set beside project_name',
    ],
    [{ endpoint: ENDPOINT, tls_ca_pem: '/etc/ssl/ca.pem' }, 'not the path of a file'],
    [{ endpoint: ENDPOINT, password: 'secret' }, 'password should not exist'],
  ])('refuse %j', async (settings, message) => {
    expect((await problemsOf(settings)).join('; ')).toContain(message);
  });

  it.each([
    [undefined, 'password'],
    ['v3password', 'password'],
    ['v3applicationcredential', 'application_credential'],
    ['application_credential', 'application_credential'],
  ])('know the auth_type %s of clouds.yaml', (given, meant) => {
    expect(authTypeOf(given === undefined ? {} : { auth_type: given })).toBe(meant);
  });
});

describe('authUrl', () => {
  it.each([
    ['https://keystone:5000', 'https://keystone:5000/v3'],
    ['https://keystone:5000/', 'https://keystone:5000/v3'],
    ['https://keystone:5000/v3/', 'https://keystone:5000/v3'],
    ['https://cloud/identity', 'https://cloud/identity/v3'],
    ['https://cloud/identity/v3', 'https://cloud/identity/v3'],
    ['http://cloud:5000/v2.0', 'http://cloud:5000/v3'],
  ])('makes %s %s', (given, meant) => {
    expect(authUrl(given)?.href).toBe(meant);
  });

  it.each(['cloud', 'ftp://cloud', 'https://a:b@cloud', 'https://cloud/v3?x=1', 'https://cloud#x'])(
    'is not %s',
    (given) => {
      expect(authUrl(given)).toBeUndefined();
    },
  );

  it('is found in an account’s id', () => {
    expect(endpointInId('cloud.example.com:5000/identity')).toBe('https://cloud.example.com:5000/identity');
    expect(endpointInId('http://10.0.0.1:5000/v3')).toBe('http://10.0.0.1:5000/v3');
    expect(endpointInId('my cloud')).toBeUndefined();
  });
});
