import {
  createHttpHeaders,
  type HttpClient as PipelineHttpClient,
  type PipelineRequest,
  type PipelineResponse,
} from '@azure/core-rest-pipeline';

import type { VendorAgent } from '#vendor-kit';

import { HttpClient } from '../../shared/http/http-client.js';

/** A page of 1,000 resources is some 4 MB, its largest documents included 20. */
export const MAX_ANSWER_BYTES = 128 * 1_048_576;
const HTTPS = 'https:';

/** The HTTP client of Azure's SDK, on connections of the vendor network. Errors are undici's. */
export class VendorHttpClient implements PipelineHttpClient {
  readonly #client: HttpClient;

  constructor(agent: VendorAgent) {
    this.#client = new HttpClient(agent, MAX_ANSWER_BYTES);
  }

  async sendRequest(request: PipelineRequest): Promise<PipelineResponse> {
    const url = new URL(request.url);
    if (url.protocol !== HTTPS && request.allowInsecureConnection !== true) {
      throw new TypeError('a request with a secret in it is not sent without TLS');
    }
    const { status, headers, text } = await this.#client.send({
      url,
      method: request.method,
      headers: request.headers.toJSON(),
      body: typeof request.body === 'string' ? request.body : undefined,
      signal: signalOf(request.abortSignal),
    });
    return { request, status, headers: createHttpHeaders(headers), bodyAsText: text };
  }
}

/** The SDK knows abort signals by their shape only. */
function signalOf(signal: PipelineRequest['abortSignal']): AbortSignal | undefined {
  if (signal === undefined || signal instanceof AbortSignal) return signal;
  const controller = new AbortController();
  if (signal.aborted) controller.abort();
  signal.addEventListener('abort', () => {
    controller.abort();
  });
  return controller.signal;
}
