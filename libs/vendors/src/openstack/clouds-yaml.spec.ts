import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { CLOUDS_YAML } from './clouds-yaml.js';

const URL = 'https://keystone.example.com:5000/v3';
const PEM = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
const PASSWORD = 'h4nter2-of-the-file';
const AUTH = { auth_url: URL, username: 'u', password: PASSWORD };

/** A file with one cloud; JSON is YAML. */
function fileOf(auth: object, cloud: object = {}): string {
  return JSON.stringify({ clouds: { main: { auth, ...cloud } } });
}

function read(file: string, entry?: string, settings: object = {}) {
  return CLOUDS_YAML.read(file, { entry, settings });
}

function problemsOf(file: string, entry?: string, settings: object = {}): string {
  const outcome = read(file, entry, settings);
  return 'problems' in outcome ? outcome.problems.join('; ') : 'none';
}

/** As Horizon lets one download it, with its comments. */
const OF_HORIZON = `# This is a clouds.yaml file, which can be used by OpenStack tools
clouds:
  openstack:
    auth:
      auth_url: ${URL}
      username: "ursula"
      password: 00123 # not a number
      project_id: 0a1b
      project_name: "alpha"
      user_domain_name: "Default"
    region_name: "RegionOne"
    interface: "public"
    identity_api_version: 3
    volume_api_version: 3
`;

const WITH_MERGES = `common: &common
  region_name: RegionOne
  interface: internalURL
  verify: true
clouds:
  one:
    <<: *common
    auth_type: v3applicationcredential
    auth: {auth_url: "${URL}", application_credential_id: 'abc', application_credential_secret: s3cret, username: x}
  two:
    <<: *common
    regions: [A, {name: B, values: {x: y}}]
    region_name: ''
    auth: {auth_url: "${URL}", username: u, password: ${PASSWORD}, tenant_name: t, default_domain: corp}
`;

describe('a clouds.yaml', () => {
  it.each([OF_HORIZON, WITH_MERGES, OF_HORIZON.replaceAll('\n', '\r\n'), `\uFEFF${fileOf(AUTH)}`])(
    'is told from a secret: %#',
    (file) => {
      expect(CLOUDS_YAML.isOne(file)).toBe(true);
    },
  );

  it.each(['', 'clouds', 'clouds:', 'clouds:and-rain', 'my clouds: none', '{clouds', 'x\ny: clouds:\n', PEM])(
    'is not what the secret %j is',
    (secret) => {
      expect(CLOUDS_YAML.isOne(secret)).toBe(false);
    },
  );

  it('of Horizon is read as written, ids before names', () => {
    expect(read(OF_HORIZON)).toEqual({
      ak: 'ursula',
      sk: '00123',
      settings: {
        endpoint: URL,
        auth_type: 'password',
        user_domain_name: 'Default',
        project_id: '0a1b',
        interface: 'public',
        regions: ['RegionOne'],
      },
    });
  });

  it('may have several clouds, anchors and merges', () => {
    expect(read(WITH_MERGES, 'one')).toEqual({
      ak: 'abc',
      sk: 's3cret',
      settings: {
        endpoint: URL,
        auth_type: 'application_credential',
        interface: 'internal',
        regions: ['RegionOne'],
      },
    });
    expect(read(WITH_MERGES, 'two')).toEqual({
      ak: 'u',
      sk: PASSWORD,
      settings: {
        endpoint: URL,
        auth_type: 'password',
        user_domain_name: 'corp',
        project_name: 't',
        project_domain_name: 'corp',
        interface: 'internal',
        regions: ['A', 'B'],
      },
    });
  });

  it('names its clouds where the one that is meant is not there', () => {
    expect(problemsOf(WITH_MERGES)).toBe(
      'ak must name one of the clouds of the clouds.yaml in sk, which has: one, two',
    );
    expect(problemsOf(WITH_MERGES, 'three')).toContain(
      'names no cloud of the clouds.yaml in sk, which has: one, two',
    );
    expect(problemsOf(fileOf(AUTH), 'other')).toContain('which has: main');
    expect(problemsOf(WITH_MERGES, '__proto__')).toContain('names no cloud');
  });

  it.each([
    ['cacert', { cacert: '/etc/ssl/ca.pem' }, 'clouds.main.cacert is a file of yours'],
    ['verify', { verify: false }, 'clouds.main.verify would send the password to anybody: name the CA'],
    ['insecure', { insecure: 'True' }, 'clouds.main.insecure would send'],
    ['a profile', { profile: 'vexxhost' }, 'clouds.main.profile the profile is not known to Muster'],
    ['version 2', { auth_type: 'v2password' }, 'clouds.main.auth_type must be v3password'],
    ['version 2.0', { identity_api_version: '2.0' }, 'clouds.main.identity_api_version must be 3'],
    [
      'another way to sign in',
      { auth_type: 'v3oidcpassword' },
      'clouds.main.auth_type must be one of password,',
    ],
    [
      'an interface',
      { interface: 'private' },
      'clouds.main.interface must be one of public, internal, admin',
    ],
    [
      'an unknown field',
      { regoin_name: 'A' },
      'clouds.main.regoin_name is not known here: take it out (known: auth,',
    ],
    ['a misplaced field', { password: 'x' }, 'clouds.main.password belongs into auth'],
    ['a list of regions', { regions: [[]] }, 'clouds.main.regions must be a list of names'],
    ['a map for a text', { region_name: { a: 'b' } }, 'clouds.main.region_name must be a text'],
    ['a certificate to sign in with', { cert: '/x.pem' }, 'clouds.main.cert Muster has no certificates'],
  ])('is refused for %s, by its name and what to do', (_what, cloud, problem) => {
    expect(problemsOf(fileOf(AUTH, cloud))).toContain(`sk: ${problem}`);
  });

  it.each([
    [{ ...AUTH, auth_url: 'keystone' }, 'auth.auth_url must be an http or https URL'],
    [{ ...AUTH, password: '' }, 'auth.password is missing'],
    [{ auth_url: URL, password: PASSWORD, user_id: 'x' }, 'auth.user_id Muster signs in by name'],
    [{ ...AUTH, system_scope: 'all' }, 'auth.system_scope a token for the system lists no projects'],
    [{ ...AUTH, pasword: 'x' }, 'auth.pasword is not known here'],
    [{ ...AUTH, username: 'x'.repeat(65) }, 'auth.username must be at most 64 characters'],
    [{ auth_url: URL, application_credential_id: 'x' }, 'auth.application_credential_secret is missing'],
    [{}, 'auth.auth_url is missing'],
  ])('is refused with auth of %j', (auth, problem) => {
    expect(problemsOf(fileOf(auth))).toContain(`sk: clouds.main.${problem}`);
  });

  it('takes a CA that is sent beside it for its own, and one that is written into it', () => {
    const file = fileOf(AUTH, { cacert: '/etc/ssl/ca.pem', verify: 'no' });
    expect(read(file, undefined, { tls_ca_pem: PEM })).toMatchObject({ ak: 'u', sk: PASSWORD });
    expect(read(fileOf(AUTH, { cacert: PEM }))).toMatchObject({ settings: { tls_ca_pem: PEM } });
  });

  it.each([
    [`clouds:\n  main: [${PASSWORD}`, 'cannot be read as YAML in line 2'],
    [`clouds:\n  main:\n    auth: {a: ${PASSWORD}, a: ${PASSWORD}}`, 'cannot be read as YAML in line 3'],
    [`clouds:\n  main: *${PASSWORD}`, 'cannot be read as YAML in line 2'],
    [`clouds:\n  main: !${PASSWORD} {}`, 'cannot be read as YAML'],
    ['clouds:\n', 'must be a map with an entry for each cloud'],
    [`clouds:\n  main: ${PASSWORD}`, 'clouds.main must be a map with auth'],
    [`clouds:\n  main: {auth: ${PASSWORD}}`, 'clouds.main must be a map with auth'],
  ])('that is none tells where, and nothing of what it holds: %#', (file, problem) => {
    expect(problemsOf(file)).toContain(problem);
    expect(problemsOf(file)).not.toContain(PASSWORD);
  });

  it('cannot grow by its aliases', () => {
    const doubled = Array.from(
      { length: 40 },
      (_, n) => `a${String(n + 1)}: &a${String(n + 1)} [*a${String(n)}, *a${String(n)}]`,
    );
    expect(problemsOf(['a0: &a0 x', ...doubled, OF_HORIZON].join('\n'))).toBe('none');
    const merged = Array.from(
      { length: 101 },
      (_, n) => `m${String(n + 1)}: &m${String(n + 1)} {<<: *m${String(n)}, k${String(n)}: v}`,
    );
    expect(problemsOf(['m0: &m0 {k: v}', ...merged, OF_HORIZON].join('\n'))).toContain(
      'cannot be read as YAML',
    );
  });

  it('means what was written into it, however it is quoted', () => {
    const text = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
      .filter((one) => one.trim() !== '' && one.length <= 64);
    fc.assert(
      fc.property(text, text, text, text, (cloud, username, password, region) => {
        const entry = { auth: { ...AUTH, username, password }, region_name: region };
        const name = `c${cloud}`;
        const file = JSON.stringify({ clouds: { other: {}, [name]: entry } }, undefined, 2);
        expect(CLOUDS_YAML.isOne(file)).toBe(true);
        expect(read(file, name)).toMatchObject({
          ak: username,
          sk: password,
          settings: { regions: [region] },
        });
      }),
    );
  });

  it('is read or refused, whatever it holds, and a refusal has none of its values', () => {
    const field = fc.constantFrom(
      'auth',
      'auth_type',
      'region_name',
      'regions',
      'verify',
      'cacert',
      'interface',
      'x',
    );
    const value = fc.oneof(
      fc.constant(PASSWORD),
      fc.array(fc.constant(PASSWORD), { maxLength: 2 }),
      fc.dictionary(
        fc.constantFrom('auth_url', 'username', 'password', 'token', 'project_id'),
        fc.constant(PASSWORD),
      ),
    );
    fc.assert(
      fc.property(fc.dictionary(field, value), (cloud) => {
        expect(problemsOf(JSON.stringify({ clouds: { main: cloud } }))).not.toContain(PASSWORD);
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (tail) => {
        expect(typeof problemsOf(`clouds:\n${tail}`)).toBe('string');
      }),
    );
  });
});
