import PopCore from '@alicloud/pop-core';

/** A key, as pop-core takes it. */
export interface AccessKey {
  accessKeyId: string;
  accessKeySecret: string;
  /** Only of a temporary one. */
  securityToken?: string;
}

/** Which API a client calls, and with which key. */
export interface ClientConfig extends AccessKey {
  /** Without a slash at its end. */
  endpoint: string;
  apiVersion: string;
}

/** How a request is sent: what httpx makes of it. */
export interface RequestOptions {
  /** Node.js' `http.Agent` or `https.Agent`. */
  agent: object;
  /** Between any two pieces of an answer, and for all of it, in milliseconds. */
  timeout: number;
  /** Looks at what Node.js' `http.request` is to be given, and may add to it. */
  beforeRequest: (options: object) => object;
}

/** Calls by action and parameters. */
export type RpcClient = new (
  config: ClientConfig,
  verbose: true,
) => {
  request(
    action: string,
    parameters: object,
    options: RequestOptions & { method: 'POST' },
  ): Promise<[body: unknown, entry: { response: { statusCode: number } }]>;
};

/** Calls by path and query. */
export type RoaClient = new (config: ClientConfig) => {
  get(path: string, query: object, headers: object, options: RequestOptions): Promise<unknown>;
};

/** The SDK's two clients. The package's own types have the half of one. */
export const { RPCClient, ROAClient } = PopCore as unknown as {
  RPCClient: RpcClient;
  ROAClient: RoaClient;
};
