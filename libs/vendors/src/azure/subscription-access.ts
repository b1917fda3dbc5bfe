import { type GrantedActions, isAllowed } from './allowed-actions.js';
import { AzureError } from './azure-error.js';
import type { ResourceManagerClient } from './http/resource-manager-client.js';
import { RESOURCE_MANAGER_API } from './quotas.js';

const SUBSCRIPTIONS_VERSION = '2022-12-01';
const PERMISSIONS_VERSION = '2022-04-01';

/** A subscription as Azure Resource Manager describes it. */
export interface Subscription {
  subscriptionId: string;
  displayName?: string;
  /** `Enabled`, `Warned`, `PastDue`, `Disabled`, `Deleted`. */
  state?: string;
}

/** All subscriptions that the application sees. */
export async function visibleSubscriptions(
  client: ResourceManagerClient,
  signal: AbortSignal,
): Promise<Subscription[]> {
  const path = `/subscriptions?api-version=${SUBSCRIPTIONS_VERSION}`;
  const call = { api: RESOURCE_MANAGER_API, operation: 'the list of subscriptions', path };
  const all: Subscription[] = [];
  for await (const { value = [] } of client.pages<Subscription>(call, signal)) all.push(...value);
  return all;
}

/**
 * What Resource Graph doesn't say: it answers with what the application may see, and where that is nothing (a role
 * that was taken away, a disabled subscription, a role without one type) with nothing, as if all were deleted. So
 * what a listing needs is asked for before it is called complete.
 */
export class SubscriptionAccess {
  constructor(private readonly client: ResourceManagerClient) {}

  /** @throws {AzureError} when the subscription isn't there to be listed */
  async checkEnabled(subscriptionId: string, signal: AbortSignal): Promise<void> {
    const path = `/subscriptions/${subscriptionId}?api-version=${SUBSCRIPTIONS_VERSION}`;
    const call = { api: apiOf(subscriptionId), operation: 'the subscription', path };
    const facts = { host: this.client.host, subject: subscriptionId };
    try {
      const { state } = await this.client.call<Subscription>(call, signal);
      if (state === 'Disabled') throw new AzureError('SUBSCRIPTION_DISABLED', facts);
      if (state === 'Deleted') throw new AzureError('SubscriptionNotFound', facts);
    } catch (error) {
      if (!(error instanceof AzureError)) throw error;
      throw new AzureError(error.code, { ...error.facts, subject: subscriptionId }, { cause: error });
    }
  }

  /** @throws {AzureError} `MISSING_ACTION`, naming the first that the application may not do there */
  async checkActions(actions: readonly string[], subscriptionId: string, signal: AbortSignal): Promise<void> {
    const path =
      `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/permissions` +
      `?api-version=${PERMISSIONS_VERSION}`;
    const call = { api: apiOf(subscriptionId), operation: 'the list of permissions', path };
    const granted: GrantedActions[] = [];
    for await (const { value = [] } of this.client.pages<GrantedActions>(call, signal))
      granted.push(...value);
    const action = actions.find((candidate) => !isAllowed(candidate, granted));
    if (action === undefined) return;
    throw new AzureError('MISSING_ACTION', { host: this.client.host, action, subject: subscriptionId });
  }
}

/** Azure Resource Manager limits reads per subscription. */
function apiOf(subscriptionId: string): string {
  return `${RESOURCE_MANAGER_API}/${subscriptionId}`;
}
