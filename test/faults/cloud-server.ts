import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';

import { SyncError, type SyncErrorKind } from '#domain';

import type { CloudApi, PageCall, Session } from './cloud-adapter.js';
import type { CloudClient, ScriptedCloud } from './scripted-cloud.js';

type Method = keyof CloudApi;

/** How an answer looks on the wire. */
interface Answer {
  result?: unknown;
  error?: {
    kind: SyncErrorKind;
    message: string;
    vendorCode?: string;
    retryAfterMs?: number;
    cursorExpired: boolean;
  };
}

/** A scripted cloud for real processes: its API over HTTP. */
export class CloudServer {
  private readonly clients = new Map<string, CloudApi>();

  private constructor(
    private readonly cloud: ScriptedCloud,
    private readonly server: Server,
  ) {
    server.on('request', (request, response) => {
      void this.answer(request, response);
    });
  }

  static async open(cloud: ScriptedCloud): Promise<CloudServer> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new CloudServer(cloud, server);
  }

  /** Where a process finds the cloud, which knows by it which process calls. */
  urlFor(client: CloudClient): string {
    const name = String(this.clients.size);
    this.clients.set(name, this.cloud.apiFor(client));
    const { port } = this.server.address() as AddressInfo;
    return `http://127.0.0.1:${String(port)}/${name}`;
  }

  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const [, name = '', method = ''] = (request.url ?? '').split('/');
    const answer: Answer = {};
    try {
      const body = JSON.parse(Buffer.concat(await request.toArray()).toString('utf8')) as never;
      const api = this.clients.get(name);
      if (api === undefined) throw new Error(`There is no client ${name}.`);
      answer.result = await api[method as Method](body, gone.signal);
    } catch (error) {
      const { kind, message, vendorCode, retryAfterMs, cursorExpired } =
        error instanceof SyncError ? error : new SyncError('bug', String(error));
      answer.error = {
        kind,
        message,
        cursorExpired,
        ...(vendorCode === undefined ? {} : { vendorCode }),
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      };
    }
    response.end(JSON.stringify(answer));
  }
}

/** The API of a cloud that a {@link CloudServer} serves. */
export function remoteCloud(url: string): CloudApi {
  const call = async (method: Method, body: Session | PageCall, signal?: AbortSignal): Promise<unknown> => {
    const response = await fetch(`${url}/${method}`, {
      method: 'POST',
      body: JSON.stringify(body),
      ...(signal === undefined ? {} : { signal }),
    });
    const { result, error } = (await response.json()) as Answer;
    if (error !== undefined) throw new SyncError(error.kind, error.message, error);
    return result;
  };
  return {
    connect: async (session, signal) => {
      await call('connect', session, signal);
    },
    disconnect: async (session) => {
      await call('disconnect', session);
    },
    scopes: (session, signal) => call('scopes', session, signal) as ReturnType<CloudApi['scopes']>,
    page: (page, signal) => call('page', page, signal) as ReturnType<CloudApi['page']>,
  };
}
