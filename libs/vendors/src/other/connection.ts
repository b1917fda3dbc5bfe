import type { ListingPreview, OfferedScope, Page, VendorAgent } from '#vendor-kit';

import { OtherError } from './other-error.js';
import { type PlaceAsked, streamPages, type StreamRecord } from './paging/stream-pages.js';
import { previewStreams } from './preview.js';
import type { ApiClient } from './requests/api-client.js';
import type { Stream } from './stream.js';

/** A connection to an API that a connector describes. */
export class OtherConnection {
  constructor(
    readonly client: ApiClient,
    readonly streams: readonly Stream[],
    private readonly agent: VendorAgent,
    private readonly host: string,
  ) {}

  /**
   * The listing that a scope is.
   * @throws {OtherError} when the connector has it no more
   */
  stream(scopeKey: string): Stream {
    const stream = this.streams.find(({ scope }) => scope.key === scopeKey);
    if (stream !== undefined) return stream;
    throw new OtherError('STREAM_GONE', { host: this.host, stream: scopeKey });
  }

  get scopes(): readonly OfferedScope[] {
    return this.streams.map(({ scope }) => scope);
  }

  /** The records of a scope from a place on. */
  pages(scopeKey: string, asked: PlaceAsked): AsyncGenerator<Page<StreamRecord>, void> {
    return streamPages(this.stream(scopeKey), { client: this.client, ...asked });
  }

  preview(signal: AbortSignal): Promise<ListingPreview[]> {
    return previewStreams(this, signal);
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }
}
