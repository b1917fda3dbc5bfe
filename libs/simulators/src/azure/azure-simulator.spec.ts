import { request } from 'node:https';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { type AzureSimulator, startAzureSimulator } from './azure-simulator.js';

const GRAPH = '/providers/Microsoft.ResourceGraph/resources';
const VERSION = '?api-version=2022-10-01';
const SUBSCRIPTIONS = '/subscriptions?api-version=2022-12-01';

interface Answered {
  status: number;
  body: Record<string, unknown>;
}

let simulator: AzureSimulator;

beforeEach(async () => {
  simulator = await startAzureSimulator();
});

afterEach(async () => {
  await simulator.close();
});

/** Calls the simulator as anybody would, without the adapter. */
function call(path: string, { token, body }: { token?: string; body?: string } = {}): Promise<Answered> {
  const isForm = body?.startsWith('grant_type') === true;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      new URL(path, simulator.url),
      {
        ca: simulator.caPem,
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json',
        },
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status: incoming.statusCode ?? 0, body: JSON.parse(text) as Answered['body'] });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function signIn(secret = simulator.clientSecret): Promise<Answered> {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: simulator.clientId,
    client_secret: secret,
    scope: 'https://management.azure.com/.default',
  });
  return call(`/${simulator.tenantId}/oauth2/v2.0/token`, { body: form.toString() });
}

async function token(): Promise<string> {
  return (await signIn()).body['access_token'] as string;
}

function query(text: string, options: object, bearer: string): Promise<Answered> {
  const subscriptions = simulator.estate.subscriptions.map(({ subscriptionId }) => subscriptionId);
  const body = JSON.stringify({ query: text, subscriptions, options });
  return call(GRAPH + VERSION, { token: bearer, body });
}

const codeOf = ({ body }: Answered) => (body['error'] as { code?: string } | undefined)?.code;

describe('the simulated Azure', () => {
  it('gives a token for the right secret only', async () => {
    const refused = await signIn('a wrong one');
    expect(refused.status).toBe(401);
    expect(JSON.stringify(refused.body)).toContain('AADSTS7000215');
    expect((await call(SUBSCRIPTIONS, { token: await token() })).status).toBe(200);
  });

  it('answers nobody without a token, and nobody whose token was revoked', async () => {
    expect(codeOf(await call(SUBSCRIPTIONS))).toBe('InvalidAuthenticationToken');
    expect(codeOf(await call(SUBSCRIPTIONS, { token: 'made up' }))).toBe('InvalidAuthenticationToken');
    const bearer = await token();
    simulator.faults.revokeTokens();
    expect((await call(SUBSCRIPTIONS, { token: bearer })).status).toBe(401);
  });

  it('wants a version of the API that there is', async () => {
    const bearer = await token();
    expect(codeOf(await call('/subscriptions', { token: bearer }))).toBe('MissingApiVersionParameter');
    const future = await call('/subscriptions?api-version=2099-01-01', { token: bearer });
    expect(codeOf(future)).toBe('InvalidApiVersionParameter');
  });

  it('refuses a query that it cannot read, rather than answer another', async () => {
    const bearer = await token();
    const wrong = await query("resources | wherever type =~ 'x'", { resultFormat: 'objectArray' }, bearer);
    expect(wrong.status).toBe(400);
  });

  it('pages a query, each row once', async () => {
    const bearer = await token();
    const text = 'resources | order by id asc | project id, name, type';
    const whole = await query(text, { resultFormat: 'objectArray', $top: 1_000 }, bearer);
    const ids = (whole.body['data'] as { id: string }[]).map(({ id }) => id);
    const paged: string[] = [];
    for (let skip = 0; skip < ids.length; skip += 7) {
      const page = await query(text, { resultFormat: 'objectArray', $top: 7, $skip: skip }, bearer);
      paged.push(...(page.body['data'] as { id: string }[]).map(({ id }) => id));
    }
    expect(ids.length).toBeGreaterThan(20);
    expect(paged).toEqual(ids);
  });

  it('leaves out of Resource Graph what a role lacks, and refuses everything else', async () => {
    const bearer = await token();
    const text = "resources | where type =~ 'microsoft.compute/disks' | order by id asc | project id";
    const count = async () =>
      ((await query(text, { resultFormat: 'objectArray' }, bearer)).body['data'] as unknown[]).length;
    expect(await count()).toBeGreaterThan(0);
    simulator.faults.denyAction('Microsoft.Compute/disks/read');
    expect(await count()).toBe(0);
    const [subscription] = simulator.estate.subscriptions;
    simulator.faults.denyAction('Microsoft.Storage/storageAccounts/read');
    const path = `/subscriptions/${subscription?.subscriptionId ?? ''}/providers/Microsoft.Storage/storageAccounts`;
    const refused = await call(`${path}?api-version=2023-05-01`, { token: bearer });
    expect([refused.status, codeOf(refused)]).toEqual([403, 'AuthorizationFailed']);
  });

  it('lists storage accounts by links, which lead to its end', async () => {
    const bearer = await token();
    for (const { subscriptionId } of simulator.estate.subscriptions) {
      const names: string[] = [];
      let path: string | undefined =
        `/subscriptions/${subscriptionId}/providers/Microsoft.Storage/storageAccounts?api-version=2023-05-01`;
      while (path !== undefined) {
        const { body }: Answered = await call(path, { token: bearer });
        names.push(...(body['value'] as { name: string }[]).map(({ name }) => name));
        path = body['nextLink'] as string | undefined;
      }
      expect(new Set(names).size).toBe(names.length);
    }
  });
});
