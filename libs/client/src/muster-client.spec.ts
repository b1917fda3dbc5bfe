import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { createMusterClient, type MusterClient } from './muster-client.js';
import { MusterError } from './muster-error.js';

type Answering = (request: IncomingMessage, response: ServerResponse) => void;

/** Long enough for a request that is to be aborted, and never reached. */
const NEVER_MS = 600_000;

const RESOURCES = '/v1/multicloud-resources';
const TASK = '/v1/multicloud-resources/sync/{task_id}';

let answer: Answering;
let baseUrl: string;
let muster: MusterClient;
let asked: string[];
const server = createServer((request, response) => {
  asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
  answer(request, response);
});

beforeEach(async () => {
  asked = [];
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  baseUrl = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  muster = createMusterClient({ baseUrl, apiKey: 'mk_key' });
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function answersJson(body: unknown, status = 200, headers: Record<string, string> = {}): Answering {
  return (_request, response) => {
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
}

/** What a call throws, which must be a MusterError. */
async function refusal(call: Promise<unknown>): Promise<MusterError> {
  const error = await call.then(
    () => new Error('it was not refused'),
    (reason: unknown) => reason,
  );
  if (error instanceof MusterError) return error;
  throw error;
}

describe('a request', () => {
  it('carries the key, its parameters and its body, and gives the answer', async () => {
    let sent: { headers: IncomingMessage['headers']; body: string } | undefined;
    answer = (request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (part: string) => (body += part));
      request.on('end', () => {
        sent = { headers: request.headers, body };
        answersJson({ data: 'task-1' })(request, response);
      });
    };
    const { data } = await muster.post('/v1/multicloud-resources/sync', {
      params: { query: { force: true }, header: { 'Idempotency-Key': 'once' } },
      body: { vendor: 'VMWARE', account_id: 'vcenter' },
    });
    expect(data).toBe('task-1');
    expect(asked).toEqual(['POST /v1/multicloud-resources/sync?force=true']);
    expect(sent?.headers).toMatchObject({
      authorization: 'Bearer mk_key',
      'content-type': 'application/json',
      'idempotency-key': 'once',
    });
    expect(JSON.parse(sent?.body ?? '')).toEqual({ vendor: 'VMWARE', account_id: 'vcenter' });
  });

  it('repeats a list in the query, and escapes what has a meaning there', async () => {
    answer = answersJson({ data: [] });
    await muster.get(RESOURCES, {
      params: { query: { vendor: 'VMWARE', limit: 5, name_list: ['a,b', 'c&d=e', 'f g+ü'] } },
    });
    const { searchParams } = new URL(asked[0]?.slice('GET '.length) ?? '', baseUrl);
    expect(searchParams.getAll('name_list')).toEqual(['a,b', 'c&d=e', 'f g+ü']);
  });

  it('has no body and no content type where the operation has none', async () => {
    let headers: IncomingMessage['headers'] = {};
    answer = (request, response) => {
      headers = request.headers;
      answersJson({ data: 'task-1' })(request, response);
    };
    await muster.post(`${TASK}/cancel`, { params: { path: { task_id: 'task-1' } } });
    expect(asked).toEqual(['POST /v1/multicloud-resources/sync/task-1/cancel']);
    expect(headers['content-type']).toBeUndefined();
  });

  it.each(['', '.', '..'])('is not made with the id "%s", which would make another path', async (id) => {
    await expect(muster.delete('/v1/vendor-account/{id}', { params: { path: { id } } })).rejects.toThrow(
      new TypeError(`id must be an id (it is "${id}")`),
    );
    expect(asked).toEqual([]);
  });

  it('keeps an id with slashes in its place', async () => {
    answer = answersJson({ data: 'x' });
    await muster.delete('/v1/vendor-account/{id}', { params: { path: { id: '../x/y?z' } } });
    expect(asked).toEqual(['DELETE /v1/vendor-account/..%2Fx%2Fy%3Fz']);
  });

  it('goes where Muster is behind a path, however many slashes end it', async () => {
    answer = answersJson({ status: 'ok' });
    const behind = createMusterClient({ baseUrl: `${baseUrl}/inventory//`, apiKey: 'mk_key' });
    expect(await behind.get('/healthz')).toEqual({ status: 'ok' });
    expect(asked).toEqual(['GET /inventory/healthz']);
  });

  it('is sent by what the options name', async () => {
    const client = createMusterClient({
      baseUrl,
      apiKey: 'mk_key',
      fetch: async ({ url }) => Response.json({ status: url }),
    });
    expect(await client.get('/healthz')).toEqual({ status: `${baseUrl}/healthz` });
  });

  it('is none that the document does not have', async () => {
    answer = answersJson({ error_code: 'COC.1', error_msg: 'no' }, 400);
    const query = { vendor: 'VMWARE' } as const;
    const mistakes = [
      // @ts-expect-error no such path
      () => muster.get('/v1/resources'),
      // @ts-expect-error not with this method
      () => muster.delete(RESOURCES, { params: { query: { ...query, limit: 1 } } }),
      // @ts-expect-error limit is missing
      () => muster.get(RESOURCES, { params: { query } }),
      // @ts-expect-error no such vendor
      () => muster.get(`${RESOURCES}/count`, { params: { query: { vendor: 'VSPHERE' } } }),
      // @ts-expect-error the task's id is missing
      () => muster.get(TASK),
      // @ts-expect-error the body is missing
      () => muster.post('/v1/vendor-account', {}),
      // @ts-expect-error pages are the client's to ask for
      () => muster.each(RESOURCES, { params: { query: { ...query, marker: 'x' } } }).next(),
      // @ts-expect-error not a listing
      () => muster.each('/healthz').next(),
    ];
    for (const mistake of mistakes) expect(await refusal(mistake())).toMatchObject({ code: 'COC.1' });
  });
});

describe('options', () => {
  it.each(['muster.example', 'ftp://muster.example', 'http://', 'https://muster.example/?x=1', ''])(
    'refuses the address "%s"',
    (address) => {
      expect(() => createMusterClient({ baseUrl: address, apiKey: 'mk_key' })).toThrow(
        new TypeError(`baseUrl must be an http or https URL, as https://muster.example (it is "${address}")`),
      );
    },
  );

  it.each(['', 'two words', 'line\nbreak', 'schlüssel'])(
    'refuses the key "%s" without repeating it',
    (apiKey) => {
      expect(() => createMusterClient({ baseUrl, apiKey })).toThrow(
        /^apiKey must be an API key of Muster: [^"]*$/,
      );
    },
  );
});

describe('an error', () => {
  const ask = () => muster.get(TASK, { params: { path: { task_id: 'task-1' } } });

  it('has the code, message and request id of the answer', async () => {
    const body = {
      error_code: 'COC.00101201',
      error_msg: 'there is no such task',
      request_id: 'ab'.repeat(16),
    };
    answer = answersJson(body, 404, { 'X-Request-Id': body.request_id });
    const error = await refusal(ask());
    expect(error).toMatchObject({
      name: 'MusterError',
      message: 'there is no such task',
      operation: `GET ${TASK}`,
      status: 404,
      code: 'COC.00101201',
      requestId: body.request_id,
      retryable: false,
      retryAfterMs: undefined,
    });
  });

  it.each([
    [400, undefined, false],
    [403, undefined, false],
    [408, undefined, true],
    [409, undefined, false],
    [409, '1', true],
    [429, '7', true],
    [429, undefined, true],
    [500, undefined, false],
    [503, '2', true],
  ])('of status %s with Retry-After %s is retryable: %s', async (status, retryAfter, retryable) => {
    const body = { error_code: 'COC.1', error_msg: 'no', request_id: '' };
    answer = answersJson(body, status, retryAfter === undefined ? {} : { 'Retry-After': retryAfter });
    const error = await refusal(ask());
    expect(error.retryable).toBe(retryable);
    expect(error.retryAfterMs).toBe(retryAfter === undefined ? undefined : Number(retryAfter) * 1_000);
  });

  it("says so when the answer is a proxy's", async () => {
    answer = (_request, response) => {
      response.writeHead(502, { 'Content-Type': 'text/html' }).end('<h1>Bad gateway</h1>');
    };
    expect(await refusal(ask())).toMatchObject({ code: 'HTTP_502', status: 502, retryable: true });
  });

  it('says so when what answers is not Muster', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/html' }).end('<h1>Sign in</h1>');
    };
    const error = await refusal(ask());
    expect(error).toMatchObject({ code: 'MALFORMED', status: undefined, retryable: false });
    expect(error.message).toContain('does baseUrl lead to Muster?');
  });

  it('says why when Muster cannot be reached', async () => {
    await new Promise((resolve) => server.close(resolve));
    const error = await refusal(ask());
    expect(error).toMatchObject({ code: 'UNREACHABLE', status: undefined, retryable: true });
    expect(error.message).toMatch(/^Muster cannot be reached: .*ECONNREFUSED/);
    expect(error).toHaveProperty('cause.cause.code', 'ECONNREFUSED');
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  it('is UNREACHABLE too when the answer breaks off', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.write('{"data":', () => response.destroy());
    };
    expect(await refusal(ask())).toMatchObject({ code: 'UNREACHABLE', retryable: true });
  });

  it('comes when there is no answer in time, at its head or within its body', async () => {
    answer = () => undefined;
    const silent = muster.get('/healthz', { timeoutMs: 50 });
    expect(await refusal(silent)).toMatchObject({ code: 'TIMEOUT', retryable: true });
    answer = (_request, response) => response.writeHead(200).write('{"status":');
    const client = createMusterClient({ baseUrl, apiKey: 'mk_key', timeoutMs: 50 });
    expect(await refusal(client.get('/healthz'))).toMatchObject({ code: 'TIMEOUT', retryable: true });
  });

  it('is not made of a mistake of the caller', async () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    const settings = circular as { endpoint: string };
    const account = { vendor: 'VMWARE', account_id: 'a', account_name: 'b', ak: 'c', sk: 'd' } as const;
    await expect(muster.post('/v1/vendor-account', { body: { ...account, settings } })).rejects.toThrow(
      TypeError,
    );
    expect(asked).toEqual([]);
  });

  it('is the reason of the signal when that ends the request', async () => {
    const controller = new AbortController();
    const reason = new Error('the user has left');
    answer = () => controller.abort(reason);
    await expect(muster.get('/healthz', { signal: controller.signal })).rejects.toBe(reason);
    await expect(muster.get('/healthz', { signal: controller.signal })).rejects.toBe(reason);
    expect(asked).toEqual(['GET /healthz']);
  });
});

describe('each', () => {
  /** Answers pages of a listing of so many items, by the marker. */
  function listing(total: number, idName = 'id'): Answering {
    return (request, response) => {
      const { searchParams } = new URL(request.url ?? '', baseUrl);
      const from = Number(searchParams.get('marker') ?? 0);
      const size = Math.min(Number(searchParams.get('limit')), total - from);
      const data = Array.from({ length: size }, (_, index) => ({ [idName]: String(from + index + 1) }));
      answersJson({ data })(request, response);
    };
  }

  it.each([
    [0, 1],
    [1, 2],
    [6, 3],
    [7, 4],
  ])('gives %s items in order, in %s requests', async (total, requests) => {
    answer = listing(total);
    const ids: string[] = [];
    for await (const { id } of muster.each(RESOURCES, {
      params: { query: { vendor: 'VMWARE' } },
      pageSize: 3,
    })) {
      ids.push(id);
    }
    expect(ids).toEqual(Array.from({ length: total }, (_, index) => String(index + 1)));
    expect(asked).toHaveLength(requests);
  });

  it('keeps the filters from page to page, and fetches no page that is not asked for', async () => {
    answer = listing(10);
    const query = { vendor: 'VMWARE', name_list: ['a', 'b'] } as const;
    for await (const { id } of muster.each(RESOURCES, {
      params: { query: { ...query, name_list: [...query.name_list] } },
      pageSize: 4,
    })) {
      if (id === '5') break;
    }
    expect(asked).toEqual([
      `GET ${RESOURCES}?vendor=VMWARE&name_list=a&name_list=b&limit=4`,
      `GET ${RESOURCES}?vendor=VMWARE&name_list=a&name_list=b&limit=4&marker=4`,
    ]);
  });

  it("goes on by a plan's unit_id or a task's task_id, and needs no options where a listing has none", async () => {
    answer = listing(2, 'unit_id');
    const units: string[] = [];
    const params = { path: { task_id: 'task-1' } };
    for await (const unit of muster.each(`${TASK}/plan`, { params, pageSize: 1 })) units.push(unit.unit_id);
    expect(units).toEqual(['1', '2']);
    answer = listing(3, 'task_id');
    const tasks: string[] = [];
    for await (const task of muster.each('/v1/multicloud-resources/sync', { pageSize: 2 }))
      tasks.push(task.task_id);
    expect(tasks).toEqual(['1', '2', '3']);
    answer = listing(1);
    for await (const account of muster.each('/v1/vendor-account')) expect(account.id).toBe('1');
    expect(asked.at(-1)).toBe('GET /v1/vendor-account?limit=500&marker=1');
  });

  it("gives the cells of an account's coverage", async () => {
    const cells = [{ id: 'one' }, { id: 'two' }];
    answer = (request, response) => {
      const marker = new URL(request.url ?? '', baseUrl).searchParams.get('marker');
      answersJson({ data: { account_id: 'a', cells: marker === null ? cells : [] } })(request, response);
    };
    const ids: string[] = [];
    for await (const cell of muster.each('/v1/accounts/{id}/coverage', { params: { path: { id: 'a' } } })) {
      ids.push(cell.id);
    }
    expect(ids).toEqual(['one', 'two']);
  });

  it('throws where a page fails', async () => {
    answer = (request, response) => {
      const failed = asked.length === 2;
      if (failed) answersJson({ error_code: 'COC.00010503', error_msg: 'away' }, 503)(request, response);
      else listing(10)(request, response);
    };
    const seen: string[] = [];
    const all = async () => {
      for await (const { id } of muster.each('/v1/audit-log', { pageSize: 2 })) seen.push(id);
    };
    expect(await refusal(all())).toMatchObject({ code: 'COC.00010503', retryable: true });
    expect(seen).toEqual(['1', '2']);
  });
});

describe('finishedTask', () => {
  it.each(['SUCCEEDED', 'PARTIAL', 'FAILED', 'CANCELLED'])('looks until the task is %s', async (state) => {
    const states = ['QUEUED', 'RUNNING', 'RUNNING', state];
    answer = (request, response) =>
      answersJson({ data: { state: states[asked.length - 1] } })(request, response);
    const seen: string[] = [];
    const task = await muster.finishedTask('task-1', {
      pollMs: 1,
      onProgress: (now) => seen.push(now.state),
    });
    expect(task.state).toBe(state);
    expect(seen).toEqual(states);
    expect(asked).toHaveLength(4);
  });

  it('ends with its signal, between two looks and within one', async () => {
    const reason = new Error('shutting down');
    const between = new AbortController();
    answer = answersJson({ data: { state: 'RUNNING' } });
    const onProgress = () => setImmediate(() => between.abort(reason));
    const waiting = muster.finishedTask('t', { pollMs: NEVER_MS, signal: between.signal, onProgress });
    await expect(waiting).rejects.toBe(reason);
    const within = new AbortController();
    answer = () => within.abort(reason);
    await expect(muster.finishedTask('t', { signal: within.signal })).rejects.toBe(reason);
  });
});
