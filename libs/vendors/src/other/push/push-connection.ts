import type { Resource } from '#domain';
import type { ListingPreview, OfferedScope, Page } from '#vendor-kit';

import { OtherError } from '../other-error.js';

/** An account whose source posts its pages by itself: there is nobody to ask. */
export class PushConnection {
  readonly scopes: readonly OfferedScope[] = [];

  /** What was listed by workers before is no more. */
  pages(scopeKey: string): AsyncIterable<Page<Resource>> {
    throw new OtherError('STREAM_GONE', { host: '', stream: scopeKey });
  }

  preview(): Promise<ListingPreview[]> {
    return Promise.resolve([]);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
