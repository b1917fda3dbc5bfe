import createClient, { type Client } from 'openapi-fetch';

import type { paths } from './schema.js';

/** Every operation of the API by method and path, with the types of what it takes and answers. */
export type MusterClient = Client<paths>;

export interface MusterClientOptions {
  /** Where Muster is: `https://muster.example`. */
  url: string;
  /** Sent as `Authorization: Bearer`. */
  apiKey: string;
  /** What sends requests instead of the global `fetch`. */
  fetch?: (request: Request) => Promise<Response>;
}

/**
 * A typed client of Muster's API. Its methods never throw for a refusal: they return `data` or `error`, each with
 * its type, and the `response`.
 */
export function createMusterClient({ url, apiKey, fetch }: MusterClientOptions): MusterClient {
  return createClient<paths>({
    baseUrl: url,
    headers: { Authorization: `Bearer ${apiKey}` },
    ...(fetch === undefined ? {} : { fetch }),
  });
}
