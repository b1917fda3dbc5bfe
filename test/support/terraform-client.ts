import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';

import type { ClientOptions, CocClient, CocFailure, CocSuccess, Operation } from './coc-client.js';

const ACCOUNTS = '/v1/vendor-account';
const PAGE = 100;
/** The provider's pager gives up there. */
const MAX_PAGES = 1_000;
/** What the provider's HTTP client takes for a success, by method. */
const ACCEPTED: Readonly<Record<string, readonly number[]>> = {
  GET: [200, 202, 204, 300],
  POST: [200, 201, 202],
  PUT: [200, 201, 202],
  DELETE: [200, 202, 204],
};
const USER_AGENT = 'terraform-provider-iac golangsdk/2.0.0';

interface Sent {
  method: string;
  path: string;
  query?: Record<string, string>;
  /** Sent as Go's encoder writes it: names in order, and a newline behind. */
  body?: object;
  /** Signed with the rest. */
  headers: Record<string, string>;
}

/**
 * The requests of Huawei's Terraform provider, by its own rules: it signs neither Host nor X-Project-Id, names its
 * Content-Type except when it deletes, and reads accounts in pages until one is empty.
 */
export class TerraformClient implements CocClient {
  /** How often it has asked for a page. */
  pages = 0;

  constructor(
    private readonly options: ClientOptions,
    private readonly projectId = 'a-project-of-huawei',
  ) {}

  call(operation: Operation, parameters: Record<string, unknown>): Promise<CocSuccess | CocFailure> {
    const { id, body = {} } = parameters as { id?: string; body?: Record<string, unknown> };
    const headers = { 'Content-Type': 'application/json' };
    const one = `${ACCOUNTS}/${id ?? ''}`;
    switch (operation) {
      case 'CreateVendorAccount':
        return this.write({ method: 'POST', path: ACCOUNTS, body, headers });
      case 'UpdateVendorAccount':
        return this.write({ method: 'PUT', path: one, body, headers });
      case 'DeleteVendorAccount':
        return this.send({ method: 'DELETE', path: one, headers: {} });
      case 'SyncMultiCloudResource':
        return this.write({ method: 'POST', path: '/v1/multicloud-resources/sync', body, headers });
      case 'ListVendorAccount':
        return this.listAll(parameters as Record<string, string>);
      case 'CountMultiCloudResources':
      case 'ListMultiCloudResources':
        throw new Error(`The Terraform provider has no ${operation}.`);
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** The provider fails without a text in `data`, which it takes for the id. */
  private async write(sent: Sent): Promise<CocSuccess | CocFailure> {
    const answer = await this.send(sent);
    if ('error' in answer || (typeof answer.body['data'] === 'string' && answer.body['data'] !== ''))
      return answer;
    throw new Error(`unable to find the ID from the API response: ${JSON.stringify(answer.body)}`);
  }

  /** As its pager: the first page without an offset, then by a rising one until a page is empty. */
  private async listAll(filters: Record<string, string>): Promise<CocSuccess | CocFailure> {
    const { limit: _limit, offset: _offset, ...query } = filters;
    const all: unknown[] = [];
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const offset = page === 0 ? {} : { offset: String(page * PAGE) };
      const answer = await this.send({
        method: 'GET',
        path: ACCOUNTS,
        query: { ...query, limit: String(PAGE), ...offset },
        headers: { 'Content-Type': 'application/json', 'X-Language': 'en-us' },
      });
      if ('error' in answer) return answer;
      this.pages += 1;
      const found = Object.values(answer.body).find((value) => Array.isArray(value)) as unknown[] | undefined;
      if (found === undefined) throw new Error(`There is no page in ${JSON.stringify(answer.body)}`);
      if (found.length === 0) return { status: answer.status, body: { ...answer.body, data: all } };
      all.push(...found);
    }
    throw new Error(`There was no end after ${String(MAX_PAGES)} pages.`);
  }

  private async send({ method, path, query = {}, body, headers }: Sent): Promise<CocSuccess | CocFailure> {
    const { endpoint, ak, sk, security_token: token } = this.options;
    const payload = body === undefined ? '' : `${JSON.stringify(sorted(body))}\n`;
    const signed = {
      Accept: 'application/json',
      ...headers,
      'User-Agent': USER_AGENT,
      'X-Sdk-Date': dateNow(),
    };
    const authorization = signature({ method, path, query, payload, headers: signed }, { ak, sk });
    const search = new URLSearchParams(query).toString();
    const { hostname, port } = new URL(endpoint);
    const outgoing = httpRequest({
      hostname,
      port,
      method,
      path: search === '' ? path : `${path}?${search}`,
      headers: {
        ...signed,
        Authorization: authorization,
        'X-Project-Id': this.projectId,
        ...(token === undefined ? {} : { 'X-Security-Token': token }),
        ...(payload === '' ? {} : { 'Content-Length': Buffer.byteLength(payload) }),
      },
    });
    outgoing.end(payload);
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    return read(method, response);
  }
}

async function read(method: string, response: IncomingMessage): Promise<CocSuccess | CocFailure> {
  const type = response.headers['content-type'] ?? '';
  if (!type.startsWith('application/json')) throw new Error(`Its pager takes ${type} for bytes.`);
  const status = response.statusCode ?? 0;
  const body = JSON.parse(await text(response)) as Record<string, unknown>;
  if (ACCEPTED[method]?.includes(status) === true) return { status, body };
  const requestId = String(response.headers['x-request-id']);
  const { error_code: code, error_msg: message } = body as { error_code: string; error_msg: string };
  return { error: { status, code, message, requestId } };
}

/** What is signed of a request. */
export interface SignedParts {
  method: string;
  path: string;
  query: Record<string, string>;
  payload: string;
  headers: Record<string, string>;
}

/** The Authorization of SDK-HMAC-SHA256, over all of the headers. */
export function signature(
  { method, path, query, payload, headers }: SignedParts,
  { ak, sk }: Pick<ClientOptions, 'ak' | 'sk'>,
): string {
  const byName = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value.trim()] as const);
  byName.sort(([a], [b]) => (a < b ? -1 : 1));
  const names = byName.map(([name]) => name).join(';');
  const canonical = [
    method,
    path.endsWith('/') ? path : `${path}/`,
    Object.keys(query)
      .sort()
      .map((name) => `${encode(name)}=${encode(query[name] ?? '')}`)
      .join('&'),
    ...byName.map(([name, value]) => `${name}:${value}`),
    '',
    names,
    sha256(payload),
  ].join('\n');
  const toSign = ['SDK-HMAC-SHA256', headers['X-Sdk-Date'], sha256(canonical)].join('\n');
  const made = createHmac('sha256', sk).update(toSign).digest('hex');
  return `SDK-HMAC-SHA256 Access=${ak}, SignedHeaders=${names}, Signature=${made}`;
}

/** As Go's `json.Marshal` of a map. */
function sorted(body: object): object {
  return Object.fromEntries(Object.entries(body).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function encode(value: string): string {
  return encodeURIComponent(value).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(value: string): string {
  return createHash('sha256').update(value).digest('hex');
}

function dateNow(): string {
  return new Date().toISOString().replace(/[-:]|\.\d+/g, '');
}
