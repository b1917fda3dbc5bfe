import type { JsonValue } from '#domain';
import type { CallGate } from '#vendor-kit';

import type { HttpAnswer, HttpClient } from '../../shared/http/http-client.js';
import { OtherError, type OtherErrorFacts } from '../other-error.js';
import type { ApiErrors } from './api-errors.js';
import type { Authentication } from './authentication.js';
import { failedCall } from './failed-call.js';
import { operationOf, type OutgoingRequest } from './outgoing-request.js';

const UNAUTHORIZED = 401;

/** A request of a stream. */
export interface ApiCall {
  request: OutgoingRequest;
  /** The stream's name, for people. */
  stream: string;
  errors: ApiErrors;
}

/** What an API said. */
export interface ApiAnswer {
  document: JsonValue;
  headers: HttpAnswer['headers'];
}

export interface ApiClientOptions {
  http: HttpClient;
  gate: CallGate;
  /** What the gate calls the API. */
  api: string;
  authentication: Authentication;
}

/** Calls an account's API. Retries nothing but what a new token may mend: the rest is the engine's business. */
export class ApiClient {
  constructor(private readonly options: ApiClientOptions) {}

  /**
   * @throws {OtherError} for whatever goes wrong between here and an answer
   * @throws {SyncError} when the gate or the vendor network doesn't let the call pass
   * @throws the signal's reason when aborted
   */
  async call(call: ApiCall, signal: AbortSignal): Promise<ApiAnswer> {
    const { authentication } = this.options;
    const headers = await authentication.headersFor(call.request, signal);
    try {
      return await this.send(call, headers, signal);
    } catch (error) {
      const isRefused = error instanceof OtherError && error.facts.status === UNAUTHORIZED;
      if (!isRefused || !authentication.renew(headers)) throw error;
      // Revoked, or our clock is off: once more with a new token.
      return await this.send(call, await authentication.headersFor(call.request, signal), signal);
    }
  }

  private async send(
    call: ApiCall,
    authentication: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<ApiAnswer> {
    const { http, gate, api } = this.options;
    const { url, method, headers, body } = call.request;
    const facts = factsOf(call);
    const sent = { accept: 'application/json', 'user-agent': 'muster', ...headers, ...authentication };
    const make = async (): Promise<ApiAnswer> => {
      try {
        const answer = await http.send({ url, method, headers: sent, body, signal });
        // Read here, where the gate sees failures and slows down for them.
        return { document: call.errors.read(answer, facts), headers: answer.headers };
      } catch (error) {
        signal.throwIfAborted();
        throw failedCall(error, facts);
      }
    };
    return await gate.call(api, make, { signal });
  }
}

/** What is known of a call before it is made. */
export function factsOf({ request, stream }: Pick<ApiCall, 'request' | 'stream'>): OtherErrorFacts {
  return { host: request.url.host, stream, operation: operationOf(request) };
}
