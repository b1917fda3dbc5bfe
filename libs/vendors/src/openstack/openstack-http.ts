import type { JsonObject } from '#domain';
import type { CallGate } from '#vendor-kit';

import { brokeOff } from '../shared/http/broke-off.js';
import { errorCodeOf } from '../shared/http/error-code.js';
import type { HttpAnswer, HttpClient } from '../shared/http/http-client.js';
import { retryAfterOf } from '../shared/http/retry-after.js';
import { OpenstackError, type OpenstackErrorFacts } from './openstack-error.js';
import { refusalText } from './refusal-text.js';

/** A call of one of the cloud's APIs. */
export interface OpenstackCall {
  /** For the gate: the service, and its region behind a slash. */
  api: string;
  /** For people: `compute GET /servers/detail`. */
  operation: string;
  url: URL;
  headers: Readonly<Record<string, string>>;
  /** Makes it a POST. */
  body?: JsonObject;
  /** The id behind which the listing is to go on: a refusal that names it says that it is gone. */
  marker?: string | undefined;
}

/** What a call was answered with: always an object. */
export interface OpenstackAnswer {
  document: JsonObject;
  headers: HttpAnswer['headers'];
}

const JSON_TYPE = 'application/json';
/** Nova and Cinder say 413 as well, where others say 429. */
const TOO_MANY = [413, 429];

/** Calls the cloud's APIs, and tells what went wrong when something did. It retries nothing. */
export class OpenstackHttp {
  constructor(
    private readonly client: HttpClient,
    private readonly gate: CallGate,
  ) {}

  /**
   * @throws {OpenstackError} for whatever goes wrong between here and an answer
   * @throws {SyncError} when the gate doesn't let the call pass
   * @throws the signal's reason when aborted
   */
  async call(call: OpenstackCall, signal?: AbortSignal): Promise<OpenstackAnswer> {
    const facts: OpenstackErrorFacts = { host: call.url.host, operation: call.operation };
    // Read within the gate, which slows down for what throttles.
    return await this.gate.call(
      call.api,
      async () => {
        try {
          return read(call, await this.#send(call, signal), facts);
        } catch (error) {
          signal?.throwIfAborted();
          if (error instanceof OpenstackError) throw error;
          const code = errorCodeOf(error);
          throw code === undefined ? error : new OpenstackError(code, facts, { cause: error });
        }
      },
      { signal },
    );
  }

  async #send({ url, headers, body }: OpenstackCall, signal: AbortSignal | undefined): Promise<HttpAnswer> {
    const json = body === undefined ? {} : { 'content-type': JSON_TYPE };
    return await this.client.send({
      url,
      method: body === undefined ? 'GET' : 'POST',
      headers: { accept: JSON_TYPE, 'user-agent': 'muster', ...json, ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal,
    });
  }
}

function read(call: OpenstackCall, answer: HttpAnswer, known: OpenstackErrorFacts): OpenstackAnswer {
  const { status, headers, text } = answer;
  const requestId = headers['x-openstack-request-id'] ?? headers['x-compute-request-id'];
  const facts = { ...known, status, ...(requestId === undefined ? {} : { requestId }) };
  if (status === 200 || status === 201) {
    const document = objectIn(text);
    if (document === undefined)
      throw new OpenstackError('MALFORMED_ANSWER', { ...facts, brokeOff: brokeOff(text) });
    return { document, headers };
  }
  if (status >= 300 && status < 400) {
    const location = headers['location'];
    throw new OpenstackError('ENDPOINT_REDIRECTED', {
      ...facts,
      ...(location === undefined ? {} : { detail: location }),
    });
  }
  const detail = refusalText(text);
  const retryAfterMs = retryAfterOf(headers['retry-after']);
  throw new OpenstackError(codeOf(call, status, { detail, retryAfterMs }), {
    ...facts,
    ...(detail === '' ? {} : { detail }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function codeOf(
  { marker }: OpenstackCall,
  status: number,
  { detail, retryAfterMs }: { detail: string; retryAfterMs: number | undefined },
): string {
  if (TOO_MANY.includes(status) || (status === 503 && retryAfterMs !== undefined)) return 'THROTTLED';
  if (status === 406) return 'MICROVERSION_REFUSED';
  // Nova: 400 "marker [x] not found"; Neutron: 404 with the kind and the id; Glance and Octavia: 400 "… marker …".
  const isOfMarker = marker !== undefined && (detail.includes(marker) || /marker/i.test(detail));
  if ((status === 400 || status === 404) && isOfMarker) return 'MARKER_GONE';
  return `HTTP ${String(status)}`;
}

function objectIn(text: string): JsonObject | undefined {
  try {
    const document: unknown = JSON.parse(text);
    const isObject = typeof document === 'object' && document !== null && !Array.isArray(document);
    return isObject ? (document as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}
