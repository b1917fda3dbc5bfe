import type { JsonObject } from '#domain';

import { unlessAborted } from '../shared/unless-aborted.js';
import { type Endpoint, readCatalog } from './catalog.js';
import { OpenstackError } from './openstack-error.js';
import type { OpenstackAnswer, OpenstackHttp } from './openstack-http.js';
import { authTypeOf, type OpenstackSettings } from './settings.js';

/** A project that the user may sign in to. */
export interface Project {
  id: string;
  name: string;
}

/** A token, and what Keystone said with it. */
export interface Token {
  id: string;
  userId: string;
  /** Absent: the token is for no project, and good for finding them only. */
  project: Project | undefined;
  catalog: readonly Endpoint[];
  /** When it was issued, by Keystone's clock, in milliseconds since 1970; NaN: it doesn't say. */
  issuedMs: number;
  /** When it is to be renewed, by `performance.now()`. */
  renewAt: number;
}

/** A token is renewed when a fifth of its life is left, so that it outlives the call that it is for. */
const RENEW_AFTER = 0.8;
/** Keystone's own default, for a token that doesn't say until when it is good. */
const DEFAULT_LIFETIME_MS = 3_600_000;
/** The role to which the services' own policies show all projects. */
const ADMINISTRATOR = 'admin';
const API = 'identity';
/** The key of the token for the project of the settings. */
const HOME = '';

/** Who signs in, and where. */
export interface SignIn {
  /** Keystone's API, version 3, without a slash at its end. */
  url: URL;
  ak: string;
  sk: string;
  settings: OpenstackSettings;
}

/** What one connection knows of Keystone: tokens, one for each project, got when they are needed. */
export class Identity {
  readonly #tokens = new Map<string, Token>();
  readonly #signingIn = new Map<string, Promise<Token>>();
  /** Keystone's time at the zero of `performance.now()`, in milliseconds; a little early. */
  #clockMs = NaN;

  constructor(
    private readonly signIn: SignIn,
    private readonly http: OpenstackHttp,
  ) {}

  get host(): string {
    return this.signIn.url.host;
  }

  /** Whether tokens come without TLS already. */
  get isClear(): boolean {
    return this.signIn.url.protocol === 'http:';
  }

  /** Whether the account is bound to one project, by its settings or its application credential. */
  get isOfOneProject(): boolean {
    const { settings } = this.signIn;
    const isNamed = settings.project_name !== undefined || settings.project_id !== undefined;
    return isNamed || authTypeOf(settings) === 'application_credential';
  }

  /**
   * A token for a project, or the one that the settings lead to.
   * @throws {OpenstackError} when there is none to be had
   * @throws {SyncError} when the gate doesn't let the call pass
   * @throws the signal's reason when aborted
   */
  async token(projectId: string | undefined, signal: AbortSignal): Promise<Token> {
    signal.throwIfAborted();
    const key = this.isOfOneProject ? HOME : (projectId ?? HOME);
    const current = this.#tokens.get(key);
    if (current !== undefined && performance.now() < current.renewAt) return current;
    let signingIn = this.#signingIn.get(key);
    if (signingIn === undefined) {
      // Without the signal: others may wait for the same token.
      signingIn = this.#request(key).finally(() => this.#signingIn.delete(key));
      this.#signingIn.set(key, signingIn);
    }
    return await unlessAborted(signingIn, signal);
  }

  /**
   * The time by Keystone's clock, as far as a token has told it: not later than it is, and earlier by as long as the
   * token took to come. Services need not say what time it is: behind uWSGI's own HTTP server no answer has a `Date`.
   */
  now(): Date | undefined {
    return Number.isNaN(this.#clockMs) ? undefined : new Date(this.#clockMs + performance.now());
  }

  /** Forgets a token that was refused, unless another has taken its place already. */
  forget({ id }: Token): void {
    for (const [key, token] of this.#tokens) if (token.id === id) this.#tokens.delete(key);
  }

  /** The enabled projects to list one by one, sorted by id. Asked anew each time. */
  async projects(signal: AbortSignal): Promise<Project[]> {
    if (this.isOfOneProject) {
      const { project } = await this.token(undefined, signal);
      return project === undefined ? [] : [project];
    }
    const { document } = await this.#get('/auth/projects', signal);
    const { projects } = document;
    if (!Array.isArray(projects)) throw this.#error('MALFORMED_ANSWER', 'identity GET /auth/projects');
    return (projects as unknown as (Project & { enabled?: boolean })[])
      .filter(({ enabled }) => enabled !== false)
      .map(({ id, name }) => ({ id, name }))
      .sort((one, other) => (one.id < other.id ? -1 : 1));
  }

  /**
   * The project whose administrator the user is, if it is one. Of several, Keystone's own `admin` is looked at only:
   * a user of a thousand projects would need a thousand tokens to find out.
   */
  async administratedProject(signal: AbortSignal): Promise<Project | undefined> {
    const projects = await this.projects(signal);
    const project = this.isOfOneProject ? projects[0] : projects.find(({ name }) => name === ADMINISTRATOR);
    return project !== undefined && (await this.#isAdministrator(project, signal)) ? project : undefined;
  }

  /**
   * What the token may do now, not when it was given. Neutron, Glance and others show all projects to
   * administrators, and to others just their own, without a word.
   */
  async #isAdministrator({ id }: Project, signal: AbortSignal): Promise<boolean> {
    const { document } = await this.#get('/auth/tokens', signal, id);
    const { roles } = (document['token'] ?? {}) as { roles?: { name?: string }[] };
    return roles?.some(({ name }) => name === ADMINISTRATOR) === true;
  }

  async #get(path: string, signal: AbortSignal, projectId?: string): Promise<OpenstackAnswer> {
    const call = async (): Promise<OpenstackAnswer> => {
      const token = await this.token(projectId, signal);
      const headers = { 'x-auth-token': token.id, 'x-subject-token': token.id };
      try {
        return await this.http.call(this.#callOf(path, headers), signal);
      } catch (error) {
        // Keystone says 404 of a subject that has ended since.
        if (hasStatus(error, [401, 404])) this.forget(token);
        throw error;
      }
    };
    try {
      return await call().catch((error: unknown) => {
        if (!hasStatus(error, [401, 404])) throw error;
        return call();
      });
    } catch (error) {
      throw hasStatus(error, [401]) ? this.#error('SIGN_IN_REFUSED', `identity GET ${path}`, error) : error;
    }
  }

  #callOf(path: string, headers: Readonly<Record<string, string>>, body?: JsonObject) {
    const url = new URL(this.signIn.url);
    url.pathname += path;
    const operation = `identity ${body === undefined ? 'GET' : 'POST'} ${path}`;
    return { api: API, operation, url, headers, ...(body === undefined ? {} : { body }) };
  }

  async #request(key: string): Promise<Token> {
    const begin = performance.now();
    const body = signInBody(this.signIn, key === HOME ? undefined : key);
    try {
      const { document, headers } = await this.http.call(this.#callOf('/auth/tokens', {}, body));
      const token = tokenOf(headers['x-subject-token'], document['token'], begin);
      if (token === undefined) throw this.#error('NOT_KEYSTONE', 'identity POST /auth/tokens');
      this.#tokens.set(key, token);
      this.#clockMs = token.issuedMs - performance.now();
      return token;
    } catch (error) {
      throw this.#refused(error, key);
    }
  }

  /** A refusal of Keystone's means other things than a service's. */
  #refused(error: unknown, key: string): unknown {
    if (!(error instanceof OpenstackError) || error.facts.brokeOff === true) return error;
    const CODES: Readonly<Record<string, string>> = {
      'HTTP 400': 'SIGN_IN_REFUSED',
      'HTTP 401': 'SIGN_IN_REFUSED',
      'HTTP 403': 'SIGN_IN_FORBIDDEN',
      'HTTP 404': 'NOT_KEYSTONE',
      'HTTP 405': 'NOT_KEYSTONE',
      MALFORMED_ANSWER: 'NOT_KEYSTONE',
      ENDPOINT_REDIRECTED: 'REDIRECTED',
    };
    const code = CODES[error.code];
    if (code === undefined) return error;
    // Who has signed in already is known, so it is the project that is refused.
    const isOfProject = code === 'SIGN_IN_REFUSED' && key !== HOME;
    const facts = isOfProject ? { ...error.facts, subject: key } : error.facts;
    return new OpenstackError(isOfProject ? 'PROJECT_REFUSED' : code, facts, { cause: error });
  }

  #error(code: string, operation: string, cause?: unknown): OpenstackError {
    return new OpenstackError(code, { host: this.host, operation }, { cause });
  }
}

/** The body of `POST /auth/tokens`. */
function signInBody({ ak, sk, settings }: SignIn, projectId: string | undefined): JsonObject {
  if (authTypeOf(settings) === 'application_credential') {
    // It is bound to a project: Keystone refuses a scope beside it.
    const identity = { methods: ['application_credential'], application_credential: { id: ak, secret: sk } };
    return { auth: { identity } };
  }
  const userDomain: JsonObject =
    settings.user_domain_id === undefined
      ? { name: settings.user_domain_name ?? 'Default' }
      : { id: settings.user_domain_id };
  const user = { name: ak, domain: userDomain, password: sk };
  const identity = { methods: ['password'], password: { user } };
  return { auth: { identity, scope: scopeOf(settings, projectId, userDomain) } };
}

function scopeOf(
  settings: OpenstackSettings,
  projectId: string | undefined,
  userDomain: JsonObject,
): JsonObject | string {
  const id = projectId ?? settings.project_id;
  if (id !== undefined) return { project: { id } };
  if (settings.project_name === undefined) return 'unscoped';
  const { project_domain_id: domainId, project_domain_name: domainName } = settings;
  const named = domainName === undefined ? userDomain : { name: domainName };
  return {
    project: { name: settings.project_name, domain: domainId === undefined ? named : { id: domainId } },
  };
}

/** What Keystone says of a token: times are its own, so that our clock may be off. */
interface TokenDocument {
  issued_at?: string;
  expires_at?: string;
  user?: { id?: string };
  project?: Project;
  catalog?: unknown;
}

function tokenOf(id: string | undefined, document: unknown, begin: number): Token | undefined {
  if (id === undefined || typeof document !== 'object' || document === null) return undefined;
  const {
    issued_at: issued = '',
    expires_at: expires = '',
    user,
    project,
    catalog,
  } = document as TokenDocument;
  const issuedMs = Date.parse(issued);
  const lifetime = Date.parse(expires) - issuedMs;
  const lifetimeMs = Number.isFinite(lifetime) ? lifetime : DEFAULT_LIFETIME_MS;
  return {
    id,
    userId: user?.id ?? '',
    project: project === undefined ? undefined : { id: project.id, name: project.name },
    catalog: readCatalog(catalog),
    issuedMs,
    renewAt: begin + lifetimeMs * RENEW_AFTER,
  };
}

/** Whether a call was answered with one of these statuses. */
export function hasStatus(error: unknown, statuses: readonly number[]): boolean {
  return error instanceof OpenstackError && statuses.includes(error.facts.status ?? 0);
}
