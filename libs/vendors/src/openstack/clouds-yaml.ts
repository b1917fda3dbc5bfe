import { FAILSAFE_SCHEMA, mergeTag, realMapTag } from 'js-yaml';

import type { BesideFile, CredentialsFile, FileAccount, FileProblems } from '#vendor-kit';

import { loadYaml } from '../shared/yaml/load-yaml.js';
import { authUrl } from './auth-url.js';
import { AUTH_TYPE_ALIASES, AUTH_TYPES, type AuthType, INTERFACES } from './settings.js';

/**
 * Every scalar is a text, as it is written: a password 0123 is no number, and Keystone's names are none either. Maps
 * are no objects, so that no name in them means anything.
 */
const SCHEMA = FAILSAFE_SCHEMA.withTags(mergeTag, realMapTag);
/** So many names of clouds fit into a message. */
const MAX_NAMES_SHOWN = 12;
const MAX_NAME_CHARACTERS = 64;
const MAX_PROBLEMS_SHOWN = 5;
/** COC's bound on `ak`. */
const MAX_AK_CHARACTERS = 64;

/** A top line `clouds:`, behind which the line ends or a map begins; or the same as JSON. */
const HAS_CLOUDS =
  /(?:^\uFEFF?|\n)["']?clouds["']?[ \t]*:(?:[ \t]*\r?\n|[ \t]+[{&#])|^\uFEFF?\s*\{\s*["']?clouds["']?\s*:/;

/** What is in a cloud's entry and says how other tools do what Muster doesn't do, or does by itself. */
const IGNORED = new Set([
  ...['cache', 'client', 'disable_vendor_agent', 'floating_ip_source', 'force_ipv4', 'image_api_use_tasks'],
  ...['image_format', 'message', 'networks', 'external_network', 'internal_network', 'nat_destination'],
  ...['requires_floating_ip', 'secgroup_source', 'status', 'vendor_hook', 'api_timeout', 'metrics'],
]);
/** The versions of services' APIs are negotiated. */
const IGNORED_ENDING = /_(api_version|default_microversion)$/;
const CLOUD_FIELDS = [
  ...['auth', 'auth_type', 'identity_api_version', 'region_name', 'regions'],
  ...['interface', 'endpoint_type', 'verify', 'insecure', 'cacert'],
];
const AUTH_FIELDS = [
  ...['auth_url', 'username', 'password', 'application_credential_id', 'application_credential_secret'],
  ...['user_domain_name', 'user_domain_id', 'project_name', 'project_id', 'tenant_name', 'tenant_id'],
  ...[
    'project_domain_name',
    'project_domain_id',
    'default_domain_name',
    'default_domain_id',
    'default_domain',
  ],
];
/** What others understand and Muster doesn't, and what to write instead. */
const REMEDIES: Readonly<Record<string, string>> = {
  profile:
    'the profile is not known to Muster: write what it stands for, auth_url and the rest, into the entry',
  cloud:
    'the profile is not known to Muster: write what it stands for, auth_url and the rest, into the entry',
  cert: 'Muster has no certificates of its own to sign in with: take it out, and sign in by password',
  key: 'Muster has no certificates of its own to sign in with: take it out, and sign in by password',
  'auth.user_id': 'Muster signs in by name: write username and user_domain_name instead',
  'auth.application_credential_name': 'Muster signs in by its id: write application_credential_id instead',
  'auth.system_scope':
    'a token for the system lists no projects: take it out; settings.all_projects lists all',
  'auth.domain_name': 'a token for a domain lists no projects: write user_domain_name, or project_name',
  'auth.domain_id': 'a token for a domain lists no projects: write user_domain_id, or project_id',
  'auth.token': 'a token ends after a while: write username and password, or an application credential',
  'auth.trust_id': 'Muster does not sign in by trusts: make an application credential instead',
  'auth.passcode': 'nobody is there to type one: make an application credential instead',
};
const FALSE = /^(false|no|off|0)$/i;
const TRUE = /^(true|yes|on|1)$/i;

/** OpenStack's `clouds.yaml`, as openstacksdk and the command line read it. */
export const CLOUDS_YAML: CredentialsFile = {
  name: 'clouds.yaml',
  signInSettings: [
    ...['endpoint', 'auth_type', 'interface', 'user_domain_name', 'user_domain_id'],
    ...['project_name', 'project_id', 'project_domain_name', 'project_domain_id'],
  ],
  isOne: (text) => HAS_CLOUDS.test(text),
  read: readCloudsYaml,
};

type Entry = ReadonlyMap<unknown, unknown>;

function readCloudsYaml(file: string, beside: BesideFile): FileAccount | FileProblems {
  const clouds = cloudsOf(file);
  if ('problems' in clouds) return clouds;
  const name = chosenCloud([...clouds.keys()].map(String), beside.entry);
  if (typeof name !== 'string') return name;
  const cloud: unknown = clouds.get(name);
  const auth: unknown = cloud instanceof Map ? cloud.get('auth') : undefined;
  if (cloud instanceof Map && auth instanceof Map)
    return new CloudReader(name, cloud, auth).account(beside.settings);
  return {
    problems: [
      `sk: clouds.${shownName(name)} must be a map with auth, which is a map with auth_url and so on`,
    ],
  };
}

function cloudsOf(file: string): Entry | FileProblems {
  const read = loadYaml(file, SCHEMA);
  if ('problem' in read) return { problems: [`sk: clouds.yaml ${read.problem}`] };
  const clouds: unknown = read.document instanceof Map ? read.document.get('clouds') : undefined;
  if (clouds instanceof Map && clouds.size > 0) return clouds;
  return { problems: ['sk: the clouds of clouds.yaml must be a map with an entry for each cloud'] };
}

function chosenCloud(names: readonly string[], entry = ''): string | FileProblems {
  const [first = '', ...others] = names;
  if (entry === '' && others.length === 0) return first;
  if (names.includes(entry)) return entry;
  const shown = names.slice(0, MAX_NAMES_SHOWN).map(shownName);
  const all = shown.join(', ') + (names.length > shown.length ? ', …' : '');
  const problem = entry === '' ? 'must name one of the clouds' : `names no cloud`;
  return { problems: [`ak ${problem} of the clouds.yaml in sk, which has: ${all}`] };
}

/** One cloud's entry. */
class CloudReader {
  readonly #problems: string[] = [];

  constructor(
    private readonly name: string,
    private readonly cloud: Entry,
    private readonly auth: Entry,
  ) {}

  account(given: object): FileAccount | FileProblems {
    this.#refuseUnknown();
    const type = this.#authType();
    const settings = {
      endpoint: this.#endpoint(),
      auth_type: type,
      ...(type === 'password' ? this.#userAndProject() : {}),
      ...this.#interface(),
      ...this.#regions(),
      ...this.#tls('tls_ca_pem' in given && given.tls_ca_pem !== undefined),
    };
    const [user, secret] =
      type === 'password'
        ? (['username', 'password'] as const)
        : (['application_credential_id', 'application_credential_secret'] as const);
    const ak = this.#required(user);
    const sk = this.#required(secret);
    if (ak.length > MAX_AK_CHARACTERS)
      this.#refuse(`auth.${user}`, `must be at most ${String(MAX_AK_CHARACTERS)} characters`);
    if (this.#problems.length === 0) return { ak, sk, settings };
    return { problems: this.#problems.slice(0, MAX_PROBLEMS_SHOWN) };
  }

  #refuseUnknown(): void {
    const known = (fields: readonly string[]) =>
      `is not known here: take it out (known: ${fields.join(', ')})`;
    for (const field of [...this.cloud.keys()].map(String)) {
      if (CLOUD_FIELDS.includes(field) || IGNORED.has(field) || IGNORED_ENDING.test(field)) continue;
      const isMisplaced = AUTH_FIELDS.includes(field) || REMEDIES[`auth.${field}`] !== undefined;
      this.#refuse(field, isMisplaced ? 'belongs into auth' : (REMEDIES[field] ?? known(CLOUD_FIELDS)));
    }
    for (const field of [...this.auth.keys()].map(String)) {
      const path = `auth.${field}`;
      if (!AUTH_FIELDS.includes(field)) this.#refuse(path, REMEDIES[path] ?? known(AUTH_FIELDS));
    }
  }

  #authType(): AuthType {
    const version = this.#text(this.cloud, 'identity_api_version');
    if (version !== '' && !/^v?3(\.\d+)?$/.test(version))
      this.#refuse('identity_api_version', 'must be 3: Keystone has no version 2 any more');
    const hasCredential = this.#text(this.auth, 'application_credential_id') !== '';
    const named = this.#text(this.cloud, 'auth_type');
    if (named === '') return hasCredential ? 'application_credential' : 'password';
    const type = AUTH_TYPES.find((known) => known === named) ?? AUTH_TYPE_ALIASES[named];
    if (type !== undefined) return type;
    const known = [...AUTH_TYPES, ...Object.keys(AUTH_TYPE_ALIASES)].join(', ');
    const isOld = named.startsWith('v2');
    this.#refuse(
      'auth_type',
      isOld ? 'must be v3password: Keystone has no version 2 any more' : `must be one of ${known}`,
    );
    return hasCredential ? 'application_credential' : 'password';
  }

  #endpoint(): string {
    const url = this.#required('auth_url');
    if (url !== '' && authUrl(url) === undefined)
      this.#refuse('auth.auth_url', 'must be an http or https URL without user name and password');
    return url;
  }

  /** An id goes before a name, as Keystone's own clients have it: Horizon writes both. */
  #userAndProject(): object {
    const own = (field: string) => this.#text(this.auth, field);
    const first = (...fields: string[]) => fields.map(own).find((text) => text !== '') ?? '';
    const domainId = first('default_domain_id');
    const domainName = first('default_domain_name', 'default_domain');
    const domainOf = (whose: string) => {
      const [id, name] = [own(`${whose}_domain_id`), own(`${whose}_domain_name`)];
      return id === '' && name === '' ? { id: domainId, name: domainName } : { id, name };
    };
    const project = { id: first('project_id', 'tenant_id'), name: first('project_name', 'tenant_name') };
    return {
      ...idOrName('user_domain', domainOf('user')),
      ...idOrName('project', project),
      // An id tells a project from all others, whatever its domain.
      ...(project.id === '' && project.name !== '' ? idOrName('project_domain', domainOf('project')) : {}),
    };
  }

  #interface(): object {
    const field = this.#text(this.cloud, 'interface') === '' ? 'endpoint_type' : 'interface';
    const named = this.#text(this.cloud, field).replace(/URL$/, '');
    if (named === '') return {};
    if (!INTERFACES.some((known) => known === named))
      this.#refuse(field, `must be one of ${INTERFACES.join(', ')}`);
    return { interface: named };
  }

  #regions(): object {
    const region = this.#text(this.cloud, 'region_name');
    if (region !== '') return { regions: [region] };
    const list = this.cloud.get('regions');
    if (list === undefined || list === '') return {};
    // A region may be a map, with values of its own.
    const names = Array.isArray(list)
      ? list.map((one: unknown) => (one instanceof Map ? (one as Entry).get('name') : one))
      : [];
    if (names.length === 0 || !names.every((one) => typeof one === 'string' && one !== ''))
      this.#refuse('regions', 'must be a list of names');
    return { regions: names };
  }

  /** What `settings` name already is what is verified against, whatever the file says. */
  #tls(isCaGiven: boolean): object {
    const verify = this.#text(this.cloud, 'verify');
    const insecure = this.#text(this.cloud, 'insecure');
    const cacert = this.#text(this.cloud, 'cacert');
    if (isCaGiven) return {};
    for (const [field, isOff] of [
      ['verify', FALSE.test(verify)],
      ['insecure', TRUE.test(insecure)],
    ] as const) {
      if (isOff)
        this.#refuse(
          field,
          'would send the password to anybody: name the CA, as PEM, in settings.tls_ca_pem',
        );
    }
    if (cacert === '') return {};
    if (cacert.includes('-----BEGIN CERTIFICATE-----')) return { tls_ca_pem: cacert };
    this.#refuse(
      'cacert',
      'is a file of yours, which Muster cannot read: send its content in settings.tls_ca_pem',
    );
    return {};
  }

  #required(field: string): string {
    const text = this.#text(this.auth, field);
    if (text === '') this.#refuse(`auth.${field}`, 'is missing');
    return text;
  }

  #text(of: Entry, field: string): string {
    const value = of.get(field);
    if (value === undefined || typeof value === 'string') return value ?? '';
    const path = of === this.auth ? `auth.${field}` : field;
    this.#refuse(path, 'must be a text');
    return '';
  }

  #refuse(field: string, what: string): void {
    const problem = `sk: clouds.${shownName(this.name)}.${shownName(field)} ${what}`;
    if (!this.#problems.includes(problem)) this.#problems.push(problem);
  }
}

function idOrName(what: string, { id, name }: { id: string; name: string }): object {
  if (id !== '') return { [`${what}_id`]: id };
  return name === '' ? {} : { [`${what}_name`]: name };
}

function shownName(name: string): string {
  return name.length > MAX_NAME_CHARACTERS ? `${name.slice(0, MAX_NAME_CHARACTERS)}…` : name;
}
