import type { CallGate } from '#vendor-kit';

import { errorCodeOf } from '../shared/http/error-code.js';
import type { HttpAnswer, HttpClient } from '../shared/http/http-client.js';
import { retryAfterOf } from '../shared/http/retry-after.js';
import { TEMPLATE_API } from './quotas.js';
import { TemplateError } from './template-error.js';

/** A GET. */
export interface TemplateCall {
  /** For people: `the list of servers`. */
  operation: string;
  path: string;
  query?: Readonly<Record<string, string>>;
}

/** Who calls, and where. */
export interface TemplateAccess {
  endpoint: URL;
  ak: string;
  sk: string;
  gate: CallGate;
}

/** Calls the cloud. Retries nothing: that is the engine's business. */
export class TemplateClient {
  constructor(
    private readonly http: HttpClient,
    private readonly access: TemplateAccess,
  ) {}

  get host(): string {
    return this.access.endpoint.host;
  }

  /**
   * @throws {TemplateError} for whatever goes wrong between here and an answer
   * @throws {SyncError} when the gate doesn't let the call pass
   * @throws the signal's reason when aborted
   */
  async get(call: TemplateCall, signal: AbortSignal): Promise<unknown> {
    signal.throwIfAborted();
    const { endpoint, ak, sk, gate } = this.access;
    const url = new URL(endpoint.pathname.replace(/\/$/, '') + call.path, endpoint);
    for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, value);
    const headers = { accept: 'application/json', 'x-access-key': ak, authorization: `Bearer ${sk}` };
    const request = { url, method: 'GET', headers, signal };
    return await gate.call(TEMPLATE_API, () => this.#send(call, request), { signal });
  }

  async #send({ operation }: TemplateCall, request: Parameters<HttpClient['send']>[0]): Promise<unknown> {
    const facts = { host: this.host, operation };
    try {
      return read(await this.http.send(request), facts);
    } catch (error) {
      request.signal?.throwIfAborted();
      const code = error instanceof TemplateError ? undefined : errorCodeOf(error);
      throw code === undefined ? error : new TemplateError(code, facts, { cause: error });
    }
  }
}

interface Refusal {
  error?: { code?: unknown; message?: unknown };
}

function read({ status, headers, text }: HttpAnswer, facts: { host: string; operation: string }): unknown {
  const document = parsed(text);
  if (status === 200 && document !== undefined) return document;
  if (status === 200) throw new TemplateError('MALFORMED_ANSWER', { ...facts, status });
  if (status >= 300 && status < 400) {
    throw new TemplateError('REDIRECTED', { ...facts, status, detail: headers['location'] });
  }
  const { code, message } = (document as Refusal | undefined)?.error ?? {};
  throw new TemplateError(typeof code === 'string' ? code : `HTTP ${String(status)}`, {
    ...facts,
    status,
    detail: typeof message === 'string' ? message : undefined,
    retryAfterMs: retryAfterOf(headers['retry-after']),
  });
}

/** The object that a text is in JSON. */
function parsed(text: string): object | undefined {
  try {
    const document: unknown = JSON.parse(text);
    return typeof document === 'object' && document !== null ? document : undefined;
  } catch {
    return undefined;
  }
}
