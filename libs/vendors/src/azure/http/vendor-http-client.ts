import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

import {
  createHttpHeaders,
  type HttpClient,
  type PipelineRequest,
  type PipelineResponse,
} from '@azure/core-rest-pipeline';

import type { VendorAgent } from '#vendor-kit';

/** A page of 1,000 resources is some 4 MB, its largest documents included 20. */
export const MAX_ANSWER_BYTES = 128 * 1_048_576;
const HTTPS = 'https:';

const unzip = promisify(gunzip);

/**
 * The HTTP client of Azure's SDK, on connections of the vendor network: those go nowhere Muster may not, and know
 * no proxy of the host's environment. Errors are undici's.
 */
export class VendorHttpClient implements HttpClient {
  constructor(private readonly agent: VendorAgent) {}

  async sendRequest(request: PipelineRequest): Promise<PipelineResponse> {
    const url = new URL(request.url);
    if (url.protocol !== HTTPS && request.allowInsecureConnection !== true) {
      throw new TypeError('a request with a secret in it is not sent without TLS');
    }
    // Zipped answers are a tenth as long; the SDK's own client offers it likewise.
    request.headers.set('accept-encoding', 'gzip');
    const signal = signalOf(request.abortSignal);
    const response = await this.agent.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: request.method,
      headers: request.headers.toJSON(),
      body: typeof request.body === 'string' ? request.body : null,
      ...(signal === undefined ? {} : { signal }),
    });
    const bytes = Buffer.from(await response.body.arrayBuffer());
    const isZipped = response.headers['content-encoding'] === 'gzip';
    const body = isZipped ? await unzip(bytes, { maxOutputLength: MAX_ANSWER_BYTES }) : bytes;
    return {
      request,
      status: response.statusCode,
      headers: createHttpHeaders(flattened(response.headers)),
      bodyAsText: body.toString('utf8'),
    };
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

function flattened(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}
