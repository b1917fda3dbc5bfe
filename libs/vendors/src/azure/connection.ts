import type { OfferedScope, VendorAgent } from '#vendor-kit';

import { AzureError } from './azure-error.js';
import type { ResourceManagerClient } from './http/resource-manager-client.js';
import { graphPages, type GraphRow } from './resource-graph.js';
import type { AzureSettings } from './settings.js';
import { type Subscription, SubscriptionAccess, visibleSubscriptions } from './subscription-access.js';

const SUBSCRIPTIONS_OF_GROUP =
  "resourcecontainers | where type =~ 'microsoft.resources/subscriptions' | order by id asc " +
  '| project id, name, properties';

/** One account's connection. */
export class AzureConnection {
  readonly access: SubscriptionAccess;

  constructor(
    readonly client: ResourceManagerClient,
    private readonly agent: VendorAgent,
    private readonly settings: AzureSettings,
    /** How many rows make a page. */
    readonly rowsPerPage: number,
  ) {
    this.access = new SubscriptionAccess(client);
  }

  /**
   * The subscriptions to list: those that the settings name, or those of the management group, or all that the
   * application sees. One that is named and not seen is listed all the same, and says so.
   */
  async scopes(signal: AbortSignal): Promise<OfferedScope[]> {
    const { subscriptions: named, management_group: group } = this.settings;
    const visible =
      group === undefined
        ? await visibleSubscriptions(this.client, signal)
        : await this.#subscriptionsOf(group, signal);
    const names = new Map(
      visible
        .filter(({ state }) => state !== 'Deleted')
        .map(({ subscriptionId, displayName }) => [subscriptionId.toLowerCase(), displayName]),
    );
    const keys = named === undefined ? [...names.keys()].sort() : named.map((id) => id.toLowerCase());
    if (keys.length === 0) throw new AzureError('NO_SUBSCRIPTION', { host: this.client.host });
    return keys.map((key) => ({ key, name: names.get(key) ?? key }));
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }

  async #subscriptionsOf(group: string, signal: AbortSignal): Promise<Subscription[]> {
    const query = { query: SUBSCRIPTIONS_OF_GROUP, managementGroups: [group] };
    const all: Subscription[] = [];
    try {
      for await (const { rows } of graphPages(
        this.client,
        query,
        { rowsPerPage: this.rowsPerPage },
        signal,
      )) {
        all.push(...rows.map(subscriptionOf));
      }
    } catch (error) {
      throw ofGroup(error, group);
    }
    return all;
  }
}

function subscriptionOf({ id, name, properties }: GraphRow): Subscription {
  const state = properties?.['state'];
  return {
    subscriptionId: id.replace(/^\/subscriptions\//i, ''),
    displayName: name,
    ...(typeof state === 'string' ? { state } : {}),
  };
}

/** A group that the application may not see is refused like one that isn't there. */
function ofGroup(error: unknown, group: string): unknown {
  if (!(error instanceof AzureError) || ![400, 403, 404].includes(error.facts.status ?? 0)) return error;
  return new AzureError('ManagementGroupNotFound', { ...error.facts, subject: group }, { cause: error });
}
