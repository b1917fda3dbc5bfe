import type { AwaitedFeed, FeedRepository } from '#database';
import type { Logger } from '#platform';

import { SharedWatch } from './shared-watch.js';

/** Waits for tenants' events behind the positions that they have read up to. */
export class FeedWatch extends SharedWatch<AwaitedFeed> {
  constructor(
    private readonly feeds: Pick<FeedRepository, 'whichHaveNews'>,
    log: Pick<Logger, 'warn'>,
  ) {
    super(log);
  }

  protected override keyOf({ tenantId, position }: AwaitedFeed): string {
    return `${tenantId} ${position.transactionId} ${position.id}`;
  }

  protected override async whichAreDue(feeds: readonly AwaitedFeed[]): Promise<readonly AwaitedFeed[]> {
    const places = new Set(await this.feeds.whichHaveNews(feeds));
    return feeds.filter((_feed, place) => places.has(place));
  }
}
