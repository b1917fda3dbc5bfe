import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';

import { AKSKSigner } from '@huaweicloud/huaweicloud-sdk-core/auth/AKSKSigner.js';
import { BasicCredentials } from '@huaweicloud/huaweicloud-sdk-core/auth/BasicCredentials.js';

import type { Answer } from '../../../../test/support/test-muster.js';
import type { KeyPair } from './issue-credential.js';

/** What is to be signed. */
export interface Unsigned {
  method: string;
  path: string;
  query?: Record<string, string | string[]>;
  /** Sent as JSON. */
  body?: object;
  /** Signed with the rest. */
  headers?: Record<string, string>;
  /** Another time than now, as `X-Sdk-Date` has it. */
  date?: string;
}

/** A request as it goes over the wire, to be sent as it is or tampered with. */
export interface WireRequest {
  method: string;
  /** Path and query. */
  target: string;
  headers: [name: string, value: string][];
  body: string;
}

/** Signs as Huawei's Node SDK does, with that SDK. */
export function sign(url: string, pair: KeyPair, unsigned: Unsigned): WireRequest {
  const { method, path, query = {}, body, headers = {}, date } = unsigned;
  const credentials = new BasicCredentials({ ak: pair.accessKey, sk: pair.secretKey });
  const request = {
    endpoint: url + path,
    method,
    queryParams: structuredClone(query), // it sorts lists in place
    ...(body === undefined ? {} : { data: body }),
    headers: {
      ...(method === 'GET' || method === 'DELETE' ? {} : { 'content-type': 'application/json' }),
      ...(date === undefined ? {} : { 'X-Sdk-Date': date }),
      ...(pair.securityToken === undefined ? {} : { 'X-Security-Token': pair.securityToken }),
      ...headers,
    },
  };
  const signed = AKSKSigner.sign(request, credentials) as Record<string, string>;
  const search = Object.entries(query).flatMap(([name, values]) =>
    [values].flat().map((value) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`),
  );
  return {
    method,
    target: search.length === 0 ? path : `${path}?${search.join('&')}`,
    headers: Object.entries(signed),
    body: body === undefined ? '' : JSON.stringify(body),
  };
}

/** Sends a request byte for byte: names as they are written, also twice. */
export async function send(url: string, { method, target, headers, body }: WireRequest): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const length: [string, string][] = body === '' ? [] : [['Content-Length', String(Buffer.byteLength(body))]];
  const request = httpRequest({
    hostname,
    port,
    method,
    path: target,
    agent: false,
    headers: [...headers, ...length].flat(),
  });
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return {
    status: response.statusCode ?? 0,
    headers: new Headers(
      Object.entries(response.headers).map(([name, value]): [string, string] => [name, String(value)]),
    ),
    body: JSON.parse(await text(response)) as Record<string, unknown>,
  };
}
