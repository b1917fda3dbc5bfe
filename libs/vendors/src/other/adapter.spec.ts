import { once } from 'node:events';

import { afterEach, describe, expect, it } from '@jest/globals';

import type { JsonObject, JsonValue, SyncError } from '#domain';
import { type RestRoute, type RestSimulator, startRestSimulator } from '#simulators';
import { type OfferedScope, VendorNetwork } from '#vendor-kit';
import { listPages, openGate, openNetwork } from '#vendor-kit/testing';

import { adapter } from './adapter.js';
import type { OtherConnection } from './connection.js';
import type { ConnectorDocument, StreamDocument } from './document/connector-document.js';
import { previewStreams } from './preview.js';

const NEVER = new AbortController().signal;
const SK = 'secret-0f-the-account';

const STREAM: StreamDocument = {
  name: 'vms',
  type: 'cloudservers',
  request: { path: '/vms' },
  records: 'items',
  pagination: { type: 'none' },
  mapping: { id: 'id', name: 'name' },
};

type Reply = RestRoute['answer'];

const json = (document: unknown, headers: Record<string, string> = {}, status = 200): ReturnType<Reply> => ({
  status,
  headers: { 'Content-Type': 'application/json', ...headers },
  parts: [JSON.stringify(document)],
});
const items = (...ids: JsonValue[]): JsonObject[] =>
  ids.map((id) => ({ id, name: `vm ${JSON.stringify(id)}` }));

let simulator: RestSimulator | undefined;

afterEach(async () => {
  await simulator?.close();
  simulator = undefined;
});

async function serve(...routes: RestRoute[]): Promise<RestSimulator> {
  simulator = await startRestSimulator({ refuse: () => undefined, routes });
  return simulator;
}

function connectorOf(url: string, stream: Partial<StreamDocument> = {}): ConnectorDocument {
  return {
    version: 1,
    base_url: url,
    auth: { type: 'bearer' },
    allow_insecure_http: true,
    streams: [{ ...STREAM, ...stream }],
  };
}

/** Lists the connector's first scope. */
async function list(connector: ConnectorDocument, resumeAt?: string, network = openNetwork) {
  const access = { accountId: 'a', ak: 'me', sk: SK, settings: { connector }, gate: openGate, network };
  const connection = await adapter.connect(access, NEVER);
  try {
    const [scope] = (await adapter.scopes(connection, NEVER)) as OfferedScope[];
    const table = adapter.tables.find(({ isListedIn }) => scope && isListedIn?.(scope) === true);
    if (scope === undefined || table === undefined) throw new Error('there is nothing to list');
    return await listPages(table, { connection, scope }, resumeAt);
  } finally {
    await adapter.disconnect(connection);
  }
}

const idsIn = (pages: Awaited<ReturnType<typeof list>>) =>
  pages.flatMap(({ resources }) => resources.map(({ nativeId }) => nativeId));

async function failureOf(listing: Promise<unknown>): Promise<SyncError> {
  const error = await listing.then(
    () => new Error('the listing did not fail'),
    (thrown: unknown) => thrown,
  );
  const meaning = adapter.classify(error);
  if (meaning === undefined) throw error;
  expect(`${String(error)} ${meaning.message}`).not.toContain(SK);
  return meaning;
}

describe('what is never taken for an empty or a complete listing', () => {
  const html: ReturnType<Reply> = {
    status: 200,
    headers: { 'Content-Type': 'text/html' },
    parts: ['<!DOCTYPE html><title>Sign in</title>'],
  };
  it.each<[string, string, ReturnType<Reply>]>([
    ['a page to sign in at', 'WEB_PAGE', html],
    ['one that calls itself JSON', 'WEB_PAGE', { ...html, headers: { 'Content-Type': 'application/json' } }],
    ['an empty answer', 'MALFORMED_ANSWER', { status: 200, headers: {}, parts: [''] }],
    ['no content', 'MALFORMED_ANSWER', { status: 204, headers: {}, parts: [] }],
    ['an answer without the list', 'NO_RECORDS', json({ data: [] })],
    ['a list that is null', 'NO_RECORDS', json({ items: null })],
    ['an object instead of the list', 'NO_RECORDS', json({ items: {} })],
    ['a list instead of the object', 'NO_RECORDS', json([])],
    ['records that are none', 'MAPPING', json({ items: [1] })],
    ['a record without an id', 'MAPPING', json({ items: [{ id: 'a' }, { name: 'b' }] })],
    ['two records with one id', 'MAPPING', json({ items: items('a', 'b', 'a') })],
    ['a redirect', 'REDIRECTED', json({}, { Location: 'https://elsewhere.example/login?token=x' }, 302)],
  ])('%s', async (_, code, answer) => {
    const { url } = await serve({ path: '/vms', answer: () => answer });
    expect((await failureOf(list(connectorOf(url)))).vendorCode).toBe(code);
  });

  it('a record says which it is: stream, page and row', async () => {
    const cursor = { type: 'cursor', parameter: 'after', cursor: 'next' } as const;
    const { url } = await serve({
      path: '/vms',
      answer: ({ url: asked }) =>
        asked.searchParams.has('after')
          ? json({ items: [...items('c'), { id: {} }] })
          : json({ items: items('a', 'b'), next: 'b' }),
    });
    const { message } = await failureOf(list(connectorOf(url, { pagination: cursor })));
    expect(message).toContain('Stream vms: page 2, row 2: mapping.id gives an object');
  });

  const misleading: [string, string, boolean, Partial<StreamDocument>, (page: number) => JsonObject][] = [
    [
      'fewer records than there are said to be',
      'INCOMPLETE',
      true,
      { pagination: { type: 'none', total: 'total' } },
      () => ({ items: items('a'), total: 2 }),
    ],
    [
      'an empty page before the last one',
      'INCOMPLETE',
      true,
      { pagination: { type: 'page', parameter: 'page', total_pages: 'pages' } },
      (page) => ({ items: page === 1 ? items('a') : [], pages: 3 }),
    ],
    [
      'pages that shift as something is deleted',
      'SHIFTED',
      true,
      { pagination: { type: 'page', parameter: 'page', total: 'total' } },
      (page) => ({ items: items(page), total: 5 - page }),
    ],
    [
      'a server that gives its first page for ever',
      'PAGING',
      false,
      { pagination: { type: 'page', parameter: 'p', total_pages: 'pages' } },
      () => ({ items: items('a'), pages: 3 }),
    ],
    [
      'a cursor that leads in circles',
      'PAGING',
      false,
      { pagination: { type: 'cursor', parameter: 'page', cursor: 'next' } },
      (page) => ({ items: items(page, `x${String(page)}`), next: page === 2 ? '3' : '2' }),
    ],
    [
      'a link to another host',
      'PAGING',
      false,
      { pagination: { type: 'next_link', next: 'next' } },
      () => ({ items: items('a'), next: 'https://evil.example/vms?page=2' }),
    ],
  ];
  it.each(misleading)('%s', async (_, code, beginsAnew, stream, document) => {
    const { url } = await serve({
      path: '/vms',
      answer: ({ url: asked }) => json(document(Number(asked.searchParams.get('page') ?? 1))),
    });
    const { vendorCode, cursorExpired } = await failureOf(list(connectorOf(url, stream)));
    expect({ vendorCode, cursorExpired }).toEqual({ vendorCode: code, cursorExpired: beginsAnew });
  });
});

describe('a listing', () => {
  const cursor = { type: 'cursor', parameter: 'after', cursor: 'next' } as const;

  it('goes on over empty pages', async () => {
    const pages: Record<string, JsonObject> = {
      '': { items: items('a'), next: '1' },
      '1': { items: [], next: '2' },
      '2': { items: items('b') },
    };
    const { url } = await serve({
      path: '/vms',
      answer: ({ url: asked }) => json(pages[asked.searchParams.get('after') ?? '']),
    });
    expect(idsIn(await list(connectorOf(url, { pagination: cursor })))).toEqual(['a', 'b']);
  });

  it.each([400, 404, 410])('begins anew when its place is refused with %i', async (status) => {
    const { url } = await serve({
      path: '/vms',
      answer: ({ url: asked }) =>
        asked.searchParams.has('after') ? json({}, {}, status) : json({ items: items('a'), next: '1' }),
    });
    const error = await failureOf(list(connectorOf(url, { pagination: cursor })));
    expect(error).toMatchObject({ kind: 'unavailable', vendorCode: 'CURSOR_REFUSED', cursorExpired: true });
  });

  it('begins anew when the connector is another than it began with', async () => {
    const { url } = await serve({ path: '/vms', answer: () => json({ items: items('a', 'b'), next: '1' }) });
    const access = {
      accountId: 'a',
      ak: '',
      sk: SK,
      settings: { connector: connectorOf(url, { pagination: cursor }) },
      gate: openGate,
      network: openNetwork,
    };
    const connection = await adapter.connect(access, NEVER);
    const [scope] = await adapter.scopes(connection, NEVER);
    const table = adapter.tables.find(({ type }) => type === 'cloudservers');
    if (scope === undefined || table === undefined) throw new Error('there is nothing to list');
    let resumeAt: string | undefined;
    for await (const page of table.pages({ connection, scope, signal: NEVER })) {
      resumeAt = page.resumeAt;
      break;
    }
    await adapter.disconnect(connection);
    expect(resumeAt).not.toContain(SK);
    const other = connectorOf(url, { pagination: cursor, request: { path: '/vms', query: { all: true } } });
    expect(await failureOf(list(other, resumeAt))).toMatchObject({
      vendorCode: 'CHANGED',
      cursorExpired: true,
    });
  });

  it('asks as the connector says', async () => {
    const seen: string[] = [];
    const { url } = await serve({
      method: 'POST',
      path: '/v2/eu/vms',
      answer: ({ headers, body, url: asked }) => {
        seen.push(
          [headers['x-a'], headers['x-b'], headers.authorization, asked.search, body.toString()].join(' '),
        );
        return json({ items: [] });
      },
    });
    const connector: ConnectorDocument = {
      ...connectorOf(`${url}/v2/`, {
        partitions: ['eu'],
        request: {
          method: 'POST',
          path: '/${partition}/vms',
          query: { all: true, in: ['a b', '${partition}'] },
          headers: { 'X-B': 'of ${partition}' },
          body: { filter: { region: ['${partition}'] }, paging: { size: 2 } },
        },
        pagination: { type: 'offset', parameter: 'paging.offset', in: 'body' },
      }),
      headers: { 'X-A': 'a' },
    };
    expect(idsIn(await list(connector))).toEqual([]);
    const body = '{"filter":{"region":["eu"]},"paging":{"size":2,"offset":0}}';
    expect(new Set(seen)).toEqual(new Set([`a of eu Bearer ${SK} ?all=true&in=a+b&in=eu ${body}`]));
  });
});

describe('failures of an API', () => {
  it.each<[string, object, ReturnType<Reply>, object]>([
    ['an unknown path', {}, json({ message: 'no' }, {}, 404), { kind: 'bug', vendorCode: 'HTTP 404' }],
    [
      'an absent service, by its status',
      { errors: { kinds: { 'HTTP 404': 'absent' } } },
      json({}, {}, 404),
      { kind: 'absent', vendorCode: 'HTTP 404' },
    ],
    [
      'its own code with status 200',
      { errors: { code: 'error.code', message: 'error.text', kinds: { 'Quota*': 'throttled' } } },
      json({ error: { code: 'QuotaExceeded', text: 'slow down' } }, { 'Retry-After': '7' }),
      { kind: 'throttled', vendorCode: 'QuotaExceeded', retryAfterMs: 7_000 },
    ],
    [
      'a code that nobody has named, with status 200',
      { errors: { code: 'error.code' } },
      json({ error: { code: 17 } }),
      { kind: 'unavailable', vendorCode: '17' },
    ],
    [
      'a quota that is whole again in a while',
      {},
      json({}, { 'X-RateLimit-Reset': '9' }, 429),
      { kind: 'throttled', vendorCode: 'HTTP 429', retryAfterMs: 9_000 },
    ],
    ['an odd status', {}, json({}, {}, 418), { kind: 'bug', vendorCode: 'HTTP 418' }],
  ])('%s', async (_, stream, answer, meaning) => {
    const { url } = await serve({ path: '/vms', answer: () => answer });
    expect(await failureOf(list(connectorOf(url, stream)))).toMatchObject(meaning);
  });

  it('a page that is too large', async () => {
    const text = 'x'.repeat(17 * 1_048_576);
    const { url } = await serve({ path: '/vms', answer: () => json({ items: [{ id: text }] }) });
    const error = await failureOf(list(connectorOf(url)));
    expect(error).toMatchObject({ kind: 'bug', vendorCode: 'UND_ERR_RES_EXCEEDED_MAX_SIZE' });
  });

  it('too many records on a page', async () => {
    const many = Array.from({ length: 20_001 }, (_, id) => ({ id }));
    const { url } = await serve({ path: '/vms', answer: () => json({ items: many }) });
    expect((await failureOf(list(connectorOf(url)))).vendorCode).toBe('TOO_LARGE');
  });

  it('a host that Muster may not call', async () => {
    const { url } = await serve({ path: '/vms', answer: () => json({ items: [] }) });
    const error = await failureOf(list(connectorOf(url), undefined, new VendorNetwork([])));
    expect(error).toMatchObject({ kind: 'credentials', vendorCode: 'ENDPOINT_REFUSED' });
  });

  it('what an account signs in with and no header can hold', async () => {
    const access = { accountId: 'a', ak: '', sk: 'line\nend', gate: openGate, network: openNetwork };
    const settings = { connector: connectorOf('http://127.0.0.1:1') };
    const error = await failureOf(adapter.connect({ ...access, settings }, NEVER));
    expect(error).toMatchObject({ kind: 'credentials', vendorCode: 'SECRET_UNUSABLE' });
  });
});

describe('OAuth 2 by client credentials', () => {
  const auth = (url: string) => ({ type: 'oauth2_client_credentials' as const, token_url: `${url}/token` });

  it.each([
    ['basic', { scope: 'read', audience: 'api' }],
    ['body', { client_authentication: 'body' as const }],
  ])('gets a token by %s, and another when it is refused', async (_, more) => {
    let tokens = 0;
    const grants: string[] = [];
    const { url } = await serve(
      {
        method: 'POST',
        path: '/token',
        answer: ({ headers, body }) => {
          grants.push(`${headers.authorization ?? ''} ${body.toString()}`);
          tokens += 1;
          return json({ access_token: `token-${String(tokens)}`, expires_in: 3_600 });
        },
      },
      {
        path: '/vms',
        answer: ({ headers }) =>
          headers.authorization === 'Bearer token-2' ? json({ items: items('a') }) : json({}, {}, 401),
      },
    );
    const connector = { ...connectorOf(url), auth: { ...auth(url), ...more } };
    expect(idsIn(await list(connector))).toEqual(['a']);
    const pair = Buffer.from(`me:${SK}`).toString('base64');
    const first =
      'client_authentication' in more
        ? ` grant_type=client_credentials&client_id=me&client_secret=${SK}`
        : `Basic ${pair} grant_type=client_credentials&scope=read&audience=api`;
    expect(grants).toEqual([first, first]);
  });

  it.each<[string, ReturnType<Reply>, object]>([
    [
      'a wrong secret',
      json({ error: 'invalid_client' }, {}, 401),
      { kind: 'credentials', vendorCode: 'TOKEN_REFUSED' },
    ],
    ['no token', json({}), { kind: 'credentials', vendorCode: 'TOKEN_REFUSED' }],
    ['trouble there', json({}, {}, 503), { kind: 'unavailable', vendorCode: 'HTTP 503' }],
    ['too many tokens', json({}, { 'Retry-After': '3' }, 429), { kind: 'throttled', retryAfterMs: 3_000 }],
  ])('tells %s', async (_, answer, meaning) => {
    const { url } = await serve({ method: 'POST', path: '/token', answer: () => answer });
    const connector = { ...connectorOf(url), auth: auth(url) };
    expect(await failureOf(list(connector))).toMatchObject(meaning);
  });

  it('does not ask for ever for what is refused with any token', async () => {
    const { url, requests } = await serve(
      {
        method: 'POST',
        path: '/token',
        name: 'token',
        answer: () => json({ access_token: 't', expires_in: 600 }),
      },
      { path: '/vms', name: 'vms', answer: () => json({}, {}, 401) },
    );
    const error = await failureOf(list({ ...connectorOf(url), auth: auth(url) }));
    expect(error).toMatchObject({ kind: 'credentials', vendorCode: 'HTTP 401' });
    expect(requests).toEqual({ token: 2, vms: 2 });
  });
});

describe('a preview', () => {
  async function preview(connector: ConnectorDocument, timeMs?: number, gate = openGate) {
    const settings = { connector };
    const access = { accountId: 'a', ak: 'me', sk: SK, settings, gate, network: openNetwork };
    const connection = (await adapter.connect(access, NEVER)) as OtherConnection;
    try {
      return await previewStreams(connection, NEVER, timeMs);
    } finally {
      await adapter.disconnect(connection);
    }
  }
  const two = (url: string): ConnectorDocument => {
    const connector = connectorOf(url);
    const [vms] = connector.streams;
    if (vms === undefined) throw new Error('there is no stream');
    return { ...connector, streams: [vms, { ...vms, name: 'disks', request: { path: '/disks' } }] };
  };

  it('shows five records of a page, and what each becomes or why it becomes nothing', async () => {
    const records = [{ id: 1, name: 'one', size: 7 }, { name: 'none' }, 'text', ...items('a', 'b', 'c', 'd')];
    const { url } = await serve({ path: '/vms', answer: () => json({ items: records }) });
    const stream = { mapping: { id: 'id', name: 'name', created_at: 'made' } };
    const [shown] = await preview(connectorOf(url, stream));
    expect(shown).toMatchObject({
      scope: 'vms',
      type: 'cloudservers',
      request: 'GET /vms',
      records: 7,
      unmapped: ['size'],
      problem: null,
    });
    expect(shown?.rows).toEqual([
      {
        record: records[0],
        resource: expect.objectContaining({ nativeId: '1', name: 'one', properties: records[0] }),
        problem: null,
      },
      { record: records[1], resource: null, problem: 'mapping.id gives null, which is no id' },
      { record: null, resource: null, problem: 'The record is no object.' },
      expect.objectContaining({ resource: expect.objectContaining({ nativeId: 'a' }) }),
      expect.objectContaining({ resource: expect.objectContaining({ nativeId: 'b' }) }),
    ]);
  });

  it('says what is wrong with one stream, and shows the others', async () => {
    const { url } = await serve(
      { path: '/vms', answer: () => json({ other: [] }) },
      { path: '/disks', answer: () => json({ items: items('a') }) },
    );
    const [vms, disks] = await preview(two(url));
    expect(vms).toMatchObject({ rows: [], problem: expect.stringContaining('"records" finds no list') });
    expect(disks).toMatchObject({ records: 1, problem: null });
  });

  it('ends as a check does when the vendor throttles or lets nobody in', async () => {
    let status = 200;
    const { url } = await serve({ path: '/vms', answer: () => json({ items: [] }, {}, status) });
    const connector = connectorOf(url);
    const settings = { connector };
    const access = { accountId: 'a', ak: 'me', sk: SK, settings, gate: openGate, network: openNetwork };
    const connection = (await adapter.connect(access, NEVER)) as OtherConnection;
    for (const [next, kind] of [
      [429, 'throttled'],
      [401, 'credentials'],
    ] as const) {
      status = next;
      expect((await failureOf(previewStreams(connection, NEVER))).kind).toBe(kind);
    }
    await adapter.disconnect(connection);
  });

  it('shows what came in time, and says so of the rest', async () => {
    const { url } = await serve({ path: '/vms', answer: () => json({ items: items('a') }) });
    let calls = 0;
    const gate: typeof openGate = {
      ...openGate,
      call: async (api, make, options) => {
        calls += 1;
        if (calls > 1 && options?.signal !== undefined) await once(options.signal, 'abort'); // 1 signs in
        return await openGate.call(api, make, options);
      },
    };
    const [shown] = await preview(connectorOf(url), 0, gate);
    expect(shown).toMatchObject({ rows: [], problem: expect.stringContaining('within the 0 s') });
  });

  it('looks at twenty listings and no more', async () => {
    const { url } = await serve({ path: '/vms', answer: () => json({ items: [] }) });
    const partitions = Array.from({ length: 30 }, (_, index) => `p-${String(index)}`);
    expect(await preview(connectorOf(url, { partitions }))).toHaveLength(20);
  });
});
