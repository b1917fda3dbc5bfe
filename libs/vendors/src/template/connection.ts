import type { OfferedScope, VendorAgent } from '#vendor-kit';

import type { TemplateClient } from './template-client.js';
import { TemplateError } from './template-error.js';

const OPERATION = 'the list of regions';

/**
 * One account's connection. It is kept for the account's next syncs: nothing that a listing relies on may be
 * remembered in it.
 */
export class TemplateConnection {
  constructor(
    readonly client: TemplateClient,
    private readonly agent: VendorAgent,
    /** How many items make a page. */
    readonly itemsPerPage: number,
  ) {}

  /** The regions: each is listed by itself. */
  async scopes(signal: AbortSignal): Promise<OfferedScope[]> {
    const answer = await this.client.get({ operation: OPERATION, path: '/v1/regions' }, signal);
    const { regions } = answer as { regions?: { id: string; name: string }[] };
    if (!Array.isArray(regions)) {
      throw new TemplateError('MALFORMED_ANSWER', { host: this.client.host, operation: OPERATION });
    }
    return regions.map(({ id, name }) => ({ key: id, name, region: id }));
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }
}
