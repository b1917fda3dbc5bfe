import type { OfferedScope, VendorAgent } from '#vendor-kit';

import { textAt } from '../shared/huawei-api/document.js';
import { factsOf, type HuaweiCall, type HuaweiClient, listIn } from '../shared/huawei-api/huawei-client.js';
import { HuaweiError } from '../shared/huawei-api/huawei-error.js';
import { pathOf } from '../shared/huawei-signing/sign-request.js';
import { configOrigin, ecsOrigin, iamOrigin } from './endpoints.js';
import { CONFIG_API, IAM_API } from './quotas.js';
import type { RmsSettings } from './settings.js';

/** Config's region of what is in none. */
export const GLOBAL_SCOPE: OfferedScope = { key: 'global', name: 'Global' };

/** Regions become part of host names. */
const REGION_ID = /^[a-z\d]+(-[a-z\d]+)*$/i;
/** A project of OBS's own, which is no region's. */
const NOT_A_REGION = 'MOS';

/** What a connection is made of. */
export interface RmsConnectionParts {
  client: HuaweiClient;
  agent: VendorAgent;
  settings: RmsSettings;
  domainId: string;
  /** How many resources make a page of Config's. */
  pageSize: number;
}

/** One account's connection. */
export class RmsConnection {
  readonly client: HuaweiClient;
  readonly domainId: string;
  readonly pageSize: number;

  constructor(private readonly parts: RmsConnectionParts) {
    ({ client: this.client, domainId: this.domainId, pageSize: this.pageSize } = parts);
  }

  /** Whether servers are looked up at ECS. */
  get hasServerDetails(): boolean {
    return this.parts.settings.server_details !== false;
  }

  /** A call of Config, of something of the account's. */
  configCall(name: string, operation: string, action: string): HuaweiCall {
    return {
      api: CONFIG_API,
      operation,
      action,
      origin: configOrigin(this.parts.settings),
      path: pathOf('v1', 'resource-manager', 'domains', this.domainId, name),
      scope: { 'x-domain-id': this.domainId },
    };
  }

  ecsOrigin(region: string): string {
    return ecsOrigin(region, this.parts.settings);
  }

  /** The regions that Config sees, and those that have a project of the account's; and what is in none. */
  async scopes(signal: AbortSignal): Promise<OfferedScope[]> {
    const call = this.configCall('regions', "Config's list of regions", 'rms:resources:list');
    const visible = listIn(await this.client.get(call, signal), 'value', call);
    const names = new Map(
      visible.map((region) => {
        const key = textAt(region, 'region_id') ?? '';
        return [key, textAt(region, 'display_name') ?? key];
      }),
    );
    for (const region of await this.#projectRegions(signal)) {
      if (!names.has(region)) names.set(region, region);
    }
    names.delete(GLOBAL_SCOPE.key);
    const strange = [...names.keys()].find((region) => !REGION_ID.test(region));
    if (strange !== undefined) throw new HuaweiError('MALFORMED_ANSWER', factsOf(call));
    const regions = [...names].map(([key, name]) => ({ key, name, region: key }));
    return [...regions.sort(({ key }, { key: other }) => (key < other ? -1 : 1)), GLOBAL_SCOPE];
  }

  async close(): Promise<void> {
    await this.parts.agent.destroy();
  }

  /** Projects are called as their region, or as that with a name of the user's behind it: `cn-north-4_shop`. */
  async #projectRegions(signal: AbortSignal): Promise<string[]> {
    const call = iamCall(this.parts.settings, 'projects', "IAM's list of projects");
    const projects = listIn(await this.client.get(call, signal), 'projects', call);
    return projects.flatMap((project) => {
      const [region = ''] = (textAt(project, 'name') ?? '').split('_');
      return region === NOT_A_REGION || !REGION_ID.test(region) ? [] : [region];
    });
  }
}

/**
 * The id of the account that the key belongs to; which is to be the one of the settings, where that is set. Serves as
 * the check of the key.
 */
export async function findDomain(
  client: HuaweiClient,
  settings: RmsSettings,
  signal: AbortSignal,
): Promise<string> {
  const call = iamCall(settings, 'domains', "IAM's list of accounts");
  const answer = await client.get(call, signal).catch((error: unknown) => {
    throw error instanceof HuaweiError && error.facts.status === 404
      ? new HuaweiError('WRONG_ENDPOINT', error.facts, { cause: error })
      : error;
  });
  const ids = listIn(answer, 'domains', call).map((domain) => textAt(domain, 'id'));
  const { domain_id: wanted = ids[0] } = settings;
  if (wanted === undefined) throw new HuaweiError('NO_DOMAIN', factsOf(call));
  if (!ids.includes(wanted)) throw new HuaweiError('FOREIGN_DOMAIN', { ...factsOf(call), subject: wanted });
  return wanted;
}

/** What IAM answers of the key's own, which needs no permission. */
function iamCall(settings: RmsSettings, name: string, operation: string): HuaweiCall {
  return { api: IAM_API, operation, origin: iamOrigin(settings), path: pathOf('v3', 'auth', name) };
}
