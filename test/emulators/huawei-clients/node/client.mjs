/**
 * The core of Huawei's Node clients, told what to call line by line, as JSON, on standard input. COC's own
 * Node client is not on npm, so what its generated methods would hand to the core is written here.
 */
import { createInterface } from 'node:readline';

import { BasicCredentials } from '@huaweicloud/huaweicloud-sdk-core/auth/BasicCredentials.js';
import { GlobalCredentials } from '@huaweicloud/huaweicloud-sdk-core/auth/GlobalCredentials.js';
import { ClientBuilder } from '@huaweicloud/huaweicloud-sdk-core/ClientBuilder.js';
import { Region } from '@huaweicloud/huaweicloud-sdk-core/region/region.js';

const ACCOUNTS = '/v1/vendor-account';
const RESOURCES = '/v1/multicloud-resources';

/** Method and path of every operation. */
const OPERATIONS = {
  ListVendorAccount: ['GET', ACCOUNTS],
  CreateVendorAccount: ['POST', ACCOUNTS],
  UpdateVendorAccount: ['PUT', `${ACCOUNTS}/{id}`],
  DeleteVendorAccount: ['DELETE', `${ACCOUNTS}/{id}`],
  CountMultiCloudResources: ['GET', `${RESOURCES}/count`],
  ListMultiCloudResources: ['GET', RESOURCES],
  SyncMultiCloudResource: ['POST', `${RESOURCES}/sync`],
};

function buildClient({ endpoint, ak, sk, security_token: securityToken, region, credentials }) {
  const Credentials = credentials === 'basic' ? BasicCredentials : GlobalCredentials;
  const keys = new Credentials({ ak, sk, securityToken, iamEndpoint: endpoint });
  const builder = new ClientBuilder((client) => client).withCredential(keys);
  return (
    region === undefined ? builder.withEndpoint(endpoint) : builder.withRegion(new Region(region, endpoint))
  ).build();
}

async function call(client, operation, { id, body = {}, ...query }) {
  const [method, url] = OPERATIONS[operation];
  try {
    const { httpStatusCode, ...answer } = await client.sendRequest({
      method,
      url,
      contentType: 'application/json',
      queryParams: query,
      pathParams: id === undefined ? {} : { id },
      headers: {},
      data: body,
    });
    return { status: httpStatusCode, body: answer };
  } catch (error) {
    const { httpStatusCode: status, errorCode: code, errorMsg: message, requestId } = error;
    if (status === undefined) throw error;
    return { error: { status, code, message, requestId } };
  }
}

// The core logs errors to standard output, between the answers.
const answer = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write.bind(process.stderr);

let client;
for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  if (client === undefined) client = buildClient(asked);
  else answer(`${JSON.stringify(await call(client, asked.operation, asked.parameters))}\n`);
}
