import { type JsonObject, SyncError } from '#domain';
import type { NodeAgents, VendorAccess } from '#vendor-kit';

import { AliError, type AliErrorFacts } from './ali-error.js';
import { endpointOf } from './endpoints.js';
import { type AccessKey, type RequestOptions, ROAClient, RPCClient } from './pop-core.js';
import { toJson } from './pop-json.js';
import type { Product } from './products.js';
import type { AliSettings } from './settings.js';

/** Values of parameters; lists become `Filter.1`, `Filter.2`. */
export type Parameters = Readonly<Record<string, string | number | readonly object[]>>;

/** A call of a product's API. */
export interface AliCall {
  product: Product;
  /** What the API calls it, in either style: `DescribeInstances`. */
  action: string;
  /** Of a call in the ROA style, which is a `GET` of it. */
  path?: string;
  /** Absent for a central product. */
  region?: string | undefined;
  parameters?: Parameters;
}

/** Alibaba's slowest listings take a few seconds for a page; the SDK's own limit is 3 s. */
const ANSWER_TIMEOUT_MS = 60_000;
/** Of one account, in a process. */
const MAX_CONNECTIONS_PER_HOST = 8;

type ClientAccess = Pick<VendorAccess<AliSettings>, 'gate' | 'network' | 'settings'>;

/**
 * Makes calls of any product by Alibaba's SDK core, `@alicloud/pop-core`: it takes Node.js' agents, which its
 * successor `@alicloud/openapi-core` ignores (measured with 1.0.8), and so could not be kept to the addresses
 * that Muster may call. It has no retries of its own.
 */
export class AliClient {
  readonly #access: ClientAccess;
  readonly #agents: NodeAgents;

  constructor(access: ClientAccess) {
    this.#access = access;
    this.#agents = access.network.nodeAgents({ maxSockets: MAX_CONNECTIONS_PER_HOST });
  }

  /**
   * Makes a call when the account may.
   * @throws {AliError} for whatever goes wrong between here and an answer
   * @throws {SyncError} when the gate or the network doesn't let it pass
   * @throws the signal's reason when aborted
   */
  async call(call: AliCall, key: AccessKey, signal: AbortSignal): Promise<JsonObject> {
    signal.throwIfAborted();
    const api = call.region === undefined ? ramAction(call) : `${ramAction(call)}/${call.region}`;
    return this.#access.gate.call(api, () => this.#send(call, key, signal), { signal });
  }

  close(): void {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }

  async #send(call: AliCall, key: AccessKey, signal: AbortSignal): Promise<JsonObject> {
    const endpoint = endpointOf(call.product, call.region, this.#access.settings);
    const facts = {
      host: new URL(endpoint).host,
      call: `${call.product.name} ${call.action}`,
      region: call.region,
      action: ramAction(call),
    };
    const config = { ...key, endpoint, apiVersion: call.product.version };
    const options: RequestOptions = {
      agent: endpoint.startsWith('https:') ? this.#agents.https : this.#agents.http,
      timeout: ANSWER_TIMEOUT_MS,
      beforeRequest: (request) => ({ ...request, signal }),
    };
    let body: unknown;
    let status = 200;
    try {
      if (call.path === undefined) {
        const region = call.region === undefined ? {} : { RegionId: call.region };
        // By POST, so that errors of the SDK, which name the URL, hold no signature and no token.
        const rpc = new RPCClient(config, true);
        const parameters = { ...region, ...call.parameters };
        const [answer, entry] = await rpc.request(call.action, parameters, { ...options, method: 'POST' });
        body = answer;
        status = entry.response.statusCode;
      } else {
        const headers = call.region === undefined ? {} : { 'x-acs-region-id': call.region };
        body = await new ROAClient(config).get(call.path, call.parameters ?? {}, headers, options);
      }
    } catch (error) {
      signal.throwIfAborted();
      throw described(error, facts);
    }
    // An error without the vendor's code is an answer to the SDK, and so is a page of a proxy in the ROA style.
    if (status >= 400) throw new AliError(`HTTP ${String(status)}`, facts);
    if (typeof body !== 'object' || body === null) throw new AliError('MALFORMED_ANSWER', facts);
    return toJson(body) as JsonObject;
  }
}

/** What RAM calls an action; and, as Alibaba Cloud limits each by itself, what the gate does. */
export function ramAction({ product, action }: Pick<AliCall, 'product' | 'action'>): string {
  return `${product.ramPrefix}:${action}`;
}

/** What pop-core and httpx throw. */
interface PopError {
  name?: string;
  message?: string;
  code?: unknown;
  /** What the vendor answered, in the RPC style. */
  data?: PopErrorBody;
  /** The same in the ROA style. */
  result?: PopErrorBody;
  entry?: { response?: { headers?: Record<string, string | undefined> } };
}

interface PopErrorBody {
  Code?: unknown;
  code?: unknown;
  Message?: unknown;
  message?: unknown;
  RequestId?: unknown;
  requestId?: unknown;
  AccessDeniedDetail?: { AuthAction?: unknown };
}

/** Codes whose messages repeat what was signed, temporary keys' tokens included. */
const TELLTALE = /Signature|SecurityToken/;
/** What httpx adds to the message of whatever error a connection ended with. */
const HTTPX_ADDITION = /(GET|POST) \S+ failed\.$/;

function described(thrown: unknown, facts: AliErrorFacts): Error {
  if (thrown instanceof SyncError) {
    const { kind, message, vendorCode = '' } = thrown;
    return new SyncError(kind, message.replace(HTTPX_ADDITION, ''), { vendorCode });
  }
  const error = thrown as PopError;
  const body = error.data ?? error.result;
  if (body !== undefined) {
    const code = textOf(body.Code) ?? textOf(body.code) ?? 'UNKNOWN';
    return new AliError(code, {
      ...facts,
      detail: TELLTALE.test(code) ? undefined : (textOf(body.Message) ?? textOf(body.message)),
      requestId: textOf(body.RequestId) ?? textOf(body.requestId),
      action: textOf(body.AccessDeniedDetail?.AuthAction) ?? facts.action,
      retryAfterMs: retryAfterMs(error.entry?.response?.headers),
    });
  }
  if (error.name === 'RequestTimeoutError') return new AliError('TIMEOUT', facts);
  if (error.name === 'SyntaxError' || error.name === 'FormatError') {
    return new AliError('MALFORMED_ANSWER', facts);
  }
  const code = textOf(error.code);
  // A connection's own error; anything else is a mistake of ours.
  if (code !== undefined) return new AliError(code, facts);
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

function retryAfterMs(headers: Record<string, string | undefined> = {}): number | undefined {
  const ms = Number(headers['x-acs-retry-after']);
  if (ms > 0) return ms;
  const seconds = Number(headers['retry-after']);
  return seconds > 0 ? seconds * 1_000 : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
