import { once } from 'node:events';
import {
  Agent,
  createServer,
  type IncomingMessage,
  request as send,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** How long after an answer a backend is asked again whether it is ready, in milliseconds. */
const PROBE_PAUSE_MS = 1_000;
/** How long it may take to say so: on a busy machine what is slow is not gone. Milliseconds. */
const PROBE_TIMEOUT_MS = 30_000;

interface Backend {
  url: string;
  isReady: boolean;
}

/**
 * A load balancer that does as little for its backends as one may: it sends requests in turn to those that were ready
 * when it last asked, on connections that it keeps, and tries no request a second time, not even one that was refused a
 * connection.
 */
export class LoadBalancer {
  private readonly agent = new Agent({ keepAlive: true });
  private readonly closing = new AbortController();
  private readonly backends = new Map<string, Backend>();
  private turn = 0;

  private constructor(private readonly server: Server) {
    server.on('request', (request, response) => {
      this.forward(request, response);
    });
  }

  static async start(): Promise<LoadBalancer> {
    const server = createServer();
    // Who calls ends what is idle: if both might, a request could meet a connection that is just being closed.
    server.keepAliveTimeout = 0;
    const balancer = new LoadBalancer(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return balancer;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  /** How many backends are ready. */
  get ready(): number {
    return [...this.backends.values()].filter(({ isReady }) => isReady).length;
  }

  /** Where a backend is from now on. */
  place(name: string, url: string): void {
    const backend = { url, isReady: false };
    this.backends.set(name, backend);
    void this.watch(name, backend);
  }

  async close(): Promise<void> {
    this.closing.abort();
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
    this.agent.destroy();
  }

  /** Asks a backend again and again, until another is in its place. */
  private async watch(name: string, backend: Backend): Promise<void> {
    while (!this.closing.signal.aborted && this.backends.get(name) === backend) {
      await probe(backend);
      await delay(PROBE_PAUSE_MS, undefined, { signal: this.closing.signal }).catch(() => undefined);
    }
  }

  private forward(request: IncomingMessage, response: ServerResponse): void {
    const ready = [...this.backends.values()].filter(({ isReady }) => isReady);
    const backend = ready[(this.turn += 1) % ready.length];
    if (backend === undefined) {
      response.writeHead(503).end('no backend is ready');
      return;
    }
    const { method, headers, url = '' } = request;
    const upstream = send(backend.url + url, { method: method ?? 'GET', headers, agent: this.agent });
    upstream.on('response', (answer) => {
      const { connection: _close, 'keep-alive': _howLong, ...answered } = answer.headers; // of that connection
      response.writeHead(answer.statusCode ?? 502, answered);
      answer.pipe(response);
      answer.on('error', () => response.destroy());
    });
    upstream.on('error', (error) => {
      if (response.headersSent) response.destroy();
      else response.writeHead(502).end(`${backend.url}: ${error.message}`);
    });
    response.on('close', () => upstream.destroy());
    request.pipe(upstream);
  }
}

async function probe(backend: Backend): Promise<void> {
  try {
    const { status } = await fetch(`${backend.url}/readyz`, {
      signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
    });
    backend.isReady = status === 200;
  } catch {
    backend.isReady = false;
  }
}
