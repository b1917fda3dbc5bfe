import { type JsonObject, SyncError } from '#domain';
import type { NodeAgents, VendorAccess } from '#vendor-kit';

import { retryAfterOf, waitOf } from '../shared/http/retry-after.js';
import { AliError, type AliErrorFacts } from './ali-error.js';
import { bucketUrl, centralRegion, endpointOf } from './endpoints.js';
import { OssClient } from './oss-client.js';
import { type AccessKey, type ClientConfig, type RequestOptions, ROAClient, RPCClient } from './pop-core.js';
import { toJson } from './pop-json.js';
import { type Product, PRODUCTS } from './products.js';
import type { AliSettings } from './settings.js';

export type Parameters = Readonly<Record<string, string | number>>;

/** A call of a product's API. */
export interface AliCall {
  product: Product;
  /** What the API calls it, in either style: `DescribeInstances`. */
  action: string;
  /** Of a call in the ROA style, which is a `GET` of it. */
  path?: string;
  /** Absent for a central product. */
  region?: string | undefined;
  /** The member of the resource directory that it is for; absent for the account itself. */
  account?: string | undefined;
  /** Of a call of OSS that is about a bucket, in whose region it is. */
  bucket?: string;
  parameters?: Parameters;
}

/** Alibaba's slowest listings take a few seconds for a page; the SDK's own limit is 3 s. */
const ANSWER_TIMEOUT_MS = 60_000;
/** Of one account, in a process. */
const MAX_CONNECTIONS_PER_HOST = 8;

type ClientAccess = Pick<VendorAccess<AliSettings>, 'ak' | 'gate' | 'network' | 'settings'>;

/**
 * Makes calls of any product, all but OSS' by Alibaba's SDK core, `@alicloud/pop-core`: it takes Node.js' agents, which its
 * successor `@alicloud/openapi-core` ignores (measured with 1.0.8), and so could not be kept to the addresses
 * that Muster may call. It has no retries of its own.
 */
export class AliClient {
  readonly #access: ClientAccess;
  readonly #agents: NodeAgents;
  readonly #oss: OssClient;

  constructor(access: ClientAccess) {
    this.#access = access;
    this.#oss = new OssClient(access.network);
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
    // Alibaba Cloud limits each account's calls for themselves.
    const api = [ramAction(call), call.account, call.region].filter((part) => part !== undefined).join('/');
    return this.#access.gate.call(api, () => this.#send(call, key, signal), { signal });
  }

  async close(): Promise<void> {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
    await this.#oss.close();
  }

  async #send(call: AliCall, key: AccessKey, signal: AbortSignal): Promise<JsonObject> {
    const { ak, settings } = this.#access;
    const endpoint = endpointOf(call.product, call.region, settings);
    const facts = {
      host: new URL(endpoint).host,
      call: `${call.product.name} ${call.action}`,
      region: call.region,
      action: ramAction(call),
      hasTemporaryKey: key.accessKeyId === ak && key.securityToken !== undefined,
    };
    try {
      if (call.product === PRODUCTS.oss) {
        const { parameters: query = {}, bucket, region = centralRegion(settings) } = call;
        const url = bucket === undefined ? endpoint : bucketUrl(bucket, region, settings);
        return await this.#oss.get({ url, region, bucket, query, facts }, key, signal);
      }
      const config = { ...key, endpoint, apiVersion: call.product.version };
      const options: RequestOptions = {
        agent: endpoint.startsWith('https:') ? this.#agents.https : this.#agents.http,
        timeout: ANSWER_TIMEOUT_MS,
        beforeRequest: (request) => ({ ...request, signal }),
      };
      const { body, status } = await sendByPopCore(call, config, options);
      // An error without the vendor's code is an answer to the SDK, and so is a page of a proxy.
      if (status >= 400) throw new AliError(`HTTP ${String(status)}`, facts);
      if (!isAnswer(body, call)) throw new AliError('MALFORMED_ANSWER', facts);
      return toJson(body) as JsonObject;
    } catch (error) {
      signal.throwIfAborted();
      throw described(error, facts);
    }
  }
}

/** Every answer of the RPC style has its id; JSON that has none is not Alibaba Cloud's, and no empty list. */
function isAnswer(body: unknown, { path }: AliCall): body is object {
  return typeof body === 'object' && body !== null && (path !== undefined || 'RequestId' in body);
}

async function sendByPopCore(
  { action, path, region, parameters }: AliCall,
  config: ClientConfig,
  options: RequestOptions,
): Promise<{ body: unknown; status: number }> {
  if (path !== undefined) {
    const headers = region === undefined ? {} : { 'x-acs-region-id': region };
    const body = await new ROAClient(config).get(path, parameters ?? {}, headers, options);
    return { body, status: 200 };
  }
  // By POST, so that errors of the SDK, which name the URL, hold no signature and no token.
  const sent = { ...(region === undefined ? {} : { RegionId: region }), ...parameters };
  const [body, entry] = await new RPCClient(config, true).request(action, sent, {
    ...options,
    method: 'POST',
  });
  return { body, status: entry.response.statusCode };
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
  if (thrown instanceof AliError) return thrown;
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

/** Alibaba Cloud's own is in milliseconds; a proxy's is not. A wait of none is none that they ask for. */
function retryAfterMs(headers: Record<string, string | undefined> = {}): number | undefined {
  const milliseconds = waitOf(Number(headers['x-acs-retry-after'] ?? NaN));
  return [milliseconds, retryAfterOf(headers['retry-after'])].find((wait = 0) => wait > 0);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
