import { Inject, Injectable } from '@nestjs/common';

import { FEED_BEGINNING, type FeedPage, type FeedPosition, FeedRepository } from '#database';
import { FeedWatch } from '#sync';

import { ApiError } from '../http/api-error.js';
import { Markers } from '../http/markers/markers.js';
import { LATEST } from './dto/read-feed.dto.js';

export interface FeedRequest {
  tenantId: string;
  feed: 'events' | 'changes';
}

/** The tenants' feeds, by markers. */
@Injectable()
export class Feeds {
  constructor(
    @Inject(Markers) private readonly markers: Markers,
    @Inject(FeedRepository) private readonly feeds: FeedRepository,
    @Inject(FeedWatch) private readonly watch: FeedWatch,
  ) {}

  /** @throws {ApiError} when the marker is none of this feed */
  async positionOf({ tenantId, feed }: FeedRequest, marker: string | undefined): Promise<FeedPosition> {
    if (marker === undefined) return FEED_BEGINNING;
    if (marker === LATEST) return this.feeds.latest();
    const position = (await this.markers.of(tenantId, feed)).read(marker);
    if (position === undefined) throw goneMarker();
    return position;
  }

  /** What makes markers of the feed's positions. */
  async markersOf({ tenantId, feed }: FeedRequest): Promise<(position: FeedPosition) => string> {
    return (await this.markers.of(tenantId, feed)).write;
  }

  /**
   * The first page behind a position that has anything, or what there is when the time has passed.
   * @throws {ApiError} when what comes behind the position is not there any more
   */
  async read<Item>(
    { tenantId, position }: { tenantId: string; position: FeedPosition },
    readPage: (position: FeedPosition) => Promise<FeedPage<Item> | undefined>,
    { waitMs, signal }: { waitMs: number; signal: AbortSignal },
  ): Promise<FeedPage<Item>> {
    const deadline = performance.now() + waitMs;
    for (let from = position; ;) {
      const page = await readPage(from);
      if (page === undefined) throw goneMarker();
      const leftMs = deadline - performance.now();
      if (page.items.length > 0 || leftMs <= 0) return page;
      from = page.next;
      if (!(await this.watch.until({ tenantId, position: from }, leftMs, signal))) return page;
    }
  }
}

function goneMarker(): ApiError {
  return new ApiError(
    'markerGone',
    'marker: it is none of this feed, or so old that events behind it were removed. Begin anew with ' +
      'marker=latest, then list what there is, then follow the feed from the next_marker of that answer.',
  );
}
