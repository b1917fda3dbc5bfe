import { randomUUID } from 'node:crypto';

import type { JsonObject } from '#domain';

import { type Answer, jsonAnswer } from '../http/answer.js';
import type { SimulatedRequest } from '../http/simulator-server.js';
import { OWNER_USER } from './estates/estate-builder.js';
import type { OpenstackEstate, SimulatedProject } from './openstack-estate.js';
import type { OpenstackFaults } from './openstack-faults.js';
import { SIMULATED_SERVICES } from './services.js';

/** Who may sign in, all with one password. */
export const USERS = ['admin', OWNER_USER, 'nobody'] as const;
export type UserName = (typeof USERS)[number];

/** What Keystone knows of a token. */
export interface IssuedToken {
  user: UserName;
  project: SimulatedProject | undefined;
  expires: number;
  callsLeft: number;
}

export interface KeystoneOptions {
  password: string;
  /** An application credential of the user `member` for the first project that it has. */
  credential: { id: string; secret: string };
  tokenSeconds: number;
  regions: readonly string[];
}

interface AuthBody {
  auth?: {
    identity?: {
      methods?: string[];
      password?: { user?: { name?: string; domain?: { name?: string }; password?: string } };
      application_credential?: { id?: string; secret?: string };
    };
    scope?: 'unscoped' | { project?: { id?: string; name?: string; domain?: { name?: string } } };
  };
}

/** Keystone's API, version 3, as far as it is needed to sign in. */
export class Keystone {
  private readonly tokens = new Map<string, IssuedToken>();

  constructor(
    private readonly estate: OpenstackEstate,
    private readonly options: KeystoneOptions,
    private readonly faults: () => OpenstackFaults,
  ) {}

  forgetTokens(): void {
    this.tokens.clear();
  }

  /** A token that is still good, for one more call. */
  use(id: string | undefined): IssuedToken | undefined {
    const token = this.tokens.get(id ?? '');
    if (token === undefined || Date.now() >= token.expires || token.callsLeft <= 0) return undefined;
    token.callsLeft -= 1;
    this.faults().countUse();
    return token;
  }

  isAdministrator({ user }: IssuedToken): boolean {
    return user === 'admin' && !this.faults().lostRoles.has('admin');
  }

  answer(path: string, request: SimulatedRequest, origin: string): Answer {
    if (path === '/auth/tokens' && request.method === 'POST') return this.signIn(request, origin);
    const token = this.use(header(request, 'x-auth-token'));
    if (token === undefined) return unauthorized();
    if (path === '/auth/projects') {
      const projects = this.projectsOf(token.user).map((project) => ({ ...project, domain_id: 'default' }));
      return jsonAnswer(200, { projects, links: { next: null } });
    }
    if (path === '/auth/tokens') {
      const subject = this.tokens.get(header(request, 'x-subject-token') ?? '');
      if (subject === undefined) return fault(404, 'Not Found', 'Could not recognize Fernet token');
      return jsonAnswer(200, { token: this.describe(subject, origin) });
    }
    return fault(404, 'Not Found', `(http://keystone${path}): The resource could not be found.`);
  }

  private projectsOf(user: UserName): SimulatedProject[] {
    if (user === 'nobody') return [];
    return this.estate.projects.filter(({ name }) => user === 'admin' || name !== 'admin');
  }

  private signIn(request: SimulatedRequest, origin: string): Answer {
    const { identity, scope } = (JSON.parse(request.body.toString('utf8')) as AuthBody).auth ?? {};
    const signedIn =
      identity?.methods?.[0] === 'password' ? this.byPassword(identity) : this.byCredential(identity);
    // Keystone refuses a scope beside an application credential, which has its own.
    if (signedIn === undefined || (signedIn.project !== undefined && scope !== undefined))
      return unauthorized();
    const project = signedIn.project ?? this.projectIn(scope, signedIn.user);
    const isScoped = scope !== undefined && scope !== 'unscoped';
    if (isScoped && project === undefined) return unauthorized();
    const token: IssuedToken = {
      user: signedIn.user,
      project,
      expires: Date.now() + this.options.tokenSeconds * 1_000,
      callsLeft: this.faults().callsPerToken ?? Infinity,
    };
    const id = `gAAAAA${randomUUID()}`;
    this.tokens.set(id, token);
    return jsonAnswer(201, { token: this.describe(token, origin) }, { 'X-Subject-Token': id });
  }

  private byPassword(identity: NonNullable<AuthBody['auth']>['identity']) {
    const { name, domain, password } = identity?.password?.user ?? {};
    const user = USERS.find((known) => known === name);
    if (user === undefined || domain?.name !== 'Default' || password !== this.options.password)
      return undefined;
    return { user, project: undefined };
  }

  private byCredential(identity: NonNullable<AuthBody['auth']>['identity']) {
    const { id, secret } = identity?.application_credential ?? {};
    const { credential } = this.options;
    if (id !== credential.id || secret !== credential.secret) return undefined;
    const [project] = this.projectsOf(OWNER_USER);
    return { user: OWNER_USER, project } as const;
  }

  private projectIn(
    scope: NonNullable<AuthBody['auth']>['scope'],
    user: UserName,
  ): SimulatedProject | undefined {
    if (scope === undefined || scope === 'unscoped') return undefined;
    const { id, name, domain } = scope.project ?? {};
    return this.projectsOf(user).find(
      (project) =>
        project.enabled &&
        !this.faults().refusedProjects.has(project.id) &&
        (project.id === id || (project.name === name && domain?.name === 'Default')),
    );
  }

  private describe(token: IssuedToken, origin: string): JsonObject {
    const { user, project, expires } = token;
    const expiresAt = expires + this.faults().clockAheadMs;
    const times = {
      issued_at: new Date(expiresAt - this.options.tokenSeconds * 1_000).toISOString(),
      expires_at: new Date(expiresAt).toISOString(),
    };
    const named: JsonObject = { methods: ['password'], user: { id: `user-${user}`, name: user }, ...times };
    if (project === undefined) return named;
    const role = this.isAdministrator(token) ? 'admin' : 'member';
    return {
      ...named,
      project: { id: project.id, name: project.name, domain: { id: 'default', name: 'Default' } },
      roles: [{ id: `role-${role}`, name: role }],
      catalog: this.catalog(project, origin),
    };
  }

  private catalog({ id }: SimulatedProject, origin: string): JsonObject[] {
    const offered = SIMULATED_SERVICES.filter(({ type }) => !this.faults().missingServices.has(type));
    return offered.map(({ type, catalogPath }) => ({
      id: type,
      type,
      name: type,
      endpoints: this.options.regions.flatMap((region) =>
        ['public', 'internal'].map((name) => ({
          id: `${type}-${region}-${name}`,
          interface: name,
          ...(region === '' ? { region: null, region_id: null } : { region, region_id: region }),
          url: `${origin}/${region === '' ? '-' : region}${catalogPath.replace('{project}', id)}`,
        })),
      ),
    }));
  }
}

function header({ headers }: SimulatedRequest, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}

export function unauthorized(): Answer {
  return fault(401, 'Unauthorized', 'The request you have made requires authentication.');
}

function fault(code: number, title: string, message: string): Answer {
  return jsonAnswer(code, { error: { code, title, message } });
}
