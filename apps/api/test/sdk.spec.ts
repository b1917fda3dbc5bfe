import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GlobalCredentials } from '@huaweicloud/huaweicloud-sdk-core/auth/GlobalCredentials.js';
import { BasicCredentials } from '@huaweicloud/huaweicloud-sdk-core/auth/BasicCredentials.js';
import { ClientBuilder } from '@huaweicloud/huaweicloud-sdk-core/ClientBuilder.js';
import type { HcClient } from '@huaweicloud/huaweicloud-sdk-core/HcClient.js';
import { Region } from '@huaweicloud/huaweicloud-sdk-core/region/region.js';

import { items, pagesOf, ScriptedVendor } from '../../../test/support/scripted-vendor.js';
import { TestMuster } from '../../../test/support/test-muster.js';
import { administrationOf, issueAccessKey, type KeyPair, tenantId } from './support/issue-credential.js';
import { vmwareAccount } from './support/vmware-account.js';

/** What Huawei's generated clients hand to their core; COC's own Node client is not on npm. */
interface SdkRequest {
  method: string;
  url: string;
  queryParams?: Record<string, unknown>;
  pathParams?: Record<string, string>;
  data?: object;
}

interface SdkError {
  httpStatusCode: number;
  errorCode: string;
  errorMsg: string;
  requestId: string;
}

let muster: TestMuster;
let pair: KeyPair;

beforeAll(async () => {
  const vendor = new ScriptedVendor();
  vendor.scripts['things'] = pagesOf([items('t', 5)]);
  muster = await TestMuster.start({ adapters: vendor.adapters });
  pair = await issueAccessKey(muster, { name: 'sdk' });
});

afterAll(() => muster.close());

const plain = (): HcClient =>
  new ClientBuilder<HcClient>((client) => client)
    .withEndpoint(muster.api.url)
    .withCredential(new GlobalCredentials({ ak: pair.accessKey, sk: pair.secretKey }))
    .build();

/** As the code that Huawei generates for each operation does. */
async function call(client: HcClient, request: SdkRequest): Promise<Record<string, unknown>> {
  return (await client.sendRequest({
    contentType: 'application/json',
    queryParams: {},
    pathParams: {},
    headers: {},
    data: {},
    ...request,
  })) as Record<string, unknown>;
}

async function failure(client: HcClient, request: SdkRequest): Promise<SdkError> {
  return call(client, request).then(
    () => {
      throw new Error('It was accepted.');
    },
    (error: unknown) => error as SdkError,
  );
}

const list: SdkRequest = { method: 'GET', url: '/v1/vendor-account', queryParams: { limit: 10 } };

describe('Huawei’s SDK for Node', () => {
  it('calls every operation of COC', async () => {
    const client = plain();
    const added = await call(client, { method: 'POST', url: '/v1/vendor-account', data: vmwareAccount('sdk') });
    expect(added).toEqual({ data: expect.any(String), httpStatusCode: 200 });
    const id = added['data'] as string;
    expect(await call(client, list)).toMatchObject({
      httpStatusCode: 200,
      total: 1,
      data: [{ id, account_id: 'sdk', domain_id: await tenantId(muster) }],
    });
    const pathParams = { id };
    const update = { method: 'PUT', url: '/v1/vendor-account/{id}', pathParams };
    expect(await call(client, { ...update, data: { account_name: '名 a+b' } })).toMatchObject({ data: id });

    const sync = { method: 'POST', url: '/v1/multicloud-resources/sync' };
    const { data: task } = await call(client, { ...sync, data: { vendor: 'VMWARE' } });
    expect((await muster.finishedTask(task as string)).state).toBe('SUCCEEDED');

    const resources = await call(client, {
      method: 'GET',
      url: '/v1/multicloud-resources',
      queryParams: { vendor: 'VMWARE', limit: 500, resource_id_list: [...items('t', 5)].reverse() },
    });
    expect(resources['data']).toHaveLength(5);
    const names = ['nobody', "it's (1)!", 'a,b', '名 a+b~/*', 'é', '%'];
    expect(
      await call(client, {
        method: 'GET',
        url: '/v1/multicloud-resources/count',
        queryParams: { vendor: 'VMWARE', name_list: [...names, (resources['data'] as { name: string }[])[0]!.name] },
      }),
    ).toEqual({ data: 1, httpStatusCode: 200 });

    const remove = { method: 'DELETE', url: '/v1/vendor-account/{id}', pathParams };
    expect(await call(client, remove)).toMatchObject({ data: id, httpStatusCode: 200 });
    expect(await call(client, list)).toMatchObject({ total: 0, data: [] });
  });

  it('calls every operation of Muster’s own', async () => {
    const client = plain();
    const id = randomUUID();
    const sync = `/v1/multicloud-resources/sync/${id}`;
    for (const [method, url] of [
      ['GET', `/v1/accounts/${id}/coverage`],
      ['GET', sync],
      ['GET', `${sync}/changes`],
      ['GET', `${sync}/transitions`],
      ['POST', `${sync}/cancel`],
      ['POST', `${sync}/retry`],
      ['GET', `/v1/multicloud-resources/${id}`],
    ] as const) {
      const queryParams = url.endsWith('s') && method === 'GET' ? { limit: 5 } : {};
      const error = await failure(client, { method, url, queryParams });
      expect([method, url, error.httpStatusCode, error.errorCode]).toEqual([
        method,
        url,
        404,
        expect.stringMatching(/^COC\.00101/),
      ]);
    }
  });

  it('finds its domain and project by itself when it is given a region', async () => {
    const region = new Region('cn-north-4', muster.api.url);
    const keys = { ak: pair.accessKey, sk: pair.secretKey, iamEndpoint: muster.api.url };
    for (const credentials of [new GlobalCredentials(keys), new BasicCredentials(keys)]) {
      const client = new ClientBuilder<HcClient>((made) => made)
        .withRegion(region)
        .withCredential(credentials)
        .build();
      expect(await call(client, list)).toMatchObject({ httpStatusCode: 200, data: [] });
    }
  });

  it('uses temporary key pairs', async () => {
    const { id } = (await administrationOf(muster).list()).find(({ name }) => name === 'sdk')!;
    const made = await administrationOf(muster).createTemporary(id, new Date(Date.now() + 600_000));
    if (made?.kind !== 'temporary') throw new Error('It was not made.');
    const { accessKey: ak, secretKey: sk, securityToken } = made;
    const client = new ClientBuilder<HcClient>((each) => each)
      .withEndpoint(muster.api.url)
      .withCredential(new GlobalCredentials({ ak, sk, securityToken }))
      .build();
    expect(await call(client, list)).toMatchObject({ httpStatusCode: 200 });
  });

  it('shows its user what is wrong', async () => {
    const wrong = new ClientBuilder<HcClient>((client) => client)
      .withEndpoint(muster.api.url)
      .withCredential(new GlobalCredentials({ ak: pair.accessKey, sk: 'wrong' }))
      .build();
    expect(await failure(wrong, list)).toMatchObject({
      httpStatusCode: 401,
      errorCode: 'APIGW.0301',
      errorMsg: 'Incorrect IAM authentication information: verify aksk signature fail',
      requestId: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    const stranger = new ClientBuilder<HcClient>((client) => client)
      .withEndpoint(muster.api.url)
      .withCredential(
        new GlobalCredentials({ ak: pair.accessKey, sk: pair.secretKey, domainId: randomUUID() }),
      )
      .build();
    expect(await failure(stranger, list)).toMatchObject({ httpStatusCode: 401, errorCode: 'APIGW.0301' });
  });
});
