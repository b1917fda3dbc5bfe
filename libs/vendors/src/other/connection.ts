import type { VendorAgent } from '#vendor-kit';

import { OtherError } from './other-error.js';
import type { ApiClient } from './requests/api-client.js';
import type { Stream } from './stream.js';

/** One account's connection. */
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

  async close(): Promise<void> {
    await this.agent.destroy();
  }
}
