import { Agent, type IncomingMessage, request as httpRequest } from 'node:http';
import { buffer } from 'node:stream/consumers';

import type { WireAnswer } from './api-document.js';

/** What goes over the wire. */
export interface WireRequest {
  method: string;
  /** Path and query, as they are. */
  target: string;
  headers: Record<string, string>;
  body: Buffer | undefined;
}

/** Longer than any answer takes on a busy machine, also one that was asked to wait, in milliseconds. */
const HANG_MS = 150_000;
/** How many requests are under way at once. */
const MAX_SOCKETS = 16;

/** Sends requests as they are, over connections that it keeps. */
export class WireClient {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });

  constructor(private readonly url: string) {}

  /** @throws when there is no answer, or none in time. */
  async send(request: WireRequest): Promise<WireAnswer> {
    try {
      return await this.attempt(request);
    } catch (error) {
      // The server may close a connection that it has kept, or whose body it does not read to the end, just then.
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ECONNRESET' && code !== 'EPIPE') throw error;
      return await this.attempt(request);
    }
  }

  close(): void {
    this.agent.destroy();
  }

  private async attempt({ method, target, headers, body }: WireRequest): Promise<WireAnswer> {
    const { hostname, port } = new URL(this.url);
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = httpRequest({
        hostname,
        port,
        method,
        path: target,
        agent: this.agent,
        headers: { ...headers, ...(body === undefined ? {} : { 'Content-Length': body.length }) },
        signal: AbortSignal.timeout(HANG_MS),
      });
      request.on('response', resolve).on('error', reject);
      request.end(body);
    });
    const text = (await buffer(response)).toString('utf8');
    return {
      status: response.statusCode ?? 0,
      headers: new Headers(
        Object.entries(response.headers).map(([name, value]): [string, string] => [name, String(value)]),
      ),
      body: parse(text),
    };
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
