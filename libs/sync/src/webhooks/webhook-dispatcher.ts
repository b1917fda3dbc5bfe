import type { FeedPosition, FeedRepository, LeasedWebhook, WebhookDeliveryRepository } from '#database';
import type { DeliveryOutcome, Metrics } from '#metrics';
import type { Logger, Vault } from '#platform';
import type { VendorAgent, VendorNetwork } from '#vendor-kit';

import type { EngineTiming } from '../engine.js';
import { toMarker } from '../feeds/marker.js';
import { RepeatedPasses } from '../repeated-passes.js';
import { toCloudEvent } from './cloud-event.js';
import { ANSWER_MS, type DeliveryFailure, postMessage } from './post-message.js';
import { signMessage } from './sign-message.js';
import { deliveryDelayMs, MAX_DELIVERY_ATTEMPTS } from './webhook-retry.js';

/** Renewed with each message. */
const LEASE_MS = 3 * ANSWER_MS;
/** So many receivers at once, in a process; and so many of one tenant. */
const MAX_RECEIVERS = 50;
const MAX_OF_TENANT = 5;
/** So many messages before others have their turn. */
const PAGE_MESSAGES = 50;

export interface WebhookDispatcherOptions {
  webhooks: WebhookDeliveryRepository;
  feeds: FeedRepository;
  vault: Vault;
  network: VendorNetwork;
  log: Logger;
  metrics: Metrics;
  timing: Pick<EngineTiming, 'scheduleMs' | 'redeliverMs'>;
}

/**
 * Tells webhooks what happened. Every worker runs one: Postgres says what there is to tell, and gives each webhook to
 * one of them. A webhook is told one message at a time, in the order of its tenant's feed, and each until it has taken
 * it or it is a dead letter, so that a slow receiver delays itself only. What is told when a worker dies is told again.
 */
export class WebhookDispatcher {
  private readonly agent: VendorAgent;
  private readonly underWay = new Map<string, { tenantId: string; telling: Promise<void> }>();
  private readonly stopping = new AbortController();
  private readonly passes: RepeatedPasses;

  constructor(private readonly options: WebhookDispatcherOptions) {
    this.agent = options.network.agent({ connect: { timeout: ANSWER_MS } });
    this.passes = new RepeatedPasses(() => this.look(), {
      everyMs: options.timing.scheduleMs,
      onError: (error) => {
        options.log.warn({ err: error }, 'webhooks could not be looked for; trying again');
      },
    });
  }

  /** Looks at once, and then every `scheduleMs`. */
  start(): void {
    this.passes.start();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.passes.stop();
    await Promise.all([...this.underWay.values()].map(({ telling }) => telling));
    await this.agent.destroy();
  }

  private async look(): Promise<void> {
    const free = MAX_RECEIVERS - this.underWay.size;
    if (free <= 0) return;
    const claimed = await this.options.webhooks.claim(LEASE_MS, free, this.busyTenants());
    for (const webhook of claimed) {
      const telling = this.tell(webhook)
        .catch((error: unknown) => {
          if (this.stopping.signal.aborted) return;
          this.options.log.warn(
            { err: error, webhook: webhook.id },
            'a webhook could not be told; trying again',
          );
        })
        .finally(() => this.underWay.delete(webhook.id));
      this.underWay.set(webhook.id, { tenantId: webhook.tenantId, telling });
    }
  }

  private busyTenants(): string[] {
    const counts = new Map<string, number>();
    for (const { tenantId } of this.underWay.values()) counts.set(tenantId, (counts.get(tenantId) ?? 0) + 1);
    return [...counts].flatMap(([tenantId, count]) => (count >= MAX_OF_TENANT ? [tenantId] : []));
  }

  /** Sends again what somebody asked for, then a page of what comes next. */
  private async tell(webhook: LeasedWebhook): Promise<void> {
    const { webhooks, feeds, vault, log, metrics } = this.options;
    const secrets = await openSecrets(vault, webhook);
    for (const letter of await webhooks.replays(webhook, PAGE_MESSAGES)) {
      if (!(await webhooks.renew(webhook, LEASE_MS))) return;
      const failed = await this.post(webhook, secrets, { id: letter.messageId, message: letter.message });
      await webhooks.endReplay(letter, failed?.failure);
      metrics.endDelivery(failed === undefined ? 'taken' : 'given_up');
      if (failed !== undefined) break; // the next one in its next turn
    }
    const { types, tenantId } = webhook;
    const filter = types.length === 0 ? {} : { types };
    const page = await feeds.events(tenantId, webhook.position, filter, PAGE_MESSAGES);
    if (page === undefined) {
      log.warn({ webhook: webhook.id }, 'events were removed before a webhook was told of them');
      await webhooks.skipRemoved(webhook, 'Events were removed because of their age before they were told.');
      return;
    }
    const key = await feeds.findKey(tenantId);
    if (key === undefined) return; // no such tenant any more
    let { attempts } = webhook;
    for (const event of page.items) {
      const id = toMarker('events', event.position, key);
      const message = { id, message: toCloudEvent(event, id) };
      const isOurs = await this.deliver({ webhook, secrets, attempts }, message, event.position);
      if (!isOurs) return;
      attempts = 0;
    }
    await webhooks.release(webhook, page.next);
  }

  /** False when the webhook is not to be told more now. */
  private async deliver(
    { webhook, secrets, attempts }: { webhook: LeasedWebhook; secrets: SigningSecret[]; attempts: number },
    { id, message }: Message,
    position: FeedPosition,
  ): Promise<boolean> {
    const { webhooks, log, metrics, timing } = this.options;
    const failed = await this.post(webhook, secrets, { id, message });
    const made = attempts + 1;
    metrics.endDelivery(outcomeOf(failed, made));
    if (failed === undefined) return webhooks.advance(webhook, position, LEASE_MS);
    const { failure, retryAfterMs } = failed;
    log.info({ webhook: webhook.id, message: id, attempt: made, failure }, 'a message was not taken');
    if (made < MAX_DELIVERY_ATTEMPTS) {
      await webhooks.putOff(webhook, failure, deliveryDelayMs(made, retryAfterMs, timing.redeliverMs));
      return false;
    }
    const letter = { messageId: id, message, attempts: made, failure };
    return (await webhooks.bury(webhook, letter, position)) && webhooks.renew(webhook, LEASE_MS);
  }

  private async post(
    webhook: LeasedWebhook,
    secrets: readonly SigningSecret[],
    { id, message }: Message,
  ): Promise<DeliveryFailure | undefined> {
    const body = JSON.stringify(message);
    const now = new Date();
    const valid = secrets.filter(({ until }) => until === undefined || now < until);
    const headers = {
      'content-type': 'application/cloudevents+json; charset=utf-8',
      'user-agent': 'Muster',
      ...signMessage(
        { id, body },
        valid.map(({ secret }) => secret),
        now,
      ),
    };
    return postMessage(this.agent, new URL(webhook.url), { headers, body }, this.stopping.signal);
  }
}

interface Message {
  id: string;
  message: object;
}

function outcomeOf(failed: DeliveryFailure | undefined, attempts: number): DeliveryOutcome {
  if (failed === undefined) return 'taken';
  return attempts < MAX_DELIVERY_ATTEMPTS ? 'failed' : 'given_up';
}

interface SigningSecret {
  secret: string;
  /** Absent: until it is changed. */
  until?: Date;
}

/** The present one, and the one before while a receiver may still go by it. */
async function openSecrets(
  vault: Vault,
  { id, sealedSecret, sealedFormerSecret, formerSecretUntil }: LeasedWebhook,
): Promise<SigningSecret[]> {
  const present = { secret: await vault.open(sealedSecret, id) };
  if (sealedFormerSecret === null || formerSecretUntil === null) return [present];
  return [present, { secret: await vault.open(sealedFormerSecret, id), until: formerSecretUntil }];
}
