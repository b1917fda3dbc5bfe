import { Inject, Injectable } from '@nestjs/common';

import { FEED_BEGINNING, type FeedPage, type FeedPosition, FeedRepository } from '#database';
import { FeedWatch } from '#sync';

import { ApiError } from '../http/api-error.js';
import { Markers } from '../http/markers/markers.js';
import { LATEST, type ReadFeedDto } from './dto/read-feed.dto.js';
import type { StreamRequest } from './event-stream.js';

export interface FeedRequest {
  tenantId: string;
  feed: 'events' | 'changes';
}

/** Where a feed is read from, and what makes markers of its positions. */
export type FeedStart = Pick<StreamRequest, 'position' | 'toMarker'>;

/** A page of a feed, and from where it goes on, as the tenant is shown it. */
export interface ListedFeed<Item> extends Pick<FeedStart, 'toMarker'> {
  items: Item[];
  next_marker: string;
}

/** The tenants' feeds, by markers. */
@Injectable()
export class Feeds {
  constructor(
    @Inject(Markers) private readonly markers: Markers,
    @Inject(FeedRepository) private readonly feeds: FeedRepository,
    @Inject(FeedWatch) private readonly watch: FeedWatch,
  ) {}

  /**
   * Where a feed is read from, and what makes markers of its positions.
   * @throws {ApiError} when the marker is none of this feed
   */
  async begin({ tenantId, feed }: FeedRequest, marker: string | undefined): Promise<FeedStart> {
    const { read, write } = await this.markers.of(tenantId, feed);
    if (marker === undefined) return { position: FEED_BEGINNING, toMarker: write };
    const position = marker === LATEST ? await this.feeds.latest() : read(marker);
    if (position === undefined) throw goneMarker();
    return { position, toMarker: write };
  }

  /**
   * The first page behind a marker that has anything, or what there is when the time has passed.
   * @throws {ApiError} when what comes behind the marker is not there any more
   */
  async list<Item>(
    request: FeedRequest,
    { marker, wait = 0 }: ReadFeedDto,
    readPage: (position: FeedPosition) => Promise<FeedPage<Item> | undefined>,
    signal: AbortSignal,
  ): Promise<ListedFeed<Item>> {
    const { position, toMarker } = await this.begin(request, marker);
    const deadline = performance.now() + wait * 1_000;
    for (let from = position; ;) {
      const page = await readPage(from);
      if (page === undefined) throw goneMarker();
      const { items, next } = page;
      const listed = { items, toMarker, next_marker: toMarker(next) };
      const leftMs = deadline - performance.now();
      if (items.length > 0 || leftMs <= 0) return listed;
      from = next;
      if (!(await this.watch.until({ tenantId: request.tenantId, position: from }, leftMs, signal)))
        return listed;
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
