import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { OnApplicationBootstrap, OnApplicationShutdown, OnModuleDestroy } from '@nestjs/common';

import { type Configuration, type Logger, toListenError } from '#platform';

import type { FleetMetrics } from './fleet-metrics.js';
import type { Metrics } from './metrics.js';
import { QueuePage, QUEUES_PATH } from './queue-page.js';
import type { Readiness } from './readiness.js';

/** What is shown on the operators' port. */
export interface OperatorPages {
  metrics: Metrics;
  fleet: Pick<FleetMetrics, 'refresh'>;
  readiness: Pick<Readiness, 'isReady' | 'stop'>;
  /** What is in the queues; absent: not shown. */
  queues?: QueuePage;
  log: Logger;
}

/** A scraper or a probe that takes longer to send its few headers is none. Milliseconds. */
const REQUEST_TIMEOUT_MS = 5_000;

/**
 * Metrics and probes on a port of their own, for operators: it shows all tenants' work, so it is not the API's port,
 * and it asks nobody who they are, so only operators may reach it. What single jobs are is for who has a password.
 */
export class OperatorPort implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  private readonly server = createServer(
    { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS },
    (request, response) => void this.answer(request, response),
  );
  private listensAt: string | undefined;

  /** @param place where to listen; absent: nowhere */
  constructor(
    private readonly pages: OperatorPages,
    private readonly place: Configuration['metrics'],
  ) {}

  /** Where it listens, if it does. */
  get url(): string | undefined {
    return this.listensAt;
  }

  /** @throws {StartError} when it cannot listen */
  async onApplicationBootstrap(): Promise<void> {
    if (this.place === undefined) return;
    const { host, port } = this.place;
    try {
      this.server.listen({ host, port });
      await once(this.server, 'listening');
    } catch (error) {
      throw toListenError(error, this.place, 'METRICS_');
    }
    const name = host.includes(':') ? `[${host}]` : host;
    this.listensAt = `http://${name}:${String((this.server.address() as AddressInfo).port)}`;
    this.pages.log.info({ url: this.listensAt }, 'showing metrics and probes to operators');
  }

  /** The process has begun to stop: no new work for it. */
  onModuleDestroy(): void {
    this.pages.readiness.stop();
  }

  /** To the last a probe hears that the process is alive. */
  async onApplicationShutdown(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url } = request;
    const [path = ''] = (url ?? '').split('?', 1);
    const { queues } = this.pages;
    try {
      if (method !== 'GET' && method !== 'HEAD') send(response, 405, 'Only GET and HEAD.\n');
      else if (path === '/metrics') await this.showMetrics(response);
      else if (path === '/healthz')
        sendStatus(response, true); // answering shows that the event loop turns
      else if (path === '/readyz') sendStatus(response, await this.pages.readiness.isReady());
      else if (queues !== undefined && QueuePage.has(path)) await queues.answer(request, response);
      else {
        const shown = ['/metrics', '/healthz', '/readyz', ...(queues === undefined ? [] : [QUEUES_PATH])];
        send(response, 404, `There are ${shown.join(', ')}.\n`);
      }
    } catch (error) {
      this.pages.log.error({ err: error, path }, 'an operator could not be answered');
      send(response, 500, 'The log says why.\n');
    }
  }

  private async showMetrics(response: ServerResponse): Promise<void> {
    const { metrics, fleet } = this.pages;
    await fleet.refresh();
    send(response, 200, await metrics.registry.metrics(), metrics.registry.contentType);
  }
}

function sendStatus(response: ServerResponse, isWell: boolean): void {
  const body = JSON.stringify({ status: isWell ? 'ok' : 'unavailable' });
  send(response, isWell ? 200 : 503, body, 'application/json; charset=utf-8');
}

function send(
  response: ServerResponse,
  status: number,
  body: string,
  contentType = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, { 'Content-Type': contentType, 'Cache-Control': 'no-store' });
  response.end(body);
}
