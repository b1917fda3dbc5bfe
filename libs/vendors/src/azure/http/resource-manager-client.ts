import {
  createPipelineFromOptions,
  createPipelineRequest,
  type HttpClient,
  type Pipeline,
  type PipelineResponse,
} from '@azure/core-rest-pipeline';

import type { JsonObject } from '#domain';
import type { CallGate } from '#vendor-kit';

import { AzureError, type AzureErrorFacts } from '../azure-error.js';
import type { AccessTokens } from './access-tokens.js';
import { failedRequest } from './failed-request.js';
import { retryAfterOf } from './retry-after.js';

/** A call of Azure Resource Manager. */
export interface ResourceManagerCall {
  /** For the gate: a name in `quotas.ts`. */
  api: string;
  /** For people: `Resource Graph`. */
  operation: string;
  /** Path and query, or the whole URL that an answer's `nextLink` is. */
  path: string;
  /** Makes it a POST. */
  body?: JsonObject;
}

/** A page of any of its lists. */
export interface ListPage<Item> {
  value?: readonly Item[];
  nextLink?: string;
}

/** Codes of 401 that a new token may mend. */
const TOKEN_REFUSED = 401;

/** Calls Azure Resource Manager with the account's token. Retries nothing: that is the engine's business. */
export class ResourceManagerClient {
  readonly #pipeline: Pipeline;

  constructor(
    private readonly origin: string,
    private readonly http: HttpClient,
    private readonly tokens: AccessTokens,
    private readonly gate: CallGate,
  ) {
    this.#pipeline = createPipelineFromOptions({
      retryOptions: { maxRetries: 0 },
      redirectOptions: { maxRetries: 0 },
      userAgentOptions: { userAgentPrefix: 'muster' },
    });
  }

  get host(): string {
    return new URL(this.origin).host;
  }

  /**
   * @throws {AzureError} for whatever goes wrong between here and an answer
   * @throws {SyncError} when the gate doesn't let the call pass
   * @throws the signal's reason when aborted
   */
  async call<Answer>(call: ResourceManagerCall, signal: AbortSignal): Promise<Answer> {
    const token = await this.tokens.get(signal);
    let response = await this.#send(call, token, signal);
    if (response.status === TOKEN_REFUSED) {
      // Revoked, or our clock is off: once more with a new one.
      this.tokens.forget(token);
      response = await this.#send(call, await this.tokens.get(signal), signal);
    }
    return this.#read(call, response) as Answer;
  }

  /** All items of a list, page by page. */
  async *pages<Item>(call: ResourceManagerCall, signal: AbortSignal): AsyncGenerator<ListPage<Item>> {
    for (let path: string | undefined = call.path; path !== undefined;) {
      const page: ListPage<Item> = await this.call<ListPage<Item>>({ ...call, path }, signal);
      yield page;
      path = page.nextLink;
    }
  }

  async #send(call: ResourceManagerCall, token: string, signal: AbortSignal): Promise<PipelineResponse> {
    const url = new URL(call.path, this.origin);
    // An answer that sends us elsewhere would be told the token there.
    if (url.origin !== this.origin) {
      throw new AzureError('FOREIGN_LINK', { ...this.#facts(call), detail: url.origin });
    }
    const request = createPipelineRequest({
      url: url.href,
      method: call.body === undefined ? 'GET' : 'POST',
      abortSignal: signal,
      allowInsecureConnection: true,
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    });
    request.headers.set('authorization', `Bearer ${token}`);
    request.headers.set('accept', 'application/json');
    if (call.body !== undefined) request.headers.set('content-type', 'application/json');
    return await this.gate.call(
      call.api,
      async () => {
        try {
          const response = await this.#pipeline.sendRequest(this.http, request);
          // Shown to the gate, which slows down for it.
          if (response.status !== 200 && response.status !== TOKEN_REFUSED) this.#read(call, response);
          return response;
        } catch (error) {
          signal.throwIfAborted();
          throw failedRequest(error, this.#facts(call));
        }
      },
      { signal },
    );
  }

  #facts({ operation }: ResourceManagerCall): AzureErrorFacts {
    return { host: this.host, operation };
  }

  #read(call: ResourceManagerCall, response: PipelineResponse): unknown {
    const { status, headers } = response;
    const facts = { ...this.#facts(call), status };
    const document = parsed(response.bodyAsText ?? '');
    if (status === 200 && document !== undefined) return document;
    if (status === 200) throw new AzureError('MALFORMED_ANSWER', facts);
    if (status >= 300 && status < 400) {
      throw new AzureError('REDIRECTED', { ...facts, detail: headers.get('location') ?? '' });
    }
    const retryAfterMs = status === 429 || status >= 500 ? retryAfterOf(headers) : undefined;
    const { codes, detail } = refusalOf(document);
    const action = /perform action '([^']+)'/.exec(detail)?.[1];
    throw new AzureError(codes[0] ?? `HTTP ${String(status)}`, {
      ...facts,
      codes,
      ...(detail === '' ? {} : { detail }),
      ...(action === undefined ? {} : { action }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  }
}

function parsed(text: string): unknown {
  try {
    const document: unknown = JSON.parse(text);
    return typeof document === 'object' && document !== null ? document : undefined;
  } catch {
    return undefined;
  }
}

interface ErrorBody {
  code?: unknown;
  message?: unknown;
  details?: unknown;
}

/**
 * Reads `{ error: { code, message, details: [{ code, message }] } }`; Compute leaves the outer object out. The
 * details come first: Resource Graph says just `BadRequest`, and in the details what is bad.
 */
function refusalOf(document: unknown): { codes: string[]; detail: string } {
  const outer = (document ?? {}) as { error?: ErrorBody } & ErrorBody;
  const error = outer.error ?? outer;
  const details = Array.isArray(error.details) ? (error.details as ErrorBody[]) : [];
  const all = [...details, error];
  const codes = all.map(({ code }) => code).filter((code): code is string => typeof code === 'string');
  const message = all.map((part) => part.message).find((text) => typeof text === 'string' && text !== '');
  return { codes, detail: typeof message === 'string' ? (message.split(/\r?\n/, 1)[0] ?? '') : '' };
}
