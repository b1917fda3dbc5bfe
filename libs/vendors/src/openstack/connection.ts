import type { OfferedScope, VendorAgent } from '#vendor-kit';

import { regionsOf } from './catalog.js';
import type { Identity, Project } from './identity.js';
import { OpenstackError } from './openstack-error.js';
import { scopeKey } from './scope-key.js';
import type { ServiceClient } from './service-client.js';
import type { OpenstackSettings } from './settings.js';

/** What a connection is made of. */
export interface ConnectionParts {
  identity: Identity;
  services: ServiceClient;
  agent: VendorAgent;
  settings: OpenstackSettings;
  /** How many items make a page. */
  itemsPerPage: number;
}

/** One account's connection. It keeps tokens, and nothing on which a listing's completeness depends. */
export class OpenstackConnection {
  readonly identity: Identity;
  readonly services: ServiceClient;
  readonly itemsPerPage: number;

  constructor(private readonly parts: ConnectionParts) {
    this.identity = parts.identity;
    this.services = parts.services;
    this.itemsPerPage = parts.itemsPerPage;
  }

  /**
   * Where the account is listed. An administrator's regions have one scope each; of others each project has one in each
   * region, and a further one is for what none of the projects owns. A project that is gone, or disabled, is not listed
   * any more, and its rows stay.
   */
  async scopes(signal: AbortSignal): Promise<OfferedScope[]> {
    const administrated = await this.#administratedProject(signal);
    if (administrated !== undefined) {
      const regions = await this.#regions([administrated], signal);
      return regions.map((region) =>
        scopeOf(region, scopeKey(region, { kind: 'all' }), labelled('all projects', region)),
      );
    }
    const projects = await this.identity.projects(signal);
    if (projects.length === 0) throw new OpenstackError('NO_PROJECT', { host: this.identity.host });
    const regions = await this.#regions(projects, signal);
    return regions.flatMap((region) => [
      scopeOf(region, scopeKey(region, { kind: 'shared' }), labelled('shared with the projects', region)),
      ...projects.map(({ id, name }) =>
        scopeOf(region, scopeKey(region, { kind: 'project', projectId: id }), labelled(name, region)),
      ),
    ]);
  }

  /** The project with whose token everything is listed; asked anew, as a role can be taken away at any time. */
  async administrator(signal: AbortSignal): Promise<Project> {
    const project = await this.identity.administratedProject(signal);
    if (project === undefined) throw new OpenstackError('NOT_ADMINISTRATOR', { host: this.identity.host });
    return project;
  }

  async close(): Promise<void> {
    await this.parts.agent.destroy();
  }

  async #administratedProject(signal: AbortSignal): Promise<Project | undefined> {
    const { all_projects: isWanted } = this.parts.settings;
    if (isWanted === false) return undefined;
    const project = await this.identity.administratedProject(signal);
    if (project === undefined && isWanted === true) {
      throw new OpenstackError('ALL_PROJECTS_REFUSED', { host: this.identity.host });
    }
    return project;
  }

  /** By the catalog of the first project that has one: a project of a disabled domain gets no token. */
  async #regions([project, ...others]: readonly Project[], signal: AbortSignal): Promise<string[]> {
    const wanted = this.parts.settings.interface ?? 'public';
    try {
      const { catalog } = await this.identity.token(project?.id, signal);
      const regions = regionsOf(catalog, wanted);
      if (regions.length > 0) return regions;
    } catch (error) {
      const isRefused = error instanceof OpenstackError && error.code === 'PROJECT_REFUSED';
      if (!isRefused || others.length === 0) throw error;
      return await this.#regions(others, signal);
    }
    throw new OpenstackError('NO_ENDPOINTS', { host: this.identity.host, subject: wanted });
  }
}

function scopeOf(region: string, key: string, name: string): OfferedScope {
  return { key, name, ...(region === '' ? {} : { region }) };
}

function labelled(what: string, region: string): string {
  return region === '' ? what : `${region}: ${what}`;
}
