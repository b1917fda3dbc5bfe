import type { OfferedScope, VendorAgent } from '#vendor-kit';

import { placeOf } from '../connection.js';
import type { HcsSettings } from '../settings.js';
import type { ManageOneCall, ManageOneClient } from './manageone-client.js';

/** All that ManageOne knows, of all tenants and regions. Its rows say themselves where they are. */
const EVERYTHING: OfferedScope = { key: 'manageone', name: 'ManageOne' };

/** Where instances are. Builds of before the first one was there have the tenants' in the other, too. */
const LISTS = ['/rest/tenant-resource/v1/instances/', '/rest/cmdb/v1/instances/'];

/** What a connection is made of. */
export interface ManageOneParts {
  client: ManageOneClient;
  agent: VendorAgent;
  settings: HcsSettings;
  /** How many rows are asked for at once. */
  pageSize: number;
}

/** An operator's connection. It keeps a session, and nothing on which a listing's completeness depends. */
export class ManageOneConnection {
  readonly client: ManageOneClient;
  readonly pageSize: number;
  readonly homeRegion: string;

  constructor(private readonly parts: ManageOneParts) {
    ({ client: this.client, pageSize: this.pageSize } = parts);
    this.homeRegion = parts.settings.home_region;
  }

  /** Where a class may be listed, the likeliest first. */
  pathsOf(classNames: readonly string[]): string[] {
    return LISTS.flatMap((list) => classNames.map((className) => list + className));
  }

  /** A call for what is at one of these paths; of one project only, where one is named. */
  listCall(path: string, projectId: string | undefined): ManageOneCall {
    const condition = {
      constraint: [{ simple: { name: 'projectId', operator: 'equal', value: projectId } }],
    };
    return {
      operation: `ManageOne's list of ${path.split('/').at(-1) ?? ''}`,
      path,
      query: projectId === undefined ? {} : { condition: JSON.stringify(condition) },
    };
  }

  /**
   * The projects that the settings name, by the same keys as the tenants' services are listed by, so that it is the
   * same resources; or all in one.
   */
  scopes(): OfferedScope[] {
    const { projects } = this.parts.settings;
    if (projects === undefined) return [EVERYTHING];
    return projects.map((named) => {
      const { region, projectId } = placeOf(named.includes('/') ? named : `${this.homeRegion}/${named}`);
      return { key: `${region}/${projectId}`, name: projectId, region };
    });
  }

  async close(): Promise<void> {
    await this.client.disconnect();
    await this.parts.agent.destroy();
  }
}

/** The project that a scope is, in its region; `undefined` for the one that is everything. */
export function projectOf(scopeKey: string): { region: string; projectId: string } | undefined {
  return scopeKey === EVERYTHING.key ? undefined : placeOf(scopeKey);
}
