import createClient, { type Client } from 'openapi-fetch';

import { MusterError } from './muster-error.js';
import type {
  Answer,
  Item,
  ListingPath,
  Method,
  OptionalCallOptions,
  OptionalListingOptions,
  Path,
  Schemas,
} from './operation-types.js';
import type { paths } from './schema.js';

/** How long an answer may take by default. Muster itself lets the check of an account take 10 s. */
const DEFAULT_TIMEOUT_MS = 30_000;

/** The most that Muster gives at once. */
const MAX_PAGE_SIZE = 500;

const DEFAULT_POLL_MS = 1_000;

/** A task in one of these goes on. */
const OPEN_STATES: readonly Schemas['SyncTask']['state'][] = ['QUEUED', 'RUNNING'];

export interface MusterClientOptions {
  /** Where Muster is: `https://muster.example`, with what a proxy has in front of `/v1`, if anything. */
  baseUrl: string;
  /** Of `npm run credentials -- create NAME --kind api-key`. */
  apiKey: string;
  /** How long a whole answer may take, in milliseconds; 30,000 by default. */
  timeoutMs?: number;
  /** What sends requests instead of the global `fetch`. */
  fetch?: (request: Request) => Promise<Response>;
}

export interface FinishedTaskOptions {
  /** Ends the waiting, and not the sync: that is `POST …/cancel`. */
  signal?: AbortSignal;
  /** How often to look, in milliseconds; 1,000 by default. */
  pollMs?: number;
  /** Told each time how far the task is. */
  onProgress?: (task: Schemas['SyncTask']) => void;
}

/**
 * A client of Muster at an address.
 * @throws {TypeError} when the options cannot be right.
 */
export function createMusterClient(options: MusterClientOptions): MusterClient {
  return new MusterClient(options);
}

/**
 * Every operation of Muster's API by its path, typed by its OpenAPI document. A method returns the answer's body, and
 * throws a MusterError when there is none, or the reason of its `signal` when that was aborted.
 */
export class MusterClient {
  /**
   * openapi-fetch's client, with the same paths and parameters: it gives `data` or `error` and the `response` with its
   * headers, has neither the time limit nor MusterErrors, and takes middleware.
   */
  readonly http: Client<paths>;
  private readonly fetch: (request: Request) => Promise<Response>;
  private readonly timeoutMs: number;

  constructor({ baseUrl, apiKey, timeoutMs = DEFAULT_TIMEOUT_MS, fetch }: MusterClientOptions) {
    if (!/^https?:\/\/[^/?#]+[^?#]*$/i.test(baseUrl)) {
      throw new TypeError(
        `baseUrl must be an http or https URL, as https://muster.example (it is "${baseUrl}")`,
      );
    }
    if (!/^[\x21-\x7e]+$/.test(apiKey)) {
      throw new TypeError(
        'apiKey must be an API key of Muster: npm run credentials -- create NAME --kind api-key',
      );
    }
    this.timeoutMs = timeoutMs;
    this.fetch = fetch ?? ((request) => globalThis.fetch(request));
    this.http = createClient<paths>({
      baseUrl: baseUrl.replace(/\/+$/, ''),
      headers: { Authorization: `Bearer ${apiKey}` },
      fetch: this.fetch,
    });
  }

  async get<P extends Path<'get'>>(
    path: P,
    ...[options]: OptionalCallOptions<'get', P>
  ): Promise<Answer<'get', P>> {
    return this.call('get', path, options);
  }

  async post<P extends Path<'post'>>(
    path: P,
    ...[options]: OptionalCallOptions<'post', P>
  ): Promise<Answer<'post', P>> {
    return this.call('post', path, options);
  }

  async put<P extends Path<'put'>>(
    path: P,
    ...[options]: OptionalCallOptions<'put', P>
  ): Promise<Answer<'put', P>> {
    return this.call('put', path, options);
  }

  async delete<P extends Path<'delete'>>(
    path: P,
    ...[options]: OptionalCallOptions<'delete', P>
  ): Promise<Answer<'delete', P>> {
    return this.call('delete', path, options);
  }

  /**
   * Every item of a listing, fetched page by page as the loop takes them. What stays is seen once, whatever comes and
   * goes meanwhile.
   */
  async *each<P extends ListingPath>(
    path: P,
    ...[options]: OptionalListingOptions<P>
  ): AsyncGenerator<Item<P>, void, undefined> {
    const {
      params,
      pageSize = MAX_PAGE_SIZE,
      ...waiting
    } = (options ?? {}) as AnyOptions & { pageSize?: number };
    for (let marker: string | undefined; ;) {
      const query = { ...params?.query, limit: pageSize, ...(marker === undefined ? {} : { marker }) };
      const page = await this.call('get', path, { ...waiting, params: { ...params, query } });
      const items = itemsOf(page);
      yield* items as Item<P>[];
      marker = markerAfter(items);
      if (marker === undefined) return;
    }
  }

  /** A sync task once it is over, in whatever state: also FAILED. */
  async finishedTask(
    taskId: string,
    { signal, pollMs = DEFAULT_POLL_MS, onProgress }: FinishedTaskOptions = {},
  ): Promise<Schemas['SyncTask']> {
    for (;;) {
      const { data: task } = await this.get('/v1/multicloud-resources/sync/{task_id}', {
        params: { path: { task_id: taskId } },
        ...(signal === undefined ? {} : { signal }),
      });
      onProgress?.(task);
      if (!OPEN_STATES.includes(task.state)) return task;
      await pause(pollMs, signal);
    }
  }

  private async call<M extends Method, P extends Path<M>>(
    method: M,
    path: P,
    { timeoutMs = this.timeoutMs, signal, ...request }: AnyOptions = {},
  ): Promise<Answer<M, P>> {
    refuseStrayPaths(request.params?.path);
    const operation = `${method.toUpperCase()} ${path}`;
    const timeout = AbortSignal.timeout(timeoutMs);
    const progress = { sent: false };
    const init = {
      ...request,
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
      fetch: (made: Request) => {
        progress.sent = true;
        return this.fetch(made);
      },
    };
    let answer: AnyAnswer;
    try {
      answer = await (this.http.request as AnyRequest)(method, path, init);
    } catch (error) {
      signal?.throwIfAborted();
      throw progress.sent ? MusterError.ofFailure(operation, error, timeout) : error;
    }
    if (!answer.response.ok) throw MusterError.ofAnswer(operation, answer.response, answer.error);
    return answer.data as Answer<M, P>;
  }
}

/** Options of any operation, once their types have been checked where it is called. */
interface AnyOptions {
  params?: { path?: Record<string, unknown>; query?: Record<string, unknown> } | undefined;
  body?: unknown;
  signal?: AbortSignal;
  timeoutMs?: number;
}

interface AnyAnswer {
  data?: unknown;
  error?: unknown;
  response: Response;
}

type AnyRequest = (method: Method, path: string, init: object) => Promise<AnyAnswer>;

/** An id that is empty or dots would make another path of it: deleting `..` must not delete something else. */
function refuseStrayPaths(parameters: Record<string, unknown> = {}): void {
  for (const [name, value] of Object.entries(parameters)) {
    if (typeof value === 'string' && !/^\.{0,2}$/.test(value)) continue;
    throw new TypeError(`${name} must be an id (it is ${JSON.stringify(value)})`);
  }
}

/** The items of a page: a listing's data, or the cells in it. */
function itemsOf({ data }: { data?: unknown }): readonly unknown[] {
  return (Array.isArray(data) ? data : (data as { cells: unknown[] }).cells) as unknown[];
}

/** What the next page comes after; undefined when there is none. A plan's items have no id but their unit's, tasks theirs. */
function markerAfter(items: readonly unknown[]): string | undefined {
  const last = items.at(-1) as { id?: string; unit_id?: string; task_id?: string } | undefined;
  return last?.id ?? last?.unit_id ?? last?.task_id;
}

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal?.addEventListener('abort', end);
  });
  signal?.throwIfAborted();
}
